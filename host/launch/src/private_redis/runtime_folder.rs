//! The folder for what lives as long as the server: socket, logs, locks.
//!
//! It is `<base>/rush-<uid>/<hash of the data path>`: short, because the address of a socket has fewer than 108 bytes.
//! The base is `XDG_RUNTIME_DIR`, or `/tmp`, which others may write to as well: so both folders must be ours, closed to
//! everybody else, and no links. A base under `/run/user` is passed over: logind removes it at the user's last logout,
//! and the workers that `start` has started must find their socket after that.

use std::ffi::OsString;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::PrivateRedisError;
use super::data_folder::Holder;
use super::file_lock;

const SOCKET: &str = "redis.sock";
/// `sun_path` without its final zero.
const SOCKET_PATH_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
const TMP: &str = "/tmp";
/// Where logind keeps what it removes at a user's last logout.
const BOUND_TO_LOGIN: &str = "/run/user";

/// What of the environment decides where things are: taken once, so that nothing else depends on global state.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `PATH`, where `redis-server` is looked for.
    pub path: Option<OsString>,
}

impl Environment {
    /// That of this process.
    pub fn of_this_process() -> Self {
        Self {
            runtime_dir: std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from),
            path: std::env::var_os("PATH"),
        }
    }
}

/// The folder, and the names in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RuntimeFolder(PathBuf);

impl RuntimeFolder {
    /// Finds the folder for this data, and makes it. If a living server for the data was started from another
    /// environment, it is that server's folder.
    pub(crate) fn resolve(data: &Path, environment: &Environment) -> Result<Self, PrivateRedisError> {
        let uid = rustix::process::geteuid().as_raw();
        let base = base(environment.runtime_dir.as_deref(), uid);
        let folder = base.join(format!("rush-{uid}")).join(hash(data));
        if let Some(holder) = Holder::read(data)
            && holder.runtime != folder
            && holder.is_on_this_host()
        {
            let other = Self(holder.runtime);
            if other.has_keeper() {
                tracing::info!("Using the private Redis that was started in {}", other.path().display());
                return Ok(other);
            }
        }
        make_private(folder.parent().unwrap_or(&base), uid)?;
        make_private(&folder, uid)?;
        Ok(Self(folder))
    }

    /// A folder that somebody else has chosen: the keeper is told its.
    pub(crate) fn existing(path: PathBuf) -> Result<Self, PrivateRedisError> {
        check_private(&path, rustix::process::geteuid().as_raw())?;
        Ok(Self(path))
    }

    /// Whether a keeper lives behind this folder; not if the folder is not ours.
    pub(crate) fn has_keeper(&self) -> bool {
        Self::existing(self.0.clone()).is_ok() && matches!(file_lock::is_free(&self.keeper_lock()), Ok(false))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.0.join(SOCKET)
    }

    /// Where the server says that it is ready.
    pub(crate) fn ready_socket(&self) -> PathBuf {
        self.0.join("ready.sock")
    }

    pub(crate) fn server_log(&self) -> PathBuf {
        self.0.join("redis.log")
    }

    pub(crate) fn keeper_log(&self) -> PathBuf {
        self.0.join("keeper.log")
    }

    pub(crate) fn users_lock(&self) -> PathBuf {
        self.0.join("users.lock")
    }

    pub(crate) fn start_lock(&self) -> PathBuf {
        self.0.join("start.lock")
    }

    pub(crate) fn keeper_lock(&self) -> PathBuf {
        self.0.join("keeper.lock")
    }
}

/// Where the folder goes, with a word in the log when it is not where `XDG_RUNTIME_DIR` says.
fn base(runtime_dir: Option<&Path>, uid: u32) -> PathBuf {
    let Some(runtime_dir) = runtime_dir.filter(|path| !path.as_os_str().is_empty()) else {
        return TMP.into();
    };
    match unfit(runtime_dir).or_else(|| not_ours(runtime_dir, uid)) {
        None => runtime_dir.to_owned(),
        Some(reason) => {
            tracing::info!("Using {TMP} rather than XDG_RUNTIME_DIR={}: it {reason}", runtime_dir.display());
            TMP.into()
        }
    }
}

/// Why `XDG_RUNTIME_DIR` does not serve, judged by its name alone.
fn unfit(runtime_dir: &Path) -> Option<&'static str> {
    if !runtime_dir.is_absolute() {
        Some("is not an absolute path")
    } else if runtime_dir.starts_with(BOUND_TO_LOGIN) {
        // Workers that `start` has started outlive the login, and must still find their socket.
        Some("is removed at logout")
    } else if socket_length(runtime_dir) > SOCKET_PATH_MAX {
        Some("is too long for the address of a socket")
    } else {
        None
    }
}

fn socket_length(base: &Path) -> usize {
    let longest = base.join("rush-4294967295/0123456789abcdef").join(SOCKET);
    longest.as_os_str().len()
}

fn not_ours(path: &Path, uid: u32) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(found) if !found.is_dir() => Some("is not a folder"),
        Ok(found) if found.uid() != uid => Some("belongs to another user"),
        Ok(_) => None,
        Err(_) => Some("cannot be read"),
    }
}

/// 16 hexadecimal digits that stand for the data path.
fn hash(data: &Path) -> String {
    hex::encode(&Sha256::digest(data.as_os_str().as_bytes())[..8])
}

fn make_private(path: &Path, uid: u32) -> Result<(), PrivateRedisError> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unusable(path, error.to_string())),
        _ => check_private(path, uid),
    }
}

fn check_private(path: &Path, uid: u32) -> Result<(), PrivateRedisError> {
    let found = fs::symlink_metadata(path).map_err(|error| unusable(path, error.to_string()))?;
    let mode = found.mode() & 0o777;
    if found.is_symlink() {
        Err(unusable(path, "it is a symbolic link, which somebody else may have put there".into()))
    } else if !found.is_dir() {
        Err(unusable(path, "it is not a folder".into()))
    } else if found.uid() != uid {
        Err(unusable(path, format!("it belongs to the user with id {}", found.uid())))
    } else if mode & 0o077 != 0 {
        Err(unusable(path, format!("others may use it (mode {mode:03o} instead of 700)")))
    } else {
        Ok(())
    }
}

fn unusable(path: &Path, reason: String) -> PrivateRedisError {
    PrivateRedisError::RuntimeFolder { path: path.to_owned(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    fn uid() -> u32 {
        rustix::process::geteuid().as_raw()
    }

    #[test]
    fn xdg_runtime_dir_serves_if_it_outlives_a_login_is_ours_and_is_short() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(base(Some(folder.path()), uid()), folder.path());
        assert_eq!(base(Some(folder.path()), uid() + 1), Path::new(TMP));
        assert_eq!(base(Some(Path::new("/run/user/0")), uid()), Path::new(TMP));
        assert_eq!(base(Some(Path::new("relative")), uid()), Path::new(TMP));
        assert_eq!(base(Some(&folder.path().join("missing")), uid()), Path::new(TMP));
        assert_eq!(base(None, uid()), Path::new(TMP));
        let long = folder.path().join("x".repeat(100));
        fs::create_dir(&long).unwrap();
        assert_eq!(base(Some(&long), uid()), Path::new(TMP));
    }

    #[test]
    fn the_address_of_the_socket_always_fits() {
        assert!(socket_length(Path::new(TMP)) <= SOCKET_PATH_MAX);
        assert!("ready.sock".len() <= SOCKET.len());
    }

    #[test]
    fn a_folder_that_others_may_use_or_that_is_a_link_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = folder.path().join("open");
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(make_private(&open, uid()).unwrap_err().to_string().contains("mode 755"));
        let link = folder.path().join("link");
        symlink(folder.path(), &link).unwrap();
        assert!(make_private(&link, uid()).unwrap_err().to_string().contains("symbolic link"));
        let theirs = folder.path().join("theirs");
        make_private(&theirs, uid()).unwrap();
        assert!(make_private(&theirs, uid() + 1).unwrap_err().to_string().contains("belongs to"));
    }

    #[test]
    fn each_data_path_has_its_own_folder() {
        assert_eq!(hash(Path::new("/a")).len(), 16);
        assert_ne!(hash(Path::new("/a")), hash(Path::new("/b")));
    }
}
