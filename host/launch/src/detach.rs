//! What a process does first if it is to outlive whoever started it, and their terminal.

use std::os::fd::RawFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::{fs, io};

use nix::unistd::{Pid, getpgid, getpgrp, getpid, getppid, setpgid, setsid};

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

/// Closes every descriptor but the standard ones that this process has inherited: a process that outlives its parents
/// must not keep their pipes open (a shell's, a job server's).
///
/// Descriptors that Rust opens are closed by `exec`, so those without that flag are the inherited ones. Where there is no
/// `/proc`, nothing is closed.
pub fn close_inherited() {
    let Ok(entries) = fs::read_dir("/proc/self/fdinfo") else { return };
    let inherited: Vec<RawFd> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let descriptor = entry.file_name().to_str()?.parse().ok()?;
            let inherited = descriptor > 2 && survives_exec(&fs::read_to_string(entry.path()).ok()?)?;
            inherited.then_some(descriptor)
        })
        .collect();
    for descriptor in inherited {
        if let Err(error) = nix::unistd::close(descriptor) {
            tracing::debug!("Cannot close the inherited descriptor {descriptor}: {error}");
        }
    }
}

/// Reads the flags in a file of `/proc/self/fdinfo`.
fn survives_exec(fdinfo: &str) -> Option<bool> {
    let flags = fdinfo.lines().find_map(|line| line.strip_prefix("flags:"))?;
    let flags = u32::from_str_radix(flags.trim(), 8).ok()?;
    Some(flags & rustix::fs::OFlags::CLOEXEC.bits() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_is_read_from_fdinfo() {
        assert_eq!(survives_exec("pos:\t0\nflags:\t0100002\nmnt_id:\t25\n"), Some(true));
        assert_eq!(survives_exec("pos:\t0\nflags:\t02100002\nmnt_id:\t25\n"), Some(false));
        assert_eq!(survives_exec(""), None);
    }
}
