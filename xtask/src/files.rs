//! Files and folders, with errors that name them.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use crate::error::Error;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| Error::io(format_args!("read {}", path.display()), &error))
}

/// Writes a file, unless it has this content already; says whether it was written.
pub(crate) fn write_if_changed(path: &Path, content: &[u8]) -> Result<bool, Error> {
    if fs::read(path).is_ok_and(|current| current == content) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        create_folder(folder)?;
    }
    fs::write(path, content).map_err(|error| Error::io(format_args!("write {}", path.display()), &error))?;
    Ok(true)
}

pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|error| Error::io(format_args!("create {}", path.display()), &error))
}

/// Removes a folder with all that is in it; that there is none is fine.
pub(crate) fn remove_folder(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::io(format_args!("remove {}", path.display()), &error))
        }
        _ => Ok(()),
    }
}

/// What is in a folder, sorted by name.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let doing = format!("list {}", folder.display());
    let entries = fs::read_dir(folder).map_err(|error| Error::io(&doing, &error))?;
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(|error| Error::io(&doing, &error)))
        .collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    Ok(paths)
}

/// The project's folder in the user's cache.
pub(crate) fn cache_folder() -> Result<PathBuf, Error> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("rush-host"))
        .ok_or_else(|| Error::new("neither XDG_CACHE_HOME nor HOME names a folder for caches"))
}
