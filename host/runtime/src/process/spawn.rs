//! Starts children.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::bytes::Malformed;
use super::cpu_clock::CpuClock;
use super::died::Lost;
use super::folders;
use super::frame::{Bounds, FromChild, Inbox};
use super::setup::Setup;
use super::socket::Socket;
use crate::folders::Folders;

/// A child that takes longer than this to get ready is stuck. It takes a few milliseconds.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// A child whose socket is closed is about to end.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// The program that evaluates: one that calls [`serve_evaluations`](crate::serve_evaluations).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluatorProgram {
    /// Its path.
    pub program: PathBuf,
    /// What to call it with.
    pub arguments: Vec<OsString>,
}

/// Why a child did not get ready.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartError {
    #[error("`{}` cannot be started: {cause}", program.display())]
    Spawn { program: PathBuf, cause: io::Error },
    #[error("{0}")]
    Refused(String),
    #[error(transparent)]
    Lost(#[from] Lost),
    #[error("it was not ready after {START_TIMEOUT:?}")]
    TimedOut,
}

/// What holds a child, in its words.
#[derive(Debug)]
pub(super) struct InForce {
    pub(super) words: String,
    /// Whether nothing is missing.
    pub(super) complete: bool,
}

/// A child that is alive, as far as is known. It is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) socket: Socket,
    pub(super) clock: CpuClock,
    pub(super) inbox: Inbox,
    process: tokio::process::Child,
}

impl Child {
    /// Starts a child and waits until it is ready.
    pub(super) async fn start(
        program: &EvaluatorProgram,
        code: &File,
        folders: &Folders,
        setup: &Setup,
        bounds: Bounds,
    ) -> Result<(Self, InForce), StartError> {
        let child = Self::spawn(program, code, folders);
        let mut child =
            child.map_err(|cause| StartError::Spawn { program: program.program.clone(), cause })?;
        match timeout(START_TIMEOUT, child.get_ready(setup, bounds)).await {
            Ok(Ok(in_force)) => Ok((child, in_force)),
            Ok(Err(error)) => {
                child.kill().await;
                Err(error)
            }
            Err(_) => {
                child.kill().await;
                Err(StartError::TimedOut)
            }
        }
    }

    fn spawn(program: &EvaluatorProgram, code: &File, folders: &Folders) -> io::Result<Self> {
        let (ours, theirs) = UnixStream::pair()?;
        folders::send(folders, &ours)?;
        let process = Command::new(&program.program)
            .args(&program.arguments)
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(code.try_clone()?))
            // The environment of a worker knows where Redis is, and its password.
            .env_clear()
            // What it has to say it says through the socket: whoever breaks into it does not reach a terminal.
            .stderr(Stdio::null())
            // Ctrl-C is for the parent, which decides how evaluations end.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()?;
        let pid = process.id().ok_or(io::ErrorKind::NotFound)?;
        Ok(Self { socket: Socket::new(ours)?, clock: CpuClock::of(pid)?, inbox: Inbox::default(), process })
    }

    async fn get_ready(&mut self, setup: &Setup, bounds: Bounds) -> Result<InForce, StartError> {
        let mut message = Vec::new();
        setup.write(&mut message);
        if let Err(error) = self.socket.send(&message).await {
            // It may have said why before it ended.
            if self.inbox.is_empty() && !self.socket.receive(&mut self.inbox).await.unwrap_or(false) {
                return Err(self.lost(Some(error)).await.into());
            }
        }
        loop {
            match self.inbox.next(bounds).map_err(Lost::from)? {
                Some(FromChild::Ready { in_force, complete }) => {
                    return Ok(InForce { words: in_force.to_owned(), complete });
                }
                Some(FromChild::Refused(words)) => return Err(StartError::Refused(words.to_owned())),
                Some(_) => return Err(Lost::from(Malformed("it begins with another message")).into()),
                None => {}
            }
            match self.socket.receive(&mut self.inbox).await {
                Ok(true) => {}
                Ok(false) => return Err(self.lost(None).await.into()),
                Err(error) => return Err(self.lost(Some(error)).await.into()),
            }
        }
    }

    /// Nothing comes from it any more: finds out why.
    pub(super) async fn lost(&mut self, error: Option<io::Error>) -> Lost {
        match (timeout(END_TIMEOUT, self.process.wait()).await, error) {
            (Ok(Ok(status)), _) => Lost::Died(status),
            (_, Some(error)) => {
                self.kill().await;
                Lost::Io(error)
            }
            (_, None) => {
                self.kill().await;
                Lost::HungUp
            }
        }
    }

    /// Ends it, and waits until nothing is left of it.
    pub(super) async fn kill(&mut self) {
        // It fails only if it has ended already.
        let _ = self.process.kill().await;
    }
}
