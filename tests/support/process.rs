//! Processes of a scene, found by what they cannot shake off: the environment that they were started with, or where they work.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt as _, path::Path, time::Duration};

use rustix::process::{Pid, Signal, kill_process};

use crate::{deadline::eventually, memory::status_bytes};

/// A living process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: i32,
    /// Its program and its arguments.
    pub command: Vec<String>,
}

impl Process {
    /// All living processes that were started in this folder's scene, by whomever.
    pub(crate) fn of_scene(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir("/proc").expect("processes can be listed");
        let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        pids.filter_map(|pid| Self::look(pid, folder)).collect()
    }

    /// `None` if it is not of this scene, or gone by now.
    fn look(pid: i32, folder: &Path) -> Option<Self> {
        let read = |what: &str| fs::read(format!("/proc/{pid}/{what}")).ok();
        let command = read("cmdline")?;
        let named = |bytes: &[u8]| contains(bytes, folder.as_os_str());
        // `redis-server` writes its title over its environment; its socket's path is in the title. An evaluator has no environment,
        // but the working directory of its host process.
        let works_here = || {
            fs::read_link(format!("/proc/{pid}/cwd"))
                .is_ok_and(|path| contains(path.as_os_str().as_bytes(), folder.as_os_str()))
        };
        let is_ours = named(&command) || read("environ").is_some_and(|bytes| named(&bytes)) || works_here();
        if !is_ours || Self::is_dead(pid) {
            return None;
        }
        let words = command.split(|&byte| byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
        let command: Vec<String> = words.filter(|word| !word.is_empty()).collect();
        (!command.is_empty()).then_some(Self { pid, command })
    }

    /// Gone, or waiting for a parent to ask how it ended.
    fn is_dead(pid: i32) -> bool {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return true };
        let state = stat.rsplit_once(')').and_then(|(_, rest)| rest.trim_start().chars().next());
        matches!(state, None | Some('Z' | 'X'))
    }

    /// Whether it is a host process.
    pub fn is_host(&self) -> bool {
        self.command.get(1).is_some_and(|word| word == "worker")
    }

    /// Whether it is the keeper of a private Redis.
    pub fn is_keeper(&self) -> bool {
        self.command.get(1).is_some_and(|word| word == "keeper")
    }

    /// Whether it is a Redis server.
    pub fn is_redis(&self) -> bool {
        self.command
            .first()
            .is_some_and(|word| word.contains("redis-server") || word.contains("valkey-server"))
    }

    /// Bytes of its memory that are in RAM.
    pub fn memory(&self) -> u64 {
        status_bytes(self.pid, "VmRSS:").expect("the process lives, and Linux tells it")
    }

    /// From now on its peak is another.
    pub(crate) fn forget_peak_memory(&self) {
        fs::write(format!("/proc/{}/clear_refs", self.pid), "5").expect("it is a process of ours");
    }

    /// Whether it evaluates the objective of a worker.
    pub fn is_evaluator(&self) -> bool {
        self.command.get(1).is_some_and(|word| word == "evaluator")
    }

    /// Whether it compiles a component.
    pub fn is_compiler(&self) -> bool {
        self.command.get(1).is_some_and(|word| word == "compile")
    }

    /// How long it has run, by the clock of the processor.
    pub fn ran(&self) -> Duration {
        let read = fs::read_to_string(format!("/proc/{}/schedstat", self.pid)).unwrap_or_default();
        let nanoseconds = read.split(' ').next().and_then(|number| number.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or_default())
    }

    /// The workers that a host process was told to carry.
    pub fn workers(&self) -> Vec<String> {
        let pairs = self.command.windows(2);
        pairs.filter(|pair| pair[0] == "--id").map(|pair| pair[1].clone()).collect()
    }

    /// Ends it as `kill -9` does, and waits until it is gone.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        eventually("a killed process is gone", || Self::is_dead(self.pid));
    }

    /// Sends a signal; nothing happens if it is gone.
    pub fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(self.pid).expect("a process id is above zero");
        match kill_process(pid, signal) {
            Ok(()) | Err(rustix::io::Errno::SRCH) => {}
            Err(error) => panic!("process {} cannot be signalled: {error}", self.pid),
        }
    }
}

fn contains(bytes: &[u8], part: &OsStr) -> bool {
    let part = part.as_bytes();
    // A path that only begins like the folder's is another scene's.
    let ends = |rest: &[u8]| matches!(rest.first(), None | Some(b'/' | 0 | b'\n'));
    bytes.windows(part.len()).enumerate().any(|(at, found)| found == part && ends(&bytes[at + part.len()..]))
}
