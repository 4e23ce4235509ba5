//! Core dumps of components that trapped: files for whoever looks for the mistake, with a tool that knows the format.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

/// So many are kept of one worker, whichever process carries it: what traps once often traps each time.
const MOST: u32 = 8;
/// Bytes of all core dumps in a folder together: each is as large as the memory that it shows.
const MOST_BYTES: u64 = 1 << 30;

/// The folder with the core dumps of all workers of this process, and maybe of others.
pub(crate) struct CoreDumpFolder {
    path: PathBuf,
    most: u64,
    is_full: AtomicBool,
    /// Held while one is written, so that none takes the room that another has found.
    writing: Mutex<()>,
}

impl CoreDumpFolder {
    pub(crate) fn new(path: &Path) -> Arc<Self> {
        Self::with_room(path, MOST_BYTES)
    }

    fn with_room(path: &Path, most: u64) -> Arc<Self> {
        Arc::new(Self {
            path: path.to_owned(),
            most,
            is_full: AtomicBool::new(false),
            writing: Mutex::new(()),
        })
    }

    /// Bytes of the core dumps that are there.
    fn size(&self) -> io::Result<u64> {
        let mut size = 0_u64;
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with("core_") && name.ends_with(".wasm") {
                size = size.saturating_add(entry.metadata().map_or(0, |about| about.len()));
            }
        }
        Ok(size)
    }
}

/// The core dumps of one worker.
pub(crate) struct CoreDumps {
    folder: Arc<CoreDumpFolder>,
    worker: String,
    /// Whether there are as many as are kept.
    are_enough: AtomicBool,
}

impl CoreDumps {
    /// Into this folder. An earlier process of the same worker may have left some.
    pub(crate) fn new(folder: &Arc<CoreDumpFolder>, worker: impl Into<String>) -> Self {
        let (folder, worker) = (Arc::clone(folder), worker.into());
        Self { folder, worker, are_enough: AtomicBool::new(false) }
    }

    /// Whether another would be kept, as far as is known. To make one costs time and memory.
    pub(crate) fn are_wanted(&self) -> bool {
        !self.are_enough.load(Ordering::Relaxed) && !self.folder.is_full.load(Ordering::Relaxed)
    }

    /// Keeps a dump, and answers where. What cannot be kept is told, and stops nothing.
    pub(crate) fn keep(&self, dump: &[u8]) -> Option<String> {
        if !self.are_wanted() {
            return None;
        }
        let kept = self.write(dump).inspect_err(|error| tracing::warn!(%error, "a core dump cannot be kept"));
        kept.ok().flatten()
    }

    fn write(&self, dump: &[u8]) -> io::Result<Option<String>> {
        let CoreDumpFolder { path: folder, most, is_full, writing } = &*self.folder;
        let _writing = writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.folder.size()?.saturating_add(dump.len() as u64) > *most {
            if !is_full.swap(true, Ordering::Relaxed) {
                let (folder, most) = (folder.display(), most >> 20);
                tracing::warn!(
                    "core dumps in {folder} may take {most} MiB together; this process makes no more, remove some before the next"
                );
            }
            return Ok(None);
        }
        for number in 1..=MOST {
            let path = folder.join(format!("core_{}_{number}.wasm", self.worker));
            match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
                Ok(mut file) => {
                    if let Err(error) = file.write_all(dump) {
                        // Half of one shows nothing.
                        let _ = fs::remove_file(&path);
                        return Err(error);
                    }
                    return Ok(Some(path.display().to_string()));
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        if !self.are_enough.swap(true, Ordering::Relaxed) {
            let (folder, worker) = (folder.display(), &self.worker);
            tracing::warn!("{MOST} core dumps of {worker} are in {folder}; no more are made");
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rush-core-dumps-{name}-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        folder
    }

    #[test]
    fn so_many_are_kept_of_a_worker_and_none_is_written_over() {
        let path = folder("worker");
        let first = CoreDumps::new(&CoreDumpFolder::new(&path), "calm_otter");
        let kept: Vec<_> = (0..MOST + 2).map(|_| first.keep(b"dump")).collect();
        assert_eq!(kept.iter().flatten().count(), MOST as usize);
        assert_eq!(kept[0], Some(path.join("core_calm_otter_1.wasm").display().to_string()));
        assert!(!first.are_wanted());
        let again = CoreDumps::new(&CoreDumpFolder::new(&path), "calm_otter");
        assert_eq!(again.keep(b"another"), None, "it is the same worker in another process");
        assert_eq!(fs::read(path.join("core_calm_otter_1.wasm")).unwrap(), b"dump");
        assert!(CoreDumps::new(&CoreDumpFolder::new(&path), "bold_heron").keep(b"dump").is_some());
        fs::remove_dir_all(&path).unwrap();
        assert_eq!(CoreDumps::new(&CoreDumpFolder::new(&path), "gone").keep(b"dump"), None);
    }

    #[test]
    fn a_folder_gets_no_more_than_it_has_room_for() {
        let path = folder("full");
        let with_room = CoreDumpFolder::with_room(&path, 10);
        let [one, other] = ["calm_otter", "bold_heron"].map(|worker| CoreDumps::new(&with_room, worker));
        fs::write(path.join("core_of_a_run_before_1.wasm"), b"1234").unwrap();
        fs::write(path.join("notes.txt"), b"these are not counted").unwrap();
        assert!(one.keep(b"123456").is_some());
        assert!(other.are_wanted(), "nobody has tried yet");
        assert_eq!(other.keep(b"1"), None);
        assert!(!one.are_wanted() && !other.are_wanted());
        fs::remove_dir_all(&path).unwrap();
    }
}
