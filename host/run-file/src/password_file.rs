//! A password in a file of its own, which nobody else may read.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use secrecy::SecretString;
use thiserror::Error;

/// No password is longer; what is larger was named by mistake.
const MAX_BYTES: u64 = 64 << 10;

/// Why a password file cannot be used.
#[derive(Debug, Error, Diagnostic)]
pub enum PasswordFileError {
    /// It does not exist, or may not be read.
    #[error("Cannot read the password file {}: {source}", path.display())]
    #[diagnostic(help("`password_file` in [redis] names it, from the folder of the run file"))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// It is a folder or a device.
    #[error("The password file {} is not a file", path.display())]
    #[diagnostic(help("`password_file` in [redis] names it, from the folder of the run file"))]
    NotAFile {
        /// The file.
        path: PathBuf,
    },
    /// Others than its owner can read or change it.
    #[error("The password file {} is open to others (mode {mode:04o})", path.display())]
    #[diagnostic(help("Make it readable for its owner alone: chmod 600 {}", path.display()))]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It holds no password, or more than one could be.
    #[error("The password file {} {reason}", path.display())]
    #[diagnostic(help("It should hold the password and nothing else; one line break at its end is ignored"))]
    NoPassword {
        /// The file.
        path: PathBuf,
        /// What is wrong with its content.
        reason: &'static str,
    },
}

/// Reads the password of `redis.password_file`. The file must be a regular one with mode 0600 or stricter; one line
/// break at its end does not belong to the password.
pub fn read_password(path: &Path) -> Result<SecretString, PasswordFileError> {
    let unreadable = |source| PasswordFileError::Unreadable { path: path.to_owned(), source };
    let no_password = |reason| PasswordFileError::NoPassword { path: path.to_owned(), reason };
    // Checked on the open file, so that it cannot be exchanged between the check and the reading.
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(PasswordFileError::NotAFile { path: path.to_owned() });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(PasswordFileError::OpenToOthers { path: path.to_owned(), mode });
    }
    if metadata.size() > MAX_BYTES {
        return Err(no_password("is larger than 64 KiB"));
    }
    let mut text = String::new();
    match file.take(MAX_BYTES).read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(no_password("is not UTF-8")),
        result => result.map_err(unreadable)?,
    };
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let password = line.strip_suffix('\r').unwrap_or(line);
    match password {
        "" => Err(no_password("is empty")),
        password if password.contains(['\n', '\r']) => Err(no_password("has more than one line")),
        password => Ok(SecretString::from(password.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use secrecy::ExposeSecret;

    use super::*;

    fn file_with(content: &[u8], mode: u32) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn one_line_break_is_not_part_of_the_password() {
        for content in ["geheim", "geheim\n", "geheim\r\n"] {
            for mode in [0o600, 0o400] {
                let (_folder, path) = file_with(content.as_bytes(), mode);
                assert_eq!(read_password(&path).unwrap().expose_secret(), "geheim");
            }
        }
        let (_folder, path) = file_with(b" a b ", 0o600);
        assert_eq!(read_password(&path).unwrap().expose_secret(), " a b ");
    }

    #[test]
    fn what_others_can_read_is_refused_with_the_command_that_helps() {
        let (_folder, path) = file_with(b"geheim", 0o644);
        let error = read_password(&path).unwrap_err();
        assert!(error.to_string().ends_with("is open to others (mode 0644)"), "{error}");
        assert!(error.help().unwrap().to_string().contains("chmod 600 /"));
    }

    #[test]
    fn what_cannot_be_a_password_is_refused() {
        for (content, reason) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"a\nb", "has more than one line"),
            (b"\xff", "is not UTF-8"),
            (&vec![b'x'; 70_000], "is larger than 64 KiB"),
        ] {
            let (_folder, path) = file_with(content, 0o600);
            let error = read_password(&path).unwrap_err().to_string();
            assert!(error.ends_with(reason), "{error}");
        }
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_password(folder.path()), Err(PasswordFileError::NotAFile { .. })));
        assert!(matches!(
            read_password(&folder.path().join("no")),
            Err(PasswordFileError::Unreadable { .. })
        ));
    }
}
