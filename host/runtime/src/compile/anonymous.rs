//! Files without a name, for code that cannot be kept in a cache.

use std::fs::File;
use std::io::{self, Write as _};

/// A file in memory that nobody can change any more.
#[cfg(target_os = "linux")]
pub(super) fn holding(code: &[u8]) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    let mut file = File::from(memfd_create("code", MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING)?);
    file.write_all(code)?;
    fcntl_add_seals(&file, SealFlags::WRITE | SealFlags::GROW | SealFlags::SHRINK | SealFlags::SEAL)?;
    Ok(file)
}

/// A private file that has lost its name, open for reading.
#[cfg(not(target_os = "linux"))]
pub(super) fn holding(code: &[u8]) -> io::Result<File> {
    let path = super::prune::unfinished(&std::env::temp_dir());
    let mut file = super::private::create(&path)?;
    let opened = file.write_all(code).and_then(|()| File::open(&path));
    std::fs::remove_file(&path)?;
    opened
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn what_it_holds_stays() {
        let file = holding(b"code").unwrap();
        let mut read = [0; 4];
        file.read_exact_at(&mut read, 0).unwrap();
        assert_eq!(&read, b"code");
        assert!(file.write_all_at(b"evil", 0).is_err());
        assert!(file.set_len(0).is_err());
    }
}
