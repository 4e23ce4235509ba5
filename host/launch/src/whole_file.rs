//! Files that are written whole or not at all.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Writes a file beside it first, opened as `options` say, which then takes its name.
pub fn write(
    path: &Path,
    options: &OpenOptions,
    content: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = options.open(&part).and_then(|mut file| content(&mut file));
    written.and_then(|()| fs::rename(&part, path)).inspect_err(|_| {
        // Best effort: what matters is told already.
        let _ = fs::remove_file(&part);
    })
}
