//! Files and folders, with errors that name them.

use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
};

use crate::{error::Error, say};

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

/// The same in one step, so that whoever reads the file meanwhile gets the old or the new.
pub(crate) fn replace_if_changed(path: &Path, content: &[u8]) -> Result<(), Error> {
    if fs::read(path).is_ok_and(|current| current == content) {
        return Ok(());
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    write_if_changed(&temporary, content)?;
    rename(&temporary, path)
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

pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let doing = || format!("copy {} to {}", from.display(), to.display());
    fs::copy(from, to).map(drop).map_err(|error| Error::io(doing(), &error))
}

/// Gives something another path in one step.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    let doing = || format!("move {} to {}", from.display(), to.display());
    fs::rename(from, to).map_err(|error| Error::io(doing(), &error))
}

/// Takes the lock of a folder, which the file is: given back when it is closed, also by a crash. `what` is being set up by others.
pub(crate) fn lock(folder: &Path, what: &str) -> Result<File, Error> {
    create_folder(folder)?;
    let path = folder.join("lock");
    let doing = || format!("lock {}", path.display());
    let file = File::create(&path).map_err(|error| Error::io(doing(), &error))?;
    if file.try_lock().is_err() {
        say::step(&format!("Waiting for another process that sets up {what}"));
        file.lock().map_err(|error| Error::io(doing(), &error))?;
    }
    Ok(file)
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

/// What is in a folder and was written by somebody: neither what Python compiles to nor what npm installs.
pub(crate) fn sources(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let is_made =
        |path: &PathBuf| path.file_name().is_some_and(|name| name == "__pycache__" || name == "node_modules");
    let mut paths = list(folder)?;
    paths.retain(|path| !is_made(path));
    Ok(paths)
}

/// Copies the sources of a folder, and of those in it.
pub(crate) fn copy_sources(from: &Path, to: &Path) -> Result<(), Error> {
    create_folder(to)?;
    for path in sources(from)? {
        let copy_of = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy_sources(&path, &copy_of)? } else { copy(&path, &copy_of)? }
    }
    Ok(())
}

/// The project's folder in the user's cache.
pub(crate) fn cache_folder() -> Result<PathBuf, Error> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("rush-host"))
        .ok_or_else(|| Error::new("neither XDG_CACHE_HOME nor HOME names a folder for caches"))
}
