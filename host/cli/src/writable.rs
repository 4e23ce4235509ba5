//! Whether something could be written, without leaving a trace.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Whether files could be written into a folder, which need not exist: then it could be made.
pub(crate) fn folder(path: &Path) -> io::Result<()> {
    let mut existing = path;
    while !existing.as_os_str().is_empty()
        && fs::symlink_metadata(existing).is_err_and(|error| missing(&error))
    {
        existing = existing.parent().unwrap_or(Path::new(""));
    }
    let existing = if existing.as_os_str().is_empty() { Path::new(".") } else { existing };
    let probe = existing.join(format!(".rush-host-{}", std::process::id()));
    File::create_new(&probe)?;
    fs::remove_file(&probe)
}

/// A part of the path that is a file is no reason to look further up: nothing can be made in it.
fn missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_made_is_writable_and_stays_unmade() {
        let here = std::env::temp_dir().join(format!("rush-writable-{}", std::process::id()));
        fs::create_dir(&here).unwrap();
        fs::write(here.join("file"), "").unwrap();
        folder(&here.join("a/b")).unwrap();
        assert_eq!(folder(&here.join("file/b")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
        assert_eq!(folder(&here.join("file")).unwrap_err().kind(), io::ErrorKind::NotADirectory);
        assert_eq!(fs::read_dir(&here).unwrap().count(), 1);
        fs::remove_dir_all(&here).unwrap();
    }
}
