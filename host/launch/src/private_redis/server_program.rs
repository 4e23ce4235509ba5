//! Which server program is installed, and whether it is new enough.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::PrivateRedisError;

/// In this order: who has both has chosen Valkey for something else.
const NAMES: [&str; 2] = ["redis-server", "valkey-server"];
/// Scripts need what 7.0 brought (`EVAL` flags, a multi-part append-only file). Valkey's first version is 7.2.
const OLDEST_MAJOR: u32 = 7;

/// Finds a server on the search path, and makes sure that it is new enough.
pub(crate) fn find(search_path: Option<&OsStr>) -> Result<PathBuf, PrivateRedisError> {
    let server = locate(search_path).ok_or(PrivateRedisError::NotInstalled)?;
    let said = ask_version(&server)?;
    match version(&said) {
        Some(version) if major(version) >= Some(OLDEST_MAJOR) => Ok(server),
        Some(version) => Err(PrivateRedisError::TooOld { version: version.to_owned(), server }),
        None => Err(PrivateRedisError::VersionUnknown { server, detail: said.trim().to_owned() }),
    }
}

fn locate(search_path: Option<&OsStr>) -> Option<PathBuf> {
    let folders: Vec<PathBuf> =
        std::env::split_paths(search_path?).filter(|path| path.is_absolute()).collect();
    let candidates = NAMES.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    candidates.into_iter().find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn ask_version(server: &Path) -> Result<String, PrivateRedisError> {
    let output = Command::new(server).arg("--version").stdin(Stdio::null()).output();
    let output = output.map_err(|error| PrivateRedisError::VersionUnknown {
        server: server.to_owned(),
        detail: error.to_string(),
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
}

/// The version in `Redis server v=7.0.15 sha=…` or `Valkey server v=8.1.1 sha=…`.
fn version(said: &str) -> Option<&str> {
    said.split_whitespace().find_map(|word| word.strip_prefix("v="))
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_both_print() {
        assert_eq!(version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0"), Some("7.0.15"));
        assert_eq!(version("Valkey server v=8.1.1 sha=00000000:0"), Some("8.1.1"));
        assert_eq!(version("error while loading shared libraries"), None);
        assert_eq!(major("10.2.0"), Some(10));
        assert!(major("6.2.14") < Some(OLDEST_MAJOR));
        assert!(major("unstable") < Some(OLDEST_MAJOR));
    }

    #[test]
    fn an_empty_search_path_has_nothing() {
        assert!(matches!(find(Some(OsStr::new(""))), Err(PrivateRedisError::NotInstalled)));
        assert!(matches!(find(None), Err(PrivateRedisError::NotInstalled)));
    }
}
