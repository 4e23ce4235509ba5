//! The keeper: the parent of `redis-server`, which leaves with the last user.
//!
//! It runs as a process of its own, so that it outlives whoever was first, and does nothing but wait: for the last user
//! to leave, for the server to end, for a signal.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::oneshot;

use super::PrivateRedisError;
use super::data_folder::{Holder, server_lock};
use super::file_lock::{self, Attempt, Kind};
use super::flusher;
use super::keeper_command::fresh_log;
use super::keeper_report::KeeperReport;
use super::patience::Backoff;
use super::probe::{Presence, probe, request_shutdown};
use super::runtime_folder::RuntimeFolder;
use super::server_process::ServerProcess;
use crate::{detach, log_file};

/// How long a server whose keeper is gone may take to write everything out and end.
const ORPHAN: Duration = Duration::from_mins(1);
/// A server that has run for so long did not fail at its start: the next restart begins without a pause.
const SETTLED: Duration = Duration::from_mins(1);

/// Runs the keeper until the last user has left: what [`KeeperCommand`](super::KeeperCommand) starts. `arguments` are
/// those after the command's own.
///
/// To be called before anything else is started: it leaves the terminal, and closes what it has inherited. Its standard
/// output is the pipe to whoever started it; it logs through `tracing`, so a subscriber should write to standard error.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::parse(arguments) {
        Ok(arguments) => arguments,
        Err(reason) => {
            tracing::error!("{reason}");
            return ExitCode::from(2);
        }
    };
    detach::leave_terminal();
    detach::close_inherited();
    let done = tokio::runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
        let done = runtime.block_on(Keeper::run(&arguments));
        runtime.shutdown_background();
        done
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("The keeper failed: {error}");
            tell(&KeeperReport::Failed(error.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// What the keeper works on.
#[derive(Debug)]
struct Arguments {
    data: PathBuf,
    runtime: PathBuf,
    server: PathBuf,
}

impl Arguments {
    fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let (mut data, mut runtime, mut server) = (None, None, None);
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let slot = match name.to_str() {
                Some("--data") => &mut data,
                Some("--runtime") => &mut runtime,
                Some("--server") => &mut server,
                _ => return Err(format!("Unknown argument {} of the keeper", name.display())),
            };
            *slot = Some(PathBuf::from(
                arguments.next().ok_or_else(|| format!("{} needs a value", name.display()))?,
            ));
        }
        match (data, runtime, server) {
            (Some(data), Some(runtime), Some(server)) => Ok(Self { data, runtime, server }),
            _ => {
                Err("The keeper needs --data, --runtime, and --server; only rush-host itself starts it"
                    .into())
            }
        }
    }
}

/// Why the keeper stops waiting.
enum Event {
    /// No user is left; the lock keeps new ones out.
    LastUserLeft(io::Result<File>),
    /// Somebody wants the keeper to leave.
    Asked,
    /// The server ended, which nobody asked for.
    ServerEnded,
    /// Only while there is no server: it is time to start one.
    TimeToStart,
}

struct Keeper {
    runtime: RuntimeFolder,
    data: PathBuf,
    server: PathBuf,
    users: oneshot::Receiver<io::Result<File>>,
    asked: Asked,
}

impl Keeper {
    async fn run(arguments: &Arguments) -> io::Result<()> {
        let runtime = RuntimeFolder::existing(arguments.runtime.clone()).map_err(io::Error::other)?;
        let lock =
            match file_lock::attempt(&runtime.keeper_lock(), Kind::Exclusive).map_err(io::Error::other)? {
                Attempt::Held(lock) => lock,
                Attempt::Taken => {
                    tell(&KeeperReport::Rival);
                    return Ok(());
                }
            };
        // Cleaners of /tmp leave folders alone that somebody has locked.
        let folder = File::open(runtime.path())?;
        folder.lock_shared()?;
        // From here on the signals wait for us: a server that starts is not left behind.
        let asked = Asked::new()?;
        let log = fresh_log(&runtime.server_log())?;
        let data_lock = match take_data(&arguments.data, &runtime)? {
            Taken::Ours(lock) => lock,
            Taken::InUse(holder) => {
                tell(&KeeperReport::InUse(holder));
                return Ok(());
            }
        };
        let mut server = ServerProcess::start(&arguments.server, &arguments.data, &runtime, data_lock, log)?;
        if let Err(status) = server.wait_until_ready().await? {
            tell(&KeeperReport::ServerEnded(status.to_string()));
            return Ok(());
        }
        tracing::info!("The server is ready on {}", runtime.socket().display());
        tell(&KeeperReport::Ready);
        let users = watch_users(&runtime)?;
        flusher::start(&arguments.data)?;
        let (data, program) = (arguments.data.clone(), arguments.server.clone());
        let mut keeper = Self { runtime, data, server: program, users, asked };
        let closed = keeper.keep(server).await?;
        // The order matters: who comes in when the users' lock opens must find that there is no keeper.
        drop(lock);
        drop(closed);
        Ok(())
    }

    /// Keeps a server running until there is no user left, then ends it. Answers with the lock that keeps users out.
    async fn keep(&mut self, first: ServerProcess) -> io::Result<Option<File>> {
        let mut server = Some(first);
        let mut since = Instant::now();
        let mut pauses = restart_pauses();
        loop {
            let pause = if server.is_some() { Duration::MAX } else { pauses.next() };
            match self.next(server.as_mut(), pause).await? {
                Event::LastUserLeft(lock) => {
                    tracing::info!("The last user has left");
                    end(server).await?;
                    return lock.map(Some);
                }
                Event::Asked => {
                    tracing::info!("Asked to leave");
                    end(server).await?;
                    return Ok(None);
                }
                Event::ServerEnded => {
                    server = None;
                    if since.elapsed() >= SETTLED {
                        pauses = restart_pauses();
                    }
                }
                Event::TimeToStart => match self.restart().await {
                    Ok(started) => {
                        server = Some(started);
                        since = Instant::now();
                    }
                    Err(error) => tracing::error!("Cannot start the server again: {error}"),
                },
            }
        }
    }

    async fn next(&mut self, server: Option<&mut ServerProcess>, pause: Duration) -> io::Result<Event> {
        let ended = async {
            if let Some(server) = server {
                let status = server.wait_until_ended().await?;
                tracing::error!("The server ended ({status})");
                Ok(Event::ServerEnded)
            } else {
                tokio::time::sleep(pause).await;
                Ok(Event::TimeToStart)
            }
        };
        tokio::select! {
            biased;
            lock = &mut self.users => {
                let lock = lock.unwrap_or_else(|_| Err(io::Error::other("the thread that watches the users failed")));
                Ok(Event::LastUserLeft(lock))
            }
            () = self.asked.wait() => Ok(Event::Asked),
            event = ended => event,
        }
    }

    /// Users still hold their lock, and connect again: nothing that was written before is lost.
    async fn restart(&mut self) -> io::Result<ServerProcess> {
        let lock = match take_data(&self.data, &self.runtime)? {
            Taken::Ours(lock) => lock,
            Taken::InUse(holder) => return Err(io::Error::other(format!("the data are in use, {holder}"))),
        };
        let log = log_file::append(&self.runtime.server_log())?;
        let mut server = ServerProcess::start(&self.server, &self.data, &self.runtime, lock, log)?;
        match server.wait_until_ready().await? {
            Ok(()) => {
                tracing::info!("The server is ready again");
                Ok(server)
            }
            Err(status) => Err(io::Error::other(format!("it ended ({status})"))),
        }
    }
}

fn restart_pauses() -> Backoff {
    Backoff::new(Duration::from_millis(10), Duration::from_secs(1))
}

async fn end(server: Option<ServerProcess>) -> io::Result<()> {
    if let Some(mut server) = server {
        let status = server.shut_down().await?;
        tracing::info!("The server has ended ({status})");
    }
    Ok(())
}

/// Blocks a thread until no user is left.
fn watch_users(runtime: &RuntimeFolder) -> io::Result<oneshot::Receiver<io::Result<File>>> {
    let file = file_lock::open(&runtime.users_lock()).map_err(io::Error::other)?;
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("users".into()).spawn(move || {
        let locked = file.lock().map(|()| file);
        // If the keeper leaves for another reason, nobody wants the lock.
        let _heard = sender.send(locked);
    })?;
    Ok(receiver)
}

enum Taken {
    /// `None` where the file system has no locks.
    Ours(Option<File>),
    InUse(String),
}

/// Takes the lock of the data, once whoever is left over from before has let go of it.
fn take_data(data: &std::path::Path, runtime: &RuntimeFolder) -> io::Result<Taken> {
    let path = server_lock(data);
    let here = Holder::here(runtime.path());
    let mut lock = match file_lock::attempt(&path, Kind::Exclusive) {
        Ok(Attempt::Held(lock)) => lock,
        Ok(Attempt::Taken) => {
            let holder = Holder::read(data).unwrap_or_else(|| here.clone());
            let elsewhere = !holder.is_on_this_host();
            let other = holder.runtime != here.runtime
                && RuntimeFolder::existing(holder.runtime.clone()).is_ok_and(|r| r.has_keeper());
            if elsewhere || other {
                return Ok(Taken::InUse(holder.to_string()));
            }
            // Its keeper is gone. The shell that was tied to that has told it to end; else we do.
            if probe(&runtime.socket()) != Presence::Nobody {
                request_shutdown(&runtime.socket())?;
            }
            let what = "a Redis server without a keeper to end";
            match file_lock::acquire(&path, Kind::Exclusive, what, ORPHAN) {
                Ok(lock) => lock,
                Err(PrivateRedisError::TimedOut { .. }) => return Ok(Taken::InUse(holder.to_string())),
                Err(error) => return Err(io::Error::other(error)),
            }
        }
        Err(PrivateRedisError::Lock { source, .. }) if file_lock::is_unsupported(&source) => {
            tracing::warn!(
                "{} has no locks ({source}): take care that only one machine uses it",
                data.display()
            );
            return Ok(Taken::Ours(None));
        }
        Err(error) => return Err(io::Error::other(error)),
    };
    here.write(&mut lock)?;
    Ok(Taken::Ours(Some(lock)))
}

/// Tells whoever started the keeper, once: after that the pipe is closed.
fn tell(report: &KeeperReport) {
    let mut stdout = io::stdout();
    let told = stdout.write_all(report.to_line().as_bytes()).and_then(|()| stdout.flush());
    // Whoever started us may be gone; the users' lock says whether anybody else is there.
    if let Err(error) = told {
        tracing::info!("Nobody hears the report: {error}");
    }
    if let Err(error) = File::open("/dev/null").and_then(|null| Ok(rustix::stdio::dup2_stdout(null)?)) {
        tracing::warn!("Cannot close the pipe of the report: {error}");
    }
}

/// SIGTERM and SIGINT; SIGHUP means nothing to a process without a terminal.
struct Asked {
    terminate: Signal,
    interrupt: Signal,
    _hangup: Signal,
}

impl Asked {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            _hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => (),
            _ = self.interrupt.recv() => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn all_three_arguments_are_needed() {
        let all = parse(&["--data", "/d", "--runtime", "/r", "--server", "/s"]).unwrap();
        assert_eq!(all.data, PathBuf::from("/d"));
        assert!(parse(&["--data", "/d"]).unwrap_err().contains("--runtime"));
        assert!(parse(&["--data"]).unwrap_err().contains("needs a value"));
        assert!(parse(&["--port", "1"]).unwrap_err().contains("--port"));
    }
}
