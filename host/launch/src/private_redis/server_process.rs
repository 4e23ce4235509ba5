//! The running `redis-server`: started, ready, ended; and the shell that ends it should its keeper be killed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use tokio::net::UnixDatagram;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::patience::Backoff;
use super::probe::{Presence, probe};
use super::runtime_folder::RuntimeFolder;

/// Writing out the append-only file takes as long as the disk needs; a server that takes longer than this hangs.
const SHUTDOWN: Duration = Duration::from_mins(1);

/// A server, from its start until it has been reaped.
#[derive(Debug)]
pub(crate) struct ServerProcess {
    child: Child,
    lifeline: Lifeline,
    ready: UnixDatagram,
    runtime: RuntimeFolder,
    ended: oneshot::Receiver<()>,
}

impl ServerProcess {
    /// Starts the server on the data. `lock`, if there is one, becomes its standard input: so the lock lives exactly as
    /// long as whatever may still write the data, the server's own children included.
    pub(crate) fn start(
        server: &Path,
        data: &Path,
        runtime: &RuntimeFolder,
        lock: Option<File>,
        log: File,
    ) -> io::Result<Self> {
        remove_if_there(&runtime.socket())?;
        remove_if_there(&runtime.ready_socket())?;
        let ready = UnixDatagram::bind(runtime.ready_socket())?;
        let mut child = Command::new(server)
            .args(arguments(data, runtime))
            .env("NOTIFY_SOCKET", runtime.ready_socket())
            .stdin(lock.map_or_else(Stdio::null, Stdio::from))
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()?;
        let lifeline = match Lifeline::tie(&child) {
            Ok(lifeline) => lifeline,
            Err(error) => {
                child.kill()?;
                child.wait()?;
                return Err(error);
            }
        };
        let ended = watch(&child);
        Ok(Self { child, lifeline, ready, runtime: runtime.clone(), ended })
    }

    /// Returns when the server takes commands, or with how it ended before.
    pub(crate) async fn wait_until_ready(&mut self) -> io::Result<Result<(), ExitStatus>> {
        tokio::select! {
            ready = said_ready(&self.ready, &self.runtime) => { ready?; return Ok(Ok(())) }
            _ = &mut self.ended => {}
        }
        self.reap().map(Err)
    }

    /// Returns when the server has ended, which it never does by itself. Not to be called again after that.
    pub(crate) async fn wait_until_ended(&mut self) -> io::Result<ExitStatus> {
        // The sender hangs up without a word only if its thread failed: then `reap` waits itself.
        let _ended = (&mut self.ended).await;
        self.reap()
    }

    /// Makes the server write everything out and end.
    pub(crate) async fn shut_down(&mut self) -> io::Result<ExitStatus> {
        self.signal(Signal::TERM)?;
        if timeout(SHUTDOWN, &mut self.ended).await.is_err() {
            tracing::error!("The server did not end within {} s: killing it", SHUTDOWN.as_secs());
            self.signal(Signal::KILL)?;
            let _ended = (&mut self.ended).await;
        }
        let status = self.reap()?;
        // It removes its socket unless it was killed.
        remove_if_there(&self.runtime.socket())?;
        remove_if_there(&self.runtime.ready_socket())?;
        Ok(status)
    }

    /// The child has not been reaped yet, so its pid is its own.
    fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.child), signal)?)
    }

    /// First the shell that knows the pid, then the pid.
    fn reap(&mut self) -> io::Result<ExitStatus> {
        self.lifeline.cut()?;
        self.child.wait()
    }
}

/// Waits for the child on a thread, and leaves it to be reaped.
fn watch(child: &Child) -> oneshot::Receiver<()> {
    let pid = Pid::from_child(child);
    let (sender, receiver) = oneshot::channel();
    thread::spawn(move || {
        while waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            .is_err_and(|error| error == rustix::io::Errno::INTR)
        {}
        // The keeper may have left already.
        let _heard = sender.send(());
    });
    receiver
}

/// A server built with libsystemd says `READY=1` on its `NOTIFY_SOCKET`. One built without can only be asked, again and
/// again, with growing pauses.
async fn said_ready(socket: &UnixDatagram, runtime: &RuntimeFolder) -> io::Result<()> {
    let mut pauses = Backoff::new(Duration::from_millis(25), Duration::from_millis(500));
    let mut message = [0; 1024];
    loop {
        match timeout(pauses.next(), socket.recv(&mut message)).await {
            Ok(received) => {
                if is_ready(&message[..received?]) {
                    return Ok(());
                }
            }
            Err(_) if probe(&runtime.socket()) == Presence::Answers => return Ok(()),
            Err(_) => (),
        }
    }
}

fn is_ready(message: &[u8]) -> bool {
    message.split(|&byte| byte == b'\n').any(|line| line == b"READY=1")
}

/// Everything the server is told: no file of its own, so that nothing on the machine changes it.
fn arguments(data: &Path, runtime: &RuntimeFolder) -> Vec<OsString> {
    let fixed = [
        ("--port", "0"),
        ("--unixsocketperm", "700"),
        ("--daemonize", "no"),
        ("--supervised", "systemd"),
        ("--databases", "1"),
        // What is written survives, and is never evicted.
        ("--appendonly", "yes"),
        // The keeper brings it to the disk: see `flusher`.
        ("--appendfsync", "no"),
        ("--aof-load-truncated", "yes"),
        ("--save", ""),
        ("--maxmemory-policy", "noeviction"),
        // A task of more than a few parameters is kept in one piece, too: a quarter less memory (benches/README.md).
        ("--hash-max-listpack-value", "512"),
        // Ends also when the disk is full: what could be written has been written.
        ("--shutdown-on-sigterm", "force"),
    ];
    let paths =
        [("--unixsocket", runtime.socket()), ("--logfile", runtime.server_log()), ("--dir", data.to_owned())];
    let fixed = fixed.into_iter().flat_map(|(name, value)| [OsString::from(name), value.into()]);
    fixed.chain(paths.into_iter().flat_map(|(name, path)| [OsString::from(name), path.into()])).collect()
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A shell that waits for the end of a pipe whose other end the keeper holds, and then ends the server: the only thing
/// that still works when the keeper and all users are killed at once.
#[derive(Debug)]
struct Lifeline {
    shell: Child,
}

impl Lifeline {
    fn tie(server: &Child) -> io::Result<Self> {
        let shell = Command::new("/bin/sh")
            .arg("-c")
            .arg(r#"read -r _; kill -TERM "$0""#)
            .arg(server.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self { shell })
    }

    /// Ends the shell without its last word. Safe to call twice.
    fn cut(&mut self) -> io::Result<()> {
        self.shell.kill()?;
        // `wait` would close the pipe first, and a shell that is not dead yet would act on it.
        let pipe = self.shell.stdin.take();
        self.shell.wait()?;
        drop(pipe);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_one_line_of_a_message() {
        assert!(is_ready(b"READY=1\n"));
        assert!(is_ready(b"STATUS=Ready to accept connections\nREADY=1"));
        assert!(!is_ready(b"STATUS=Redis is loading...\n"));
    }
}
