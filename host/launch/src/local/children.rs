//! The host processes that this process has started: their ends, and signals to them.

use std::{
    future::{Future as _, poll_fn},
    io,
    path::PathBuf,
    pin::pin,
    process::ExitStatus,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::{
    net::unix::pipe,
    process::{Child, ChildStderr, Command},
    sync::{Mutex, Notify},
    time::Instant,
};

use super::{
    HostProcess,
    connection::{ATTEMPTS, Connection, Ear, Heard, Judgement, Mouth, may_begin, pause},
};

/// What a client said before its end is read by now; another process that has inherited its standard error may say more.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// A host process could not be started.
#[derive(Debug, thiserror::Error)]
#[error("Cannot start the host process {}", program.display())]
pub struct SpawnError {
    /// The program.
    pub program: PathBuf,
    /// What the operating system says.
    pub source: io::Error,
}

/// Processes on this machine, by the index that [`spawn`](Self::spawn) gave them: host processes, and clients that reach other machines.
///
/// Clients are set up a few at a time, and again where the other side had no room: those that wait are begun by whoever waits for
/// [`next_exit`](Self::next_exit).
///
/// When it is dropped, supervised processes see their standard input close and end by themselves; detached ones go on.
#[derive(Debug, Default)]
pub struct LocalChildren {
    children: Vec<LocalChild>,
    /// A client has come through, or has said its last word.
    changed: Arc<Notify>,
}

#[derive(Debug)]
struct LocalChild {
    state: State,
    /// What it has or had.
    pid: Option<u32>,
    stderr: Option<pipe::Receiver>,
    client: Option<Client>,
}

#[derive(Debug)]
enum State {
    /// For its turn, which does not come before this.
    Waiting(Instant),
    Running {
        child: Child,
        /// Held, never written to: its closing is what the child waits for.
        lifeline: Option<io::PipeWriter>,
    },
    /// A client has ended, or could not be started; what it said is read until this.
    Ended(io::Result<ExitStatus>, Instant),
    /// Its end has been told.
    Told,
}

/// What is kept of a process that reaches another machine, to begin it, perhaps more than once.
#[derive(Debug)]
struct Client {
    process: HostProcess,
    connection: Connection,
    attempts: u32,
    ear: Arc<Ear>,
    /// Nobody wants it any more.
    unwanted: AtomicBool,
    /// For the words of the host process, as long as it may say some.
    mouth: Option<Arc<Mutex<Mouth>>>,
}

impl LocalChildren {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// None yet, to be [absorbed](Self::absorb) later: what is heard of them until then is heard here, too.
    pub(crate) fn beside(&self) -> Self {
        Self { children: Vec::new(), changed: Arc::clone(&self.changed) }
    }

    /// Takes those over that were started beside these; their indexes go on from these.
    pub(crate) fn absorb(&mut self, more: Self) {
        self.children.extend(more.children);
        self.changed.notify_one();
    }

    /// Starts a host process; the answer is its index, counted from 0. A client is started when its turn comes: then it is its end that
    /// tells that it could not be.
    pub fn spawn(&mut self, process: &HostProcess) -> Result<usize, SpawnError> {
        let failed = |source| SpawnError { program: process.program.clone(), source };
        let child = if let Some(connection) = &process.connection {
            let (mouth, stderr) = Mouth::open(&process.talk).map_err(failed)?;
            let client = Client {
                process: process.clone(),
                connection: connection.clone(),
                attempts: 0,
                ear: Arc::default(),
                unwanted: AtomicBool::new(false),
                mouth: Some(Arc::new(Mutex::new(mouth))),
            };
            LocalChild { state: State::Waiting(Instant::now()), pid: None, stderr, client: Some(client) }
        } else {
            let (mut child, lifeline) = begin(process).map_err(failed)?;
            let owned =
                |stderr: ChildStderr| pipe::Receiver::from_owned_fd(stderr.into_owned_fd().ok()?).ok();
            let stderr = child.stderr.take().and_then(owned);
            LocalChild { pid: child.id(), state: State::Running { child, lifeline }, stderr, client: None }
        };
        self.children.push(child);
        self.begin_some();
        Ok(self.children.len() - 1)
    }

    /// The next process that ends, as it ends, with how; `None` once all have. Nothing is lost if the future is dropped.
    pub async fn next_exit(&mut self) -> Option<(usize, io::Result<ExitStatus>)> {
        let changed = Arc::clone(&self.changed);
        loop {
            self.begin_some();
            let turn = self.next_turn();
            tokio::select! {
                biased;
                exit = poll_fn(|context| self.poll_exit(context)) => return exit,
                () = changed.notified() => {}
                () = until(turn) => {}
            }
        }
    }

    fn poll_exit(&mut self, context: &mut Context<'_>) -> Poll<Option<(usize, io::Result<ExitStatus>)>> {
        let mut running = false;
        for (index, child) in self.children.iter_mut().enumerate() {
            let before = std::mem::discriminant(&child.state);
            if let Poll::Ready(status) = child.poll_exit(context) {
                return Poll::Ready(Some((index, status)));
            }
            running |= child.is_running();
            if std::mem::discriminant(&child.state) != before {
                // The next turn is another now.
                self.changed.notify_one();
            }
        }
        if running { Poll::Pending } else { Poll::Ready(None) }
    }

    /// Begins those clients whose turn has come.
    fn begin_some(&mut self) {
        let now = Instant::now();
        let clients = self
            .children
            .iter()
            .enumerate()
            .filter_map(|(index, child)| Some((index, &child.state, child.client.as_ref()?)));
        let waiting = clients.clone().filter_map(|(index, state, client)| match state {
            State::Waiting(from) if *from <= now && !client.is_unwanted() => {
                Some((index, &client.connection))
            }
            _ => None,
        });
        let setting_up = clients.clone().filter_map(|(_, state, client)| match state {
            State::Running { .. } if !client.ear.has_begun() => Some(&client.connection),
            _ => None,
        });
        for index in may_begin(waiting, setting_up) {
            self.children[index].begin(&self.changed);
        }
    }

    /// When there is something to do, if nothing happens.
    fn next_turn(&self) -> Option<Instant> {
        let now = Instant::now();
        let times = self.children.iter().filter_map(|child| match child.state {
            // One whose time has come waits for others.
            State::Waiting(from) => Some(from).filter(|from| *from > now),
            State::Ended(_, until) => Some(until),
            State::Running { .. } | State::Told => None,
        });
        times.min()
    }

    /// How many processes have been started.
    pub fn len(&self) -> usize {
        self.children.len()
    }

    /// Whether none has been started.
    pub fn is_empty(&self) -> bool {
        self.children.is_empty()
    }

    /// The indexes of those whose end has not been told yet; clients that wait for their turn are among them.
    pub fn running(&self) -> impl Iterator<Item = usize> + '_ {
        self.children.iter().enumerate().filter(|(_, child)| child.is_running()).map(|(index, _)| index)
    }

    /// The process id, unless its end has been told.
    pub fn pid(&self, index: usize) -> Option<u32> {
        match &self.children.get(index)?.state {
            State::Running { child, .. } => child.id(),
            _ => None,
        }
    }

    /// The process id that it has or had, to know its workers by. No signal may be sent there: another process may have it.
    pub fn former_pid(&self, index: usize) -> Option<u32> {
        self.children.get(index)?.pid
    }

    /// The pipe from a process's standard error, once, if it was started with [`Talk::Pipe`](super::Talk::Pipe). What a client says for
    /// itself is not there; see [`heard`](Self::heard).
    pub fn take_stderr(&mut self, index: usize) -> Option<pipe::Receiver> {
        self.children.get_mut(index)?.stderr.take()
    }

    /// What a client has said; nothing for others.
    pub fn heard(&self, index: usize) -> Option<Heard> {
        Some(self.children.get(index)?.client.as_ref()?.ear.heard())
    }

    /// Closes the pipe that keeps a supervised process alive.
    pub fn release(&mut self, index: usize) {
        let Some(child) = self.children.get_mut(index) else { return };
        if let State::Running { lifeline, .. } = &mut child.state {
            *lifeline = None;
        }
        // A client that the other side has no room for would come back with another pipe.
        if child.is_running() {
            child.give_up(&self.changed);
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
        if let Some(child) = self.children.get(index).filter(|child| child.is_running()) {
            child.give_up(&self.changed);
        }
        let pid = self.pid(index).and_then(|pid| Pid::from_raw(pid.cast_signed()));
        pid.map_or(Ok(false), |pid| Ok(send(pid).map(|()| true)?))
    }
}

impl LocalChild {
    fn is_running(&self) -> bool {
        !matches!(self.state, State::Told)
    }

    /// A client is not begun any more, or not again.
    fn give_up(&self, changed: &Notify) {
        if let Some(client) = &self.client {
            client.unwanted.store(true, Ordering::Release);
            changed.notify_one();
        }
    }

    /// Its end, once nothing more can come of it.
    fn poll_exit(&mut self, context: &mut Context<'_>) -> Poll<io::Result<ExitStatus>> {
        let ended = match &mut self.state {
            State::Running { child, .. } => pin!(child.wait()).poll(context),
            _ => Poll::Pending,
        };
        if let Poll::Ready(status) = ended {
            // With it goes the other end of its standard input.
            self.state = State::Ended(status, Instant::now() + LAST_WORDS);
        }
        let (state, told) = match (std::mem::replace(&mut self.state, State::Told), &mut self.client) {
            (State::Ended(status, _), None) => (State::Told, Some(status)),
            (State::Ended(status, until), Some(client)) => client.ended(status, until),
            (State::Waiting(_), Some(client)) if client.is_unwanted() => {
                (State::Told, Some(Err(io::Error::other("it was not started any more"))))
            }
            (state, _) => (state, None),
        };
        self.state = state;
        match told {
            Some(status) => {
                if let Some(client) = &mut self.client {
                    client.mouth = None;
                }
                Poll::Ready(status)
            }
            None => Poll::Pending,
        }
    }

    fn begin(&mut self, changed: &Arc<Notify>) {
        let Some(client) = &mut self.client else { return };
        self.state = match client.begin(changed) {
            Ok((child, lifeline)) => {
                self.pid = child.id();
                State::Running { child, lifeline }
            }
            Err(error) => State::Ended(Err(error), Instant::now()),
        };
    }
}

impl Client {
    fn is_unwanted(&self) -> bool {
        self.unwanted.load(Ordering::Acquire)
    }

    fn begin(&mut self, changed: &Arc<Notify>) -> io::Result<(Child, Option<io::PipeWriter>)> {
        let (mut child, lifeline) = begin(&self.process)?;
        self.attempts += 1;
        // What the last one said is over.
        self.ear = Arc::default();
        if let (Some(stderr), Some(mouth)) = (child.stderr.take(), &self.mouth) {
            let (ear, mouth) = (Arc::clone(&self.ear), Arc::clone(mouth));
            tokio::spawn(ear.listen(stderr, self.connection.begins, mouth, Arc::clone(changed)));
        }
        Ok((child, lifeline))
    }

    /// What comes after its end: more words, another attempt, or nothing; then it is told.
    fn ended(
        &self,
        status: io::Result<ExitStatus>,
        until: Instant,
    ) -> (State, Option<io::Result<ExitStatus>>) {
        if status.is_ok() && !self.ear.is_over() && Instant::now() < until {
            return (State::Ended(status, until), None);
        }
        match self.is_worth_another(&status) {
            Some(from) => (State::Waiting(from), None),
            None => (State::Told, Some(status)),
        }
    }

    /// When it is to be begun again, if its end asks for that.
    fn is_worth_another(&self, status: &io::Result<ExitStatus>) -> Option<Instant> {
        let Ok(status) = status else { return None };
        if self.is_unwanted() {
            return None;
        }
        let host = &self.connection.host;
        match (self.connection.judge)(&self.ear.heard(), *status) {
            Judgement::Again if self.attempts < ATTEMPTS => {
                let pause = pause(self.attempts - 1);
                tracing::debug!(%host, "the host has no room for another connection; it is tried again in {pause:?}");
                Some(Instant::now() + pause)
            }
            Judgement::Broke(why) => {
                tracing::warn!(
                    "the connection to {host} broke ({why}); whether its workers live their heartbeats tell"
                );
                None
            }
            Judgement::Again | Judgement::Ended => None,
        }
    }
}

fn begin(process: &HostProcess) -> io::Result<(Child, Option<io::PipeWriter>)> {
    // The command goes at once, and with it the other end of the child's standard input.
    let (mut command, lifeline): (Command, _) = process.command()?;
    Ok((command.spawn()?, lifeline))
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
