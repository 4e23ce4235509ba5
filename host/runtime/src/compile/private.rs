//! Folders and files that nobody but their owner can read or change.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Others have no rights.
const OTHERS: u32 = 0o077;

/// Makes a folder (and what is above it) of mode 0700, or checks that it is one.
pub(super) fn folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    let metadata = fs::metadata(path)?;
    check(&metadata, "folder", metadata.is_dir(), "chmod 700")
}

/// Makes a file of mode 0600 that did not exist.
pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Opens a file after checking it. A symbolic link is not followed.
pub(super) fn open(path: &Path) -> io::Result<(File, Metadata)> {
    let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    check(&metadata, "file", metadata.is_file(), "chmod 600")?;
    Ok((file, metadata))
}

fn check(metadata: &Metadata, what: &str, is_that: bool, remedy: &str) -> io::Result<()> {
    let problem = if !is_that {
        format!("it is not a {what}")
    } else if metadata.uid() != rustix::process::geteuid().as_raw() {
        format!("it belongs to user {}, not to the user that runs this", metadata.uid())
    } else if metadata.mode() & OTHERS != 0 {
        format!("others may use it (mode {:o}); run `{remedy}` on it", metadata.mode() & 0o7777)
    } else {
        return Ok(());
    };
    Err(io::Error::other(problem))
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_others_may_use_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a/b");
        folder(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let file = path.join("file");
        create(&file).unwrap();
        assert!(create(&file).is_err(), "it exists");
        open(&file).unwrap();
        for (path, mode) in [(&file, 0o640), (&path, 0o750)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        assert!(open(&file).unwrap_err().to_string().contains("mode 640"));
        assert!(folder(&path).unwrap_err().to_string().contains("chmod 700"));
    }

    #[test]
    fn links_and_folders_are_no_files() {
        let root = tempfile::tempdir().unwrap();
        let (file, link) = (root.path().join("file"), root.path().join("link"));
        create(&file).unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert!(open(&link).is_err());
        assert!(open(root.path()).is_err());
    }
}
