//! Processes that tests start, and events of processes that they wait for.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

/// Nothing that a test waits for takes longer, on the slowest machine.
const LONG: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

/// This program in a role, with pipes to it.
pub(crate) struct Actor {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Actor {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let stdin = child.stdin.take();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// The next line it says; empty if it has nothing more to say.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    pub(crate) fn rest(mut self) -> (String, ExitStatus) {
        drop(self.stdin.take());
        let text = std::io::read_to_string(&mut self.stdout).unwrap();
        (text, self.child.wait().unwrap())
    }

    /// Lets it end by itself.
    pub(crate) fn leave(self) {
        let (text, status) = self.rest();
        assert!(status.success(), "{status}: {text}");
    }

    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// This program.
pub(crate) fn myself(role: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.arg(role);
    command
}

/// A process that is somebody else's child, or nobody's: seen through a descriptor, so never mistaken for another.
pub(crate) struct Watched {
    pub(crate) pid: Pid,
    descriptor: rustix::fd::OwnedFd,
}

impl Watched {
    pub(crate) fn new(pid: Pid) -> Self {
        Self { pid, descriptor: pidfd_open(pid, PidfdFlags::empty()).unwrap() }
    }

    /// Waits until the process has ended.
    pub(crate) fn wait_gone(&self, what: &str) {
        assert!(self.gone_within(LONG), "{what} (pid {}) is still there", self.pid);
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.gone_within(Timespec { tv_sec: 0, tv_nsec: 0 })
    }

    fn gone_within(&self, time: Timespec) -> bool {
        let mut descriptors = [PollFd::new(&self.descriptor, PollFlags::IN)];
        poll(&mut descriptors, Some(&time)).unwrap() > 0
    }

    pub(crate) fn kill(&self) {
        kill_process(self.pid, Signal::KILL).unwrap();
    }

    /// Its parent.
    pub(crate) fn parent(&self) -> Watched {
        Self::new(Pid::from_raw(stat(self.pid, 3)).unwrap())
    }

    /// The session it belongs to, as a number: in a PID namespace, a session that comes from outside is 0, which is no process.
    pub(crate) fn session(&self) -> i32 {
        stat(self.pid, 5)
    }

    pub(crate) fn leads_its_session(&self) -> bool {
        self.session() == self.pid.as_raw_nonzero().get()
    }

    /// What its descriptors from 3 on lead to.
    pub(crate) fn open_files(&self) -> Vec<PathBuf> {
        let folder = PathBuf::from(format!("/proc/{}/fd", self.pid));
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let numbered =
            entries.filter(|path| !["0", "1", "2"].map(OsStr::new).contains(&path.file_name().unwrap()));
        numbered.filter_map(|path| fs::read_link(path).ok()).collect()
    }
}

/// A field of `/proc/<pid>/stat`, counted as after the name, which may contain anything.
fn stat(pid: Pid, field: usize) -> i32 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let after_name = text.rsplit_once(") ").unwrap().1;
    after_name.split(' ').nth(field - 2).unwrap().parse().unwrap()
}

/// Makes an executable shell script, or replaces it.
pub(crate) fn script(folder: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    let new = folder.join("new");
    fs::write(&new, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).unwrap();
    // At once, also while somebody runs the old one.
    fs::rename(new, path).unwrap();
}

/// Where a program is on this machine.
pub(crate) fn which(program: &str) -> PathBuf {
    let path: OsString = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.exists());
    found.unwrap_or_else(|| panic!("the tests need {program} on PATH"))
}
