//! Brings the append-only file to the disk, once a second, in the place of Redis.
//!
//! With `appendfsync everysec` Redis puts its writes off for up to two seconds while the disk is slow, and answers all the same: a
//! server that is killed then takes back what it had acknowledged. With `appendfsync no` each write is handed to the kernel
//! before it is acknowledged, which nothing but a crash of the machine can undo. What `everysec` is for, the keeper does: it
//! asks the kernel once a second to write the file out, and no reply ever waits for that.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// What a crash of the machine can cost.
const PERIOD: Duration = Duration::from_secs(1);
/// Where Redis keeps the parts of its append-only file, in the data folder.
const FOLDER: &str = "appendonlydir";

/// Starts the thread, which ends with the process.
pub(super) fn start(data: &Path) -> io::Result<()> {
    let mut flusher = Flusher { folder: data.join(FOLDER), written: HashMap::new() };
    thread::Builder::new().name("flusher".into()).spawn(move || {
        let mut complained = false;
        loop {
            thread::sleep(PERIOD);
            match flusher.flush() {
                Ok(_) => complained = false,
                // Redis itself fails on a disk that is full or gone; it says so in its log, and refuses writes.
                Err(error) if !complained => {
                    complained = true;
                    tracing::warn!("Cannot bring {} to the disk: {error}", flusher.folder.display());
                }
                Err(_) => (),
            }
        }
    })?;
    Ok(())
}

struct Flusher {
    folder: PathBuf,
    /// The length up to which each file is on the disk.
    written: HashMap<PathBuf, u64>,
}

impl Flusher {
    /// Writes out what has grown. Answers how many files that were.
    fn flush(&mut self) -> io::Result<usize> {
        let entries = match fs::read_dir(&self.folder) {
            // Before the first write of all.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            entries => entries?,
        };
        let mut seen = HashMap::new();
        let mut flushed = 0;
        for entry in entries {
            let path = entry?.path();
            let file = match File::open(&path) {
                // A rewrite removes the parts that it replaces.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                file => file?,
            };
            let length = file.metadata()?.len();
            if self.written.get(&path) != Some(&length) {
                file.sync_data()?;
                flushed += 1;
            }
            seen.insert(path, length);
        }
        self.written = seen;
        Ok(flushed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_grown_is_written_out_and_nothing_else() {
        let data = tempfile::tempdir().unwrap();
        let mut flusher = Flusher { folder: data.path().join(FOLDER), written: HashMap::new() };
        assert_eq!(flusher.flush().unwrap(), 0, "no folder yet");
        fs::create_dir(&flusher.folder).unwrap();
        let part = |name: &str| flusher.folder.join(name);
        let (base, incr) = (part("appendonly.aof.1.base.rdb"), part("appendonly.aof.1.incr.aof"));
        fs::write(&base, "base").unwrap();
        fs::write(&incr, "").unwrap();
        assert_eq!(flusher.flush().unwrap(), 2);
        assert_eq!(flusher.flush().unwrap(), 0);
        fs::write(&incr, "*3 SET").unwrap();
        assert_eq!(flusher.flush().unwrap(), 1);
        fs::remove_file(&base).unwrap();
        assert_eq!(flusher.flush().unwrap(), 0);
        assert_eq!(flusher.written.len(), 1, "what is gone is forgotten");
    }
}
