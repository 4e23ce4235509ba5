//! How to start a keeper, and hear whether it succeeded.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::sync_channel;
use std::thread;
use std::time::Duration;

use super::PrivateRedisError;
use super::keeper_report::KeeperReport;
use super::patience::receive;
use super::runtime_folder::RuntimeFolder;
use crate::log_file;

/// The program that calls [`keeper::main`](super::keeper::main), with the arguments that make it do so.
///
/// ```
/// # use rush_launch::private_redis::KeeperCommand;
/// let keeper = KeeperCommand::new(std::env::current_exe()?).arg("keeper");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KeeperCommand {
    program: PathBuf,
    arguments: Vec<OsString>,
}

impl KeeperCommand {
    /// By the absolute path of the program: the keeper works in `/`.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new() }
    }

    /// An argument that goes before the keeper's own.
    #[must_use]
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Starts a keeper and waits for its report. It shares nothing with this process but the pipe for that report, and
    /// belongs to a process group, then to a session of its own, so that Ctrl-C and hang-ups do not reach it.
    pub(crate) fn start(
        &self,
        data: &Path,
        runtime: &RuntimeFolder,
        server: &Path,
        patience: Duration,
    ) -> Result<KeeperReport, PrivateRedisError> {
        let what = "the private Redis to load its data";
        let failed = |detail: String| PrivateRedisError::Keeper { detail, log: runtime.keeper_log() };
        let child = self
            .spawn(data, runtime, server)
            .map_err(|error| failed(format!("cannot start {}: {error}", self.program.display())))?;
        let (sender, receiver) = sync_channel(1);
        thread::spawn(move || hear_then_reap(child, |line| sender.send(line).is_ok()));
        match receive(what, patience, &receiver) {
            Some(line) => KeeperReport::parse(&line).ok_or_else(|| failed("it ended without a word".into())),
            None => Err(PrivateRedisError::TimedOut { what: what.into(), after: patience }),
        }
    }

    fn spawn(&self, data: &Path, runtime: &RuntimeFolder, server: &Path) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.arguments)
            .arg("--data")
            .arg(data)
            .arg("--runtime")
            .arg(runtime.path())
            .arg("--server")
            .arg(server)
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fresh_log(&runtime.keeper_log())?)
            .spawn()
    }
}

/// Hands on the first line, then waits for the end of the keeper, which must not become a zombie.
fn hear_then_reap(mut child: Child, hand_on: impl FnOnce(String) -> bool) {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take()
        && let Err(error) = BufReader::new(stdout).read_line(&mut line)
    {
        tracing::warn!("Cannot read from the keeper of the private Redis: {error}");
    }
    // Nobody listens any more if patience has ended: then the keeper ends for want of users.
    let _heard = hand_on(line);
    if let Err(error) = child.wait() {
        tracing::warn!("Cannot wait for the keeper of the private Redis: {error}");
    }
}

/// A new log file; the one before stays as `<name>.old`, so that neither grows for ever.
pub(crate) fn fresh_log(path: &Path) -> io::Result<File> {
    let mut old = path.as_os_str().to_owned();
    old.push(".old");
    match std::fs::rename(path, old) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => log_file::append(path),
    }
}
