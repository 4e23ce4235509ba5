//! The folder that holds the data, and who works on it.

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use super::PrivateRedisError;
use super::file_lock;

/// Where the data of a network's private Redis live: `.rush/<network>` beside its run file.
///
/// ```
/// # use std::path::Path;
/// let folder = rush_launch::private_redis::data_folder(Path::new("/home/me/study"), "branin");
/// assert_eq!(folder, Path::new("/home/me/study/.rush/branin"));
/// ```
pub fn data_folder(run_file_folder: &Path, network: &str) -> PathBuf {
    run_file_folder.join(PARENT).join(network)
}

const PARENT: &str = ".rush";

/// The lock that `redis-server` itself holds; in it stands who started it.
pub(crate) fn server_lock(data: &Path) -> PathBuf {
    data.join("server.lock")
}

/// Makes the folder (0700) if need be, and makes sure that something can be written to it. Answers with its canonical
/// path, so that every way to it leads to the same server.
pub(crate) fn prepare(data: &Path) -> Result<PathBuf, PrivateRedisError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            PrivateRedisError::DiskFull { data: data.to_owned(), log_tail: String::new() }
        }
        _ => PrivateRedisError::DataFolder { path: data.to_owned(), source },
    };
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(failed)?;
    let canonical = data.canonicalize().map_err(failed)?;
    file_lock::open_file(&server_lock(&canonical)).map_err(failed)?;
    if let Some(parent) = canonical.parent().filter(|parent| parent.ends_with(PARENT)) {
        keep_out_of_git(parent).map_err(failed)?;
    }
    Ok(canonical)
}

/// Data of a private Redis beside a run file should not end up in the repository that the run file is in.
fn keep_out_of_git(parent: &Path) -> io::Result<()> {
    let path = parent.join(".gitignore");
    if path.exists() { Ok(()) } else { fs::write(path, "*\n") }
}

/// Who started the server that works on the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The machine's name.
    pub(crate) host: String,
    /// Its runtime folder there.
    pub(crate) runtime: PathBuf,
}

impl Holder {
    /// This machine, with this runtime folder.
    pub(crate) fn here(runtime: &Path) -> Self {
        Self { host: rush_network::hostname(), runtime: runtime.to_owned() }
    }

    pub(crate) fn is_on_this_host(&self) -> bool {
        self.host == rush_network::hostname()
    }

    /// Reads what the last holder wrote; `None` if nobody has ever held the data, or the record is torn.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let mut bytes = Vec::new();
        File::open(server_lock(data)).ok()?.read_to_end(&mut bytes).ok()?;
        Self::parse(&bytes)
    }

    /// Writes the record into the lock file. Only who holds the lock may do so.
    pub(crate) fn write(&self, lock: &mut File) -> io::Result<()> {
        lock.set_len(0)?;
        lock.rewind()?;
        lock.write_all(&self.to_bytes())
    }

    fn to_bytes(&self) -> Vec<u8> {
        [self.host.as_bytes(), b"\n", self.runtime.as_os_str().as_bytes(), b"\n"].concat()
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.strip_suffix(b"\n")?;
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let runtime = PathBuf::from(OsStr::from_bytes(&bytes[end + 1..]));
        Some(Self { host: String::from_utf8(bytes[..end].to_vec()).ok()?, runtime })
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "started on {}, with its socket in {}", self.host, self.runtime.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_being_written_and_a_torn_one_is_none() {
        let holder = Holder { host: "node1".into(), runtime: "/run/a b/rush".into() };
        let bytes = holder.to_bytes();
        assert_eq!(Holder::parse(&bytes), Some(holder));
        for end in 0..bytes.len() {
            assert_eq!(Holder::parse(&bytes[..end]), None);
        }
    }

    #[test]
    fn the_folder_is_private_and_ignored_by_git() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let data = prepare(&data_folder(folder.path(), "net")).unwrap();
        assert_eq!(data.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_to_string(folder.path().join(".rush/.gitignore")).unwrap(), "*\n");
        assert!(!folder.path().join(".gitignore").exists());
    }

    #[test]
    fn a_file_in_its_place_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".rush"), "").unwrap();
        let error = prepare(&data_folder(folder.path(), "net")).unwrap_err();
        assert!(matches!(&error, PrivateRedisError::DataFolder { .. }), "{error}");
        assert!(error.to_string().contains(".rush/net"), "{error}");
    }
}
