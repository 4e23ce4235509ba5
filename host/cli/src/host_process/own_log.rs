//! The file of `--log-file`, into which a process talks that nobody listens to.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
};

use crate::{exit_code::ExitCode, failure::Failure};

/// A file that is ready to take what this process says.
pub(super) struct OwnLog(File);

impl OwnLog {
    /// Opens it, and makes the folders above it: nobody else can look into what is made. What cannot be written is said before any
    /// worker registers.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        open(path).map(Self).map_err(|error| {
            Failure::new(
                ExitCode::Launcher,
                format!("the log file `{}` cannot be written to: {error}", path.display()),
            )
        })
    }

    /// From now on standard output and standard error of this process are this file.
    pub(super) fn take_over(self) {
        let taken = rustix::stdio::dup2_stdout(&self.0).and_then(|()| rustix::stdio::dup2_stderr(&self.0));
        if let Err(error) = taken {
            tracing::warn!(%error, "the log file does not get what this process says");
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    // A pipe that nobody reads would hold us up.
    if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
        return Err(io::Error::other("it is no regular file"));
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    if file.metadata()?.permissions().mode() & 0o077 != 0 {
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::{io::Write as _, path::PathBuf};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("rush-own-log-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_appended_to_and_nobody_else_can_look_into_it() {
        let folder = Folder::new("kept");
        let path = folder.0.join("state/rush-host/network.log");
        for line in ["one\n", "two\n"] {
            open(&path).unwrap().write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.0.join("state")), 0o700);
        assert_eq!(mode(&folder.0.join("state/rush-host")), 0o700);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        open(&path).unwrap();
        assert_eq!(mode(&path), 0o600, "also one that was there");
    }

    #[test]
    fn what_is_no_file_is_refused() {
        let folder = Folder::new("refused");
        for path in [folder.0.as_path(), Path::new("/dev/zero")] {
            let error = open(path).unwrap_err();
            assert!(error.to_string().contains("no regular file"), "{error}");
        }
        fs::write(folder.0.join("file"), "").unwrap();
        assert!(open(&folder.0.join("file/log")).is_err());
    }
}
