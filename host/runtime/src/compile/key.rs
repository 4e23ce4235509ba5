//! The secret of a cache, in a file of its own beside the code.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use rand::Rng as _;

use super::private;

/// The key of a cache's seals. Only who can read the cache's folder knows it.
pub(super) type Key = [u8; blake3::KEY_LEN];

const FILE: &str = "key";

/// Reads the key, or makes one. Of two processes that make one at once, both get the same.
pub(super) fn read_or_make(folder: &Path) -> io::Result<Key> {
    let path = folder.join(FILE);
    match read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(folder, &path)?;
            read(&path)
        }
        result => result,
    }
}

fn read(path: &Path) -> io::Result<Key> {
    let (mut file, metadata) = private::open(path)?;
    let mut key = Key::default();
    if metadata.len() != key.len() as u64 {
        return Err(io::Error::other(format!("{} is damaged; delete it", path.display())));
    }
    file.read_exact(&mut key)?;
    Ok(key)
}

/// A link appears whole or not at all, and never replaces what another process has made.
fn make(folder: &Path, path: &Path) -> io::Result<()> {
    let mut key = Key::default();
    rand::rng().fill_bytes(&mut key);
    let unfinished = super::prune::unfinished(folder);
    let written = private::create(&unfinished).and_then(|mut file| file.write_all(&key));
    let linked = written.and_then(|()| fs::hard_link(&unfinished, path));
    let removed = fs::remove_file(&unfinished);
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => removed,
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn all_who_make_it_at_once_get_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let keys: Vec<_> = thread::scope(|scope| {
            let makers: Vec<_> =
                (0..8).map(|_| scope.spawn(|| read_or_make(folder.path()).unwrap())).collect();
            makers.into_iter().map(|maker| maker.join().unwrap()).collect()
        });
        assert!(keys.iter().all(|key| *key == keys[0]));
        assert_ne!(keys[0], Key::default());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_damaged_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        private::create(&folder.path().join(FILE)).unwrap().write_all(b"short").unwrap();
        assert!(read_or_make(folder.path()).unwrap_err().to_string().contains("delete it"));
    }
}
