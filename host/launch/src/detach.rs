//! What a process does first if it is to outlive whoever started it, and their terminal.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use nix::unistd::{Pid, getpgid, getpgrp, getpid, getppid, setpgid, setsid};
pub use rush_sandbox::close_inherited;

/// What a process of another PID namespace is called in this one.
const ELSEWHERE: Pid = Pid::from_raw(0);

/// Begins a session of its own, so that neither Ctrl-C nor the end of the terminal reaches this process.
///
/// The leader of a process group (as every process is that we start, safe from Ctrl-C from its first instant) may not do
/// that: so it joins another group for a moment, its parent's or that of a child that is there for nothing else.
pub fn leave_terminal() {
    let begun = if getpgrp() == getpid() {
        join_parents_group().and_then(begin_session).or_else(|_| begin_session_from_a_childs_group())
    } else {
        begin_session(())
    };
    if let Err(error) = begun {
        tracing::debug!("Cannot begin a session: {error}");
    }
}

fn begin_session((): ()) -> io::Result<()> {
    Ok(setsid().map(drop)?)
}

/// Not possible if the parent is gone, or if it or its group belongs to another PID namespace.
fn join_parents_group() -> io::Result<()> {
    let parent = getppid();
    let group = if parent == ELSEWHERE { ELSEWHERE } else { getpgid(Some(parent))? };
    if group == ELSEWHERE {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(setpgid(getpid(), group)?)
}

fn begin_session_from_a_childs_group() -> io::Result<()> {
    let mut waits = Command::new("/bin/sh");
    waits.args(["-c", "read -r _"]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = waits.process_group(0).spawn()?;
    let group = Pid::from_raw(child.id().cast_signed());
    let begun = setpgid(getpid(), group).map_err(io::Error::from).and_then(begin_session);
    // Waiting closes its standard input first, which ends it.
    child.wait()?;
    begun
}
