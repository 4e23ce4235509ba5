//! Compiling in a process of its own, seen from the one that wants the code.
//!
//! Compilers are large, and a component may be made to make them slow, to exhaust memory, or to crash them: that ends the child then, and
//! names the component. It bounds denial of service and nothing else, since the code that comes back runs in the host.

use std::ffi::OsString;
use std::io::{self, Read, Write as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Once, mpsc};
use std::thread;

use rustix::process::Signal;

use super::answer::{Answer, NoAnswer, words};
use super::failure::CompileFailure;
use super::limits::CompileLimits;
use super::order::Order;
use crate::engine::Build;

/// Bytes that are kept of what the child says on its standard error.
const MAX_TALK: usize = 64 << 10;

/// A program that compiles one component and ends: the body of its `main` is [`compile_in_child`](super::compile_in_child).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileChild {
    /// The program, e.g. this one.
    pub program: PathBuf,
    /// What makes it compile, e.g. a subcommand. One more argument follows.
    pub arguments: Vec<OsString>,
    /// What it may take, e.g. what [`CompileLimits::for_input`] says of the component.
    pub limits: CompileLimits,
}

/// Why there is no code.
pub(super) enum NoCode {
    /// The compiler refused the component.
    Refused(String),
    /// The compiler did not do its work.
    Failed(CompileFailure),
}

impl From<CompileFailure> for NoCode {
    fn from(failure: CompileFailure) -> Self {
        Self::Failed(failure)
    }
}

impl CompileChild {
    /// Compiles a component. Blocks until the child has ended.
    pub(super) fn compile(&self, build: Build, component: &[u8]) -> Result<Vec<u8>, NoCode> {
        let size = component.len() as u64;
        let limits = self.limits;
        if size > limits.input {
            return Err(CompileFailure::Input { size, limit: limits.input }.into());
        }
        let cannot_start = |cause: io::Error| CompileFailure::Start {
            program: self.program.display().to_string(),
            cause: cause.to_string(),
        };
        let order = Order { build, limits, size }.argument().map_err(cannot_start)?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .arg(order)
            // Passwords in variables are none of a compiler's business. The folder stays: nothing in it can be opened, and whoever looks
            // for the processes of a run finds this one by it.
            .env_clear()
            // Ctrl-C is for the parent; when that is gone, the child ends by itself.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(cannot_start)?;
        let exchange = exchange(&mut child, component, limits);
        // Whoever has answered is done, and who has closed its output is on its way out, with a status that this cannot change.
        let _ = child.kill();
        let status = child.wait();
        let (answer, talk) = exchange.map_err(cannot_start)?;
        match answer {
            Some(Ok(Answer::Code(code))) => Ok(code),
            Some(Ok(Answer::Refused(reason))) if is_no_memory(&reason) => {
                Err(CompileFailure::Memory { limit: limits.memory }.into())
            }
            Some(Ok(Answer::Refused(reason))) => Err(NoCode::Refused(reason)),
            Some(Err(NoAnswer::TooLarge)) => {
                Err(CompileFailure::Output { limit: CompileLimits::output(size) }.into())
            }
            Some(Err(NoAnswer::Ended)) => Err(died(status.ok(), &talk, limits).into()),
            None => Err(CompileFailure::Wall { limit: limits.wall() }.into()),
        }
    }
}

/// An answer, if it came in time, and what the child said beside it.
type Exchange = (Option<Result<Answer, NoAnswer>>, Vec<u8>);

/// Gives the child the component and waits for its answer. Kills it as soon as there is nothing more to wait for, so that the threads
/// that wait for it end.
fn exchange(child: &mut Child, component: &[u8], limits: CompileLimits) -> io::Result<Exchange> {
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(io::Error::other("it has no pipes"));
    };
    thread::scope(|scope| {
        let start = thread::Builder::new;
        let (send, answers) = mpsc::channel();
        // A child that dies does not read on; how it ended tells why.
        let writer = start().spawn_scoped(scope, move || {
            let _ = stdin.write_all(component);
        });
        let limit = CompileLimits::output(component.len() as u64);
        let reader = start().spawn_scoped(scope, move || send.send(Answer::read(stdout, limit, warn)));
        let listener = start().spawn_scoped(scope, move || talk(stderr));
        let answer = match (&writer, &reader, &listener) {
            (Ok(_), Ok(_), Ok(_)) => answers.recv_timeout(limits.wall()).ok(),
            _ => None,
        };
        let _ = child.kill();
        writer?;
        reader?;
        Ok((answer, listener?.join().unwrap_or_default()))
    })
}

/// The same holds every child of this process, so it is said once.
fn warn(in_force: &str) {
    static SAID: Once = Once::new();
    SAID.call_once(|| tracing::warn!("compilers are held in part: {in_force}"));
}

/// The end of what it says: what it died of comes last.
fn talk(mut stderr: ChildStderr) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut part = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut part) {
        kept.extend_from_slice(&part[..length]);
        let surplus = kept.len().saturating_sub(MAX_TALK);
        kept.drain(..surplus);
    }
    kept
}

/// How a child came to its end that has given no answer.
fn died(status: Option<ExitStatus>, talk: &[u8], limits: CompileLimits) -> CompileFailure {
    let Some(status) = status else {
        return CompileFailure::Died { how: "nobody knows how".to_owned() };
    };
    if status.signal() == Some(Signal::XCPU.as_raw()) {
        return CompileFailure::Time { limit: limits.time };
    }
    let words = words(talk);
    if is_no_memory(&words) {
        return CompileFailure::Memory { limit: limits.memory };
    }
    let how = match (status.signal(), status.code()) {
        (Some(signal), _) => format!("signal {signal}"),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "without a code".to_owned(),
    };
    CompileFailure::Died { how: if words.is_empty() { how } else { format!("{how}: {words}") } }
}

/// What Rust says when there is no memory, and what the system says.
fn is_no_memory(words: &str) -> bool {
    ["memory allocation of", "Cannot allocate memory"].iter().any(|message| words.contains(message))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn each_death_has_its_name() {
        let limits = CompileLimits { time: Duration::from_mins(1), memory: 2 << 30, input: 1 };
        let told = |status: i32, talk: &str| {
            died(Some(ExitStatus::from_raw(status)), talk.as_bytes(), limits).to_string()
        };
        assert_eq!(told(24, ""), "compiling took more than 60 s of processor time");
        let no_memory = "memory allocation of 65536 bytes failed";
        assert_eq!(told(6, no_memory), "compiling took more than 2 GiB of memory");
        assert_eq!(told(11, ""), "the compiler died (signal 11)");
        assert_eq!(told(9, ""), "the compiler died (signal 9)");
        assert_eq!(told(101 << 8, "it panicked\n"), "the compiler died (exit code 101: it panicked)");
    }
}
