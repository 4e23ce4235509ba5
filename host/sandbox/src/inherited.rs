//! What a process has open without having asked for it.

use std::fs;
use std::os::fd::RawFd;

use rustix::fs::OFlags;

/// Closes every descriptor but the standard ones that this process has inherited: one that outlives its parents must not keep their pipes
/// open (a shell's, a job server's), and one that runs what nobody has to trust must not hold what it was not given.
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
    Some(flags & OFlags::CLOEXEC.bits() == 0)
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
