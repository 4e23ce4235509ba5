//! Files that are read whole: regular ones only. A pipe may never begin, a device may never end.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rustix::fs::OFlags;

/// Opens a regular file, and answers how large it is. Anything else is refused without touching it.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    check(&fs::metadata(path)?)?;
    // Whatever has taken its place since does not hold us up either.
    let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let found = file.metadata()?;
    check(&found)?;
    Ok((file, found.len()))
}

/// Reads a regular file: not more than it held when it was opened.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let (file, size) = open(path)?;
    let mut content = Vec::new();
    content.try_reserve_exact(usize::try_from(size).unwrap_or(usize::MAX))?;
    file.take(size.saturating_add(1)).read_to_end(&mut content)?;
    if content.len() as u64 == size {
        Ok(content)
    } else {
        Err(io::Error::other("it changes while it is read"))
    }
}

fn check(found: &fs::Metadata) -> io::Result<()> {
    if found.is_dir() {
        return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
    }
    if found.is_file() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_end_is_refused_and_a_file_is_read_whole() {
        for (path, refusal) in
            [("/dev/zero", "it is no regular file"), ("/dev", "it is a folder"), ("/proc/stat", "it changes")]
        {
            let error = read(Path::new(path)).unwrap_err().to_string();
            assert!(error.starts_with(refusal), "{path}: {error}");
        }
        let this = read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/regular_file.rs"))).unwrap();
        assert_eq!(this, include_bytes!("regular_file.rs"));
    }
}
