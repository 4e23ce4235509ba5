//! The last bytes of a cached file: proof that this cache wrote it, under this name.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use super::key::Key;
use super::private;

/// Bytes of a seal, at the end of the file. Compiled code is an ELF file, which nothing that follows disturbs.
const LEN: u64 = blake3::OUT_LEN as u64;

/// A file whose seal was found to be right, still open, so that whatever takes its name later is not it. There is no other way to get one.
#[derive(Debug)]
pub(super) struct Sealed {
    file: File,
}

impl Sealed {
    pub(super) fn into_file(self) -> File {
        self.file
    }
}

/// What to write behind `content` in the file of this name.
pub(super) fn of(key: &Key, name: &str, content: &[u8]) -> [u8; blake3::OUT_LEN] {
    let mut hasher = begin(key, name);
    hasher.update(content);
    hasher.finalize().into()
}

/// Checks a file: owner, mode, seal. Nothing if there is no such file, or if it is not what this cache wrote.
pub(super) fn check(key: &Key, folder: &Path, name: &str) -> io::Result<Option<Sealed>> {
    let path = folder.join(name);
    let (mut file, metadata) = match private::open(&path) {
        Ok(opened) => opened,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(length) = metadata.len().checked_sub(LEN) else { return Ok(None) };
    let mut hasher = begin(key, name);
    hasher.update_reader((&mut file).take(length))?;
    Ok((seal(&mut file, length)? == hasher.finalize()).then_some(Sealed { file }))
}

fn seal(file: &mut File, at: u64) -> io::Result<blake3::Hash> {
    let mut seal = [0; blake3::OUT_LEN];
    file.seek(SeekFrom::Start(at))?;
    file.read_exact(&mut seal)?;
    Ok(seal.into())
}

/// The name is sealed, too: it says of which component and for which wasmtime the code is.
fn begin(key: &Key, name: &str) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
    hasher
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write as _;

    use super::*;

    const KEY: Key = [7; 32];

    fn sealed(folder: &Path, name: &str, content: &[u8]) {
        let mut file = private::create(&folder.join(name)).unwrap();
        file.write_all(content).unwrap();
        file.write_all(&of(&KEY, name, content)).unwrap();
    }

    fn holds(key: &Key, folder: &Path, name: &str) -> bool {
        check(key, folder, name).unwrap().is_some()
    }

    #[test]
    fn only_what_was_sealed_here_under_this_name_holds() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path();
        sealed(folder, "code", b"content");
        assert!(holds(&KEY, folder, "code"));
        assert!(!holds(&[8; 32], folder, "code"), "another cache");
        assert!(!holds(&KEY, folder, "absent"));
        fs::rename(folder.join("code"), folder.join("other")).unwrap();
        assert!(!holds(&KEY, folder, "other"), "renamed");
    }

    #[test]
    fn every_flipped_bit_and_every_cut_breaks_it() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("code");
        sealed(root.path(), "code", b"content");
        let whole = fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut damaged = whole.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, damaged).unwrap();
            assert!(!holds(&KEY, root.path(), "code"), "bit {bit}");
        }
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(!holds(&KEY, root.path(), "code"), "length {length}");
        }
    }

    #[test]
    #[ignore = "prints numbers"]
    fn what_checking_costs() {
        let root = tempfile::tempdir().unwrap();
        for megabytes in [1, 10] {
            let content = vec![7; megabytes << 20];
            let name = format!("{megabytes} MiB");
            sealed(root.path(), &name, &content);
            let mut times: Vec<_> = (0..25)
                .map(|_| {
                    let start = std::time::Instant::now();
                    assert!(holds(&KEY, root.path(), &name));
                    start.elapsed()
                })
                .collect();
            times.sort();
            println!("the seal of {name}: {:.2?} (median), {:.2?} (least)", times[times.len() / 2], times[0]);
        }
    }
}
