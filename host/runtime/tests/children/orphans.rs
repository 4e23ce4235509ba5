//! Compilers whose parents are gone.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use rush_runtime::Build;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::bombs::bomb;
use crate::compiling::{child, enough, prepare};
use crate::roles::Role;

crate::tests!(a_compiler_ends_with_its_parent);

/// Nothing that a test waits for takes longer, on the slowest machine.
const LONG: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

fn a_compiler_ends_with_its_parent() {
    let mut command = Command::new(std::env::current_exe().unwrap());
    let mut parent = command.arg(Role::Parent.name()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(parent.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let compiler = Pid::from_raw(line.trim().parse().unwrap()).unwrap();
    let compiler = pidfd_open(compiler, PidfdFlags::empty()).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    let mut gone = [PollFd::new(&compiler, PollFlags::IN)];
    assert!(poll(&mut gone, Some(&LONG)).unwrap() > 0, "it still compiles");
}

/// The parent that is killed.
pub(crate) fn parent() {
    thread::spawn(|| {
        loop {
            if let Some(pid) = busy_child() {
                let mut stdout = io::stdout().lock();
                writeln!(stdout, "{pid}").unwrap();
                return stdout.flush().unwrap();
            }
            thread::yield_now();
        }
    });
    // Takes minutes.
    let _ = prepare(&child(Role::Compile, enough()), &bomb(20_000, 2000), Build::default());
}

/// A child of this process that has begun to compile: it has used a tenth of a second of the processor.
fn busy_child() -> Option<i32> {
    let children = |task: PathBuf| fs::read_to_string(task.join("children")).unwrap_or_default();
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let all: String = tasks.filter_map(|task| Some(children(task.ok()?.path()))).collect();
    let pid: i32 = all.split_whitespace().next()?.parse().ok()?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let spent: u64 = stat.rsplit_once(") ")?.1.split(' ').nth(11)?.parse().ok()?;
    (spent > 10).then_some(pid)
}
