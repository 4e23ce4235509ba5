//! Keeps a cache from growing for ever.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Code that nobody has loaded for so long goes; each version of wasmtime leaves its own behind.
const UNUSED: Duration = Duration::from_hours(30 * 24);
/// What was not finished after so long never will be: its process died.
const UNFINISHED: Duration = Duration::from_hours(1);
/// How exactly the time of the last use is kept.
const TOUCH: Duration = Duration::from_hours(24);

const CODE: &str = ".cwasm";
const BEGUN: &str = ".begun";

/// The name of a file that is being written, which nobody else uses.
pub(super) fn unfinished(folder: &Path) -> PathBuf {
    folder.join(format!("{:016x}{BEGUN}", rand::random::<u64>()))
}

/// Notes that a file was used today.
pub(super) fn used(path: &Path) {
    let touch = || {
        let file = fs::File::open(path)?;
        let now = SystemTime::now();
        let old = now.duration_since(file.metadata()?.modified()?).is_ok_and(|age| age > TOUCH);
        if old { file.set_modified(now) } else { Ok(()) }
    };
    if let Err(error) = touch() {
        tracing::debug!("the last use of {} cannot be noted: {error}", path.display());
    }
}

/// Removes what nobody uses any more. Code that is mapped somewhere stays there until it is unmapped.
pub(super) fn prune(folder: &Path, now: SystemTime) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let keep = match name.to_str() {
            Some(name) if name.ends_with(CODE) => UNUSED,
            Some(name) if name.ends_with(BEGUN) => UNFINISHED,
            _ => continue,
        };
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        if modified.is_ok_and(|modified| now.duration_since(modified).is_ok_and(|age| age > keep)) {
            // Another process may have removed it just now.
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn old_code_and_dead_beginnings_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.cwasm", "b.begun", "key"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let now = SystemTime::now();
        prune(folder.path(), now).unwrap();
        assert_eq!(names(folder.path()), ["a.cwasm", "b.begun", "key"]);
        prune(folder.path(), now + UNFINISHED * 2).unwrap();
        assert_eq!(names(folder.path()), ["a.cwasm", "key"]);
        prune(folder.path(), now + UNUSED * 2).unwrap();
        assert_eq!(names(folder.path()), ["key"]);
    }

    #[test]
    fn using_code_keeps_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.cwasm");
        fs::write(&path, "").unwrap();
        let now = SystemTime::now();
        fs::File::open(&path).unwrap().set_modified(now - UNUSED * 2).unwrap();
        used(&path);
        prune(folder.path(), now).unwrap();
        assert!(path.exists());
    }
}
