//! Files that are written whole or not at all, with the folders above them.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Writes a file; see [`rush_launch::whole_file`].
pub(crate) fn write(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let options = OpenOptions::new().write(true).create(true).truncate(true).clone();
    rush_launch::whole_file::write(path, &options, content)
}
