//! `flock` locks on files that are never removed (a removed lock file is two locks).

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::PrivateRedisError;
use super::patience::wait_for;

/// Shared with others, or alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Shared,
    Exclusive,
}

/// What came of trying to lock without waiting.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// Locked for as long as this file is open.
    Held(File),
    /// Somebody else holds it.
    Taken,
}

/// Opens the file of a lock, and makes it if need be: 0600, and never through a symbolic link.
pub(crate) fn open(path: &Path) -> Result<File, PrivateRedisError> {
    open_file(path).map_err(|source| failed(path, source))
}

/// [`open`], for a caller who has a better name for what went wrong.
pub(crate) fn open_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
}

/// Locks the file if that is possible at once.
pub(crate) fn attempt(path: &Path, kind: Kind) -> Result<Attempt, PrivateRedisError> {
    let file = open(path)?;
    let locked = match kind {
        Kind::Shared => file.try_lock_shared(),
        Kind::Exclusive => file.try_lock(),
    };
    match locked {
        Ok(()) => Ok(Attempt::Held(file)),
        Err(TryLockError::WouldBlock) => Ok(Attempt::Taken),
        Err(TryLockError::Error(source)) => Err(failed(path, source)),
    }
}

/// Locks the file, and waits for it no longer than `patience`.
pub(crate) fn acquire(
    path: &Path,
    kind: Kind,
    what: &str,
    patience: Duration,
) -> Result<File, PrivateRedisError> {
    if let Attempt::Held(file) = attempt(path, kind)? {
        return Ok(file);
    }
    let file = open(path)?;
    let waited = wait_for(what, patience, move || match kind {
        Kind::Shared => file.lock_shared().map(|()| file),
        Kind::Exclusive => file.lock().map(|()| file),
    });
    match waited {
        Some(Ok(file)) => Ok(file),
        Some(Err(source)) => Err(failed(path, source)),
        None => Err(PrivateRedisError::TimedOut { what: what.to_owned(), after: patience }),
    }
}

/// Whether nobody holds an exclusive lock on the file. Said of this moment only.
pub(crate) fn is_free(path: &Path) -> Result<bool, PrivateRedisError> {
    Ok(matches!(attempt(path, Kind::Shared)?, Attempt::Held(_)))
}

/// Whether the file system has no such locks at all (some network file systems), rather than that something failed.
pub(crate) fn is_unsupported(error: &io::Error) -> bool {
    use rustix::io::Errno;
    let code = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(code, Some(Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP | Errno::INVAL))
}

fn failed(path: &Path, source: io::Error) -> PrivateRedisError {
    PrivateRedisError::Lock { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shared_locks_keep_an_exclusive_one_out_until_the_last_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("users.lock");
        let first = acquire(&path, Kind::Shared, "a lock", Duration::from_secs(1)).unwrap();
        let second = acquire(&path, Kind::Shared, "a lock", Duration::from_secs(1)).unwrap();
        drop(first);
        assert!(matches!(attempt(&path, Kind::Exclusive).unwrap(), Attempt::Taken));
        let timed_out = acquire(&path, Kind::Exclusive, "a lock", Duration::from_millis(20)).unwrap_err();
        assert!(matches!(timed_out, PrivateRedisError::TimedOut { .. }), "{timed_out}");
        drop(second);
        acquire(&path, Kind::Exclusive, "a lock", Duration::from_secs(5)).unwrap();
    }

    #[test]
    fn a_lock_file_is_not_followed_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("start.lock");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &link).unwrap();
        assert!(matches!(open(&link), Err(PrivateRedisError::Lock { .. })));
        assert!(!folder.path().join("elsewhere").exists());
    }
}
