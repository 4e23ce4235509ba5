//! The host processes that this process has started: their ends, and signals to them.

use std::future::{Future as _, poll_fn};
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::process::ExitStatus;
use std::task::Poll;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, ChildStderr, Command};

use super::HostProcess;

/// A host process could not be started.
#[derive(Debug, thiserror::Error)]
#[error("Cannot start the host process {}", program.display())]
pub struct SpawnError {
    /// The program.
    pub program: PathBuf,
    /// What the operating system says.
    pub source: io::Error,
}

/// Host processes on this machine, by the index that [`spawn`](Self::spawn) gave them.
///
/// When it is dropped, supervised processes see their standard input close and end by themselves; detached ones go on.
#[derive(Debug, Default)]
pub struct LocalChildren {
    children: Vec<LocalChild>,
}

#[derive(Debug)]
struct LocalChild {
    child: Child,
    pid: Option<u32>,
    /// Held, never written to: its closing is what the child waits for.
    lifeline: Option<io::PipeWriter>,
    reaped: bool,
}

impl LocalChildren {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Starts a host process; the answer is its index, counted from 0.
    pub fn spawn(&mut self, process: &HostProcess) -> Result<usize, SpawnError> {
        let failed = |source| SpawnError { program: process.program.clone(), source };
        // The command goes at once, and with it the other end of the child's standard input.
        let spawn = |(mut command, lifeline): (Command, _)| Ok((command.spawn()?, lifeline));
        let (child, lifeline) = process.command().and_then(spawn).map_err(failed)?;
        let pid = child.id();
        self.children.push(LocalChild { child, pid, lifeline, reaped: false });
        Ok(self.children.len() - 1)
    }

    /// The next process that ends, as it ends, with how; `None` once all have. Nothing is lost if the future is dropped.
    pub async fn next_exit(&mut self) -> Option<(usize, io::Result<ExitStatus>)> {
        poll_fn(|context| {
            let mut running = false;
            for (index, entry) in self.children.iter_mut().enumerate().filter(|(_, entry)| !entry.reaped) {
                running = true;
                if let Poll::Ready(status) = pin!(entry.child.wait()).poll(context) {
                    entry.reaped = true;
                    entry.lifeline = None;
                    return Poll::Ready(Some((index, status)));
                }
            }
            if running { Poll::Pending } else { Poll::Ready(None) }
        })
        .await
    }

    /// How many processes have been started.
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether none has been started.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The indexes of those whose end has not been told yet.
    pub fn running(&self) -> impl Iterator<Item = usize> + '_ {
        self.children.iter().enumerate().filter(|(_, entry)| !entry.reaped).map(|(index, _)| index)
    }

    /// The process id, unless its end has been told.
    pub fn pid(&self, index: usize) -> Option<u32> {
        self.children.get(index)?.child.id()
    }

    /// The process id that it has or had, to know its workers by. No signal may be sent there: another process may have it.
    pub fn former_pid(&self, index: usize) -> Option<u32> {
        self.children.get(index)?.pid
    }

    /// The pipe from a process's standard error, once, if it was started with [`Talk::Pipe`](super::Talk::Pipe).
    pub fn take_stderr(&mut self, index: usize) -> Option<ChildStderr> {
        self.children.get_mut(index)?.child.stderr.take()
    }

    /// Closes the pipe that keeps a supervised process alive.
    pub fn release(&mut self, index: usize) {
        if let Some(entry) = self.children.get_mut(index) {
            entry.lifeline = None;
        }
    }

    /// Asks a process to end its workers and leave (SIGTERM). `false` if its end has been told.
    pub fn terminate(&self, index: usize) -> io::Result<bool> {
        self.signal(index, |pid| kill_process(pid, Signal::TERM))
    }

    /// Ends a process and what it has started, at once (SIGKILL to its group). `false` if its end has been told.
    pub fn kill(&self, index: usize) -> io::Result<bool> {
        self.signal(index, |pid| match kill_process_group(pid, Signal::KILL) {
            // Between two sessions (see `detach`) it has no group of its own, for microseconds.
            Err(rustix::io::Errno::SRCH) => kill_process(pid, Signal::KILL),
            sent => sent,
        })
    }

    /// A process that has not been reaped keeps its pid, dead or alive: the signal cannot reach another.
    fn signal(&self, index: usize, send: impl FnOnce(Pid) -> rustix::io::Result<()>) -> io::Result<bool> {
        let pid = self.pid(index).and_then(|pid| Pid::from_raw(pid.cast_signed()));
        pid.map_or(Ok(false), |pid| Ok(send(pid).map(|()| true)?))
    }
}
