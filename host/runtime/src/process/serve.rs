//! The child: confines itself, loads its code, then evaluates what it is sent until nobody is there who could send.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::panic;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rush_sandbox::{Confinement, InForce, Profile};
use rustix::event::PollFlags;

use super::bytes::Malformed;
use super::folders;
use super::frame::{self, Inbox, Tag};
use super::setup::{Setup, Terms};
use crate::compile::load;
use crate::engine::Engine;
use crate::folders::Folders;
use crate::objective::{Failed, InstanceEvaluator, PreparedInstance};
use crate::orphan;
use crate::output::{LogMessage, Output, Stream};

/// Descriptors without and with granted folders.
const FEW_FILES: u64 = 32;
const MANY_FILES: u64 = 1024;

/// Why a child ended that should have evaluated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// Started by hand, or by another version.
    #[error("this is started by a worker, which talks to it through its standard input: {cause}")]
    NoParent {
        /// What is wrong with it.
        cause: String,
    },
    /// Its parent was told as well.
    #[error("{words}")]
    Refused {
        /// Why it could not become an evaluator.
        words: String,
    },
}

impl From<io::Error> for ServeError {
    fn from(error: io::Error) -> Self {
        Self::NoParent { cause: error.to_string() }
    }
}

impl From<Malformed> for ServeError {
    fn from(error: Malformed) -> Self {
        Self::NoParent { cause: error.to_string() }
    }
}

/// The whole life of an evaluator child; the body of a hidden command. Standard input is the socket of its parent, standard output the file
/// with the code. Returns when the parent has closed the socket. If it does so while the guest computes, the process ends at once.
pub fn serve_evaluations() -> Result<(), ServeError> {
    // One socket, one open file.
    rush_sandbox::close_inherited();
    let mut socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    let code = File::from(io::stdout().as_fd().try_clone_to_owned()?);
    let Some(folders) = folders::receive(&socket)? else { return Ok(()) };
    let mut inbox = Inbox::default();
    let setup = match next(&mut socket, &mut inbox)? {
        Some((Tag::Setup, content)) => Setup::read(content)?,
        Some(_) => return Err(Malformed("it does not begin with a setup").into()),
        None => return Ok(()),
    };
    let folders = Folders::opened(&setup.terms.settings.grants, folders)
        .ok_or(Malformed("there is not one folder for each grant"))?;
    let parent = Arc::new(Parent::new(socket.try_clone()?));
    report_panics(&parent);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let _entered = runtime.enter();
    let (in_force, mut evaluator) = match begin(setup, folders, &code, &parent) {
        Ok(begun) => begun,
        Err(words) => {
            parent.send(|out| frame::write_refused(out, &words));
            return Err(ServeError::Refused { words });
        }
    };
    parent.send(|out| frame::write_ready(out, &in_force.to_string(), in_force.missing.is_empty()));
    while let Some((tag, content)) = next(&mut socket, &mut inbox)? {
        if tag != Tag::Evaluate {
            return Err(Malformed("a message has the wrong direction").into());
        }
        let (xs, core_dump) = frame::read_evaluate(content)?;
        parent.wants_core_dump.store(core_dump, Ordering::Relaxed);
        let result = {
            let mut evaluation = pin!(evaluator.evaluate(&xs));
            // Most evaluations never wait, so the runtime has nothing to do for them.
            match evaluation.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(result) => result,
                Poll::Pending => runtime.block_on(evaluation),
            }
        };
        let result = result.map_err(|Failed { condition, remains, .. }| {
            if let Some(remains) = remains {
                parent.send(|out| frame::write_trapped(out, &condition));
                parent.send_core_dump(&remains.image());
            }
            condition
        });
        parent.send(|out| frame::write_result(out, &result));
    }
    Ok(())
}

/// Everything between the setup and the first evaluation. Errors are in words for the parent.
fn begin(
    setup: Setup,
    folders: Folders,
    code: &File,
    parent: &Arc<Parent>,
) -> Result<(InForce, InstanceEvaluator), String> {
    let Setup { terms, context } = setup;
    let watched = parent.clone_socket().map_err(|error| error.to_string())?;
    let in_force = confinement(&terms, &folders)?
        // While a guest computes nobody reads from the socket.
        .apply_then_start(|| orphan::exit_when_closed(watched, PollFlags::RDHUP))
        .map_err(|error| format!("it cannot confine itself: {error}"))?;
    let engine = Engine::on_demand(terms.build).map_err(|error| error.to_string())?;
    let component = load::from_open_file(engine.wasmtime(), code)
        .map_err(|error| format!("its code cannot be loaded: {error:#}"))?;
    let prepared = PreparedInstance::new(&engine, &component, terms.settings, folders, terms.policy)
        .map_err(|error| format!("its code cannot be linked: {error:#}"))?;
    let output = Arc::clone(parent) as Arc<dyn Output>;
    Ok((in_force, InstanceEvaluator::new(Arc::new(prepared), context, output)))
}

fn confinement(terms: &Terms, folders: &Folders) -> Result<Confinement, String> {
    let (mut read, mut write) = (Vec::new(), Vec::new());
    for folder in folders.iter() {
        let path = folder.path().map_err(|error| folder.dir.error(&error).to_string())?;
        if folder.dir.write { write.push(path) } else { read.push(path) }
    }
    Ok(Confinement {
        memory: Some(terms.memory),
        open_files: if read.is_empty() && write.is_empty() { FEW_FILES } else { MANY_FILES },
        read,
        write,
        ..Confinement::new(Profile::Evaluator)
    })
}

/// The next message; nothing if there will be none.
fn next<'a>(socket: &mut UnixStream, inbox: &'a mut Inbox) -> Result<Option<(Tag, &'a [u8])>, ServeError> {
    while !inbox.has_whole() {
        match socket.read(inbox.spare()) {
            Ok(0) => return Ok(None),
            Ok(count) => inbox.arrived(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // The parent is gone, with something unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(inbox.next_of_parent()?)
}

/// Where the words of the guest and the results go.
struct Parent {
    outbox: Mutex<Outbox>,
    /// During this evaluation.
    wants_core_dump: AtomicBool,
}

struct Outbox {
    socket: UnixStream,
    /// Kept from message to message.
    bytes: Vec<u8>,
}

impl Parent {
    fn new(socket: UnixStream) -> Self {
        let outbox = Mutex::new(Outbox { socket, bytes: Vec::new() });
        Self { outbox, wants_core_dump: AtomicBool::new(false) }
    }

    fn clone_socket(&self) -> io::Result<UnixStream> {
        self.outbox().socket.try_clone()
    }

    /// Writes one message, at once and whole. A parent that is gone is nobody to tell.
    fn send(&self, message: impl FnOnce(&mut Vec<u8>)) {
        self.outbox().send(message);
    }

    /// Where it is kept, only the parent knows, and adds to the condition that follows.
    fn send_core_dump(&self, dump: &[u8]) {
        let mut outbox = self.outbox();
        let sent = outbox.socket.write_all(&frame::core_dump_header(dump.len()));
        let _ = sent.and_then(|()| outbox.socket.write_all(dump));
    }

    fn outbox(&self) -> MutexGuard<'_, Outbox> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox {
    fn send(&mut self, message: impl FnOnce(&mut Vec<u8>)) {
        self.bytes.clear();
        message(&mut self.bytes);
        let _ = self.socket.write_all(&self.bytes);
        self.bytes.shrink_to(frame::KEEP);
    }
}

impl Output for Parent {
    fn line(&self, stream: Stream, line: &str) {
        self.send(|out| frame::write_line(out, stream, line));
    }

    fn log(&self, message: LogMessage<'_>) {
        self.send(|out| frame::write_log(out, &message));
    }

    fn wants_core_dump(&self) -> bool {
        self.wants_core_dump.load(Ordering::Relaxed)
    }
}

/// A panic is a mistake of this host. Standard error leads nowhere, so its parent is told.
fn report_panics(parent: &Arc<Parent>) {
    let parent = Arc::clone(parent);
    panic::set_hook(Box::new(move |panic| {
        // Not if it happened while something else was being sent.
        if let Ok(mut outbox) = parent.outbox.try_lock() {
            outbox.send(|out| frame::write_refused(out, &panic.to_string()));
        }
    }));
}
