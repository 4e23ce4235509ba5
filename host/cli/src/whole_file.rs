//! Files that are written whole or not at all.

use std::{fs::File, io, path::Path};

/// Writes a file beside it first, which then takes its name.
pub(crate) fn write(path: &Path, content: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = File::create(&part).and_then(|mut file| content(&mut file));
    written.and_then(|()| std::fs::rename(&part, path)).inspect_err(|_| {
        // Best effort: what matters is told already.
        let _ = std::fs::remove_file(&part);
    })
}
