//! `message_<worker_id>.log` and `output_<worker_id>.log`: what each worker wrote, by a thread of its own, so that a slow disk holds
//! nobody up.

use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

use rush_network::WorkerId;

use crate::{exit_code::ExitCode, failure::Failure, writable};

/// Bytes that all workers of a process together may have on their way to their files.
const MOST: usize = 64 << 20;
/// Bytes that one worker may write into one file: who floods it does not fill the disk.
const LARGEST: u64 = 256 << 20;
/// So much is written at once.
const BLOCK: usize = 1 << 20;

/// Folders for files with what each worker writes.
#[derive(Debug, Clone, Default)]
pub(super) struct LogFolders {
    /// For stderr, and for what the host says about a worker.
    pub(super) message: Option<PathBuf>,
    /// For stdout.
    pub(super) output: Option<PathBuf>,
    /// For core dumps.
    pub(super) core_dumps: Option<PathBuf>,
}

impl LogFolders {
    /// Makes the folders. What could not be written is said before any worker registers.
    pub(super) fn make(&self) -> Result<(), Failure> {
        for (key, folder) in
            [("message_log", &self.message), ("output_log", &self.output), ("core_dumps", &self.core_dumps)]
        {
            let Some(folder) = folder else { continue };
            let made = std::fs::create_dir_all(folder).and_then(|()| writable::folder(folder));
            made.map_err(|error| {
                Failure::with_hint(
                    ExitCode::Launcher,
                    format!("the folder `{}` cannot be written to: {error}", folder.display()),
                    format!("`[log] {key}` names it; it is made on each machine that carries workers"),
                )
            })?;
        }
        Ok(())
    }
}

/// The thread that writes, for all workers of a process.
pub(super) struct LogFiles {
    folders: LogFolders,
    sender: Sender<Piece>,
    held: Arc<AtomicUsize>,
    writer: JoinHandle<()>,
}

/// The files of one worker.
pub(super) struct WorkerFiles {
    message: Option<LogFile>,
    output: Option<LogFile>,
}

/// One file.
struct LogFile {
    file: Arc<File>,
    sender: Sender<Piece>,
    held: Arc<AtomicUsize>,
}

struct File {
    path: PathBuf,
    /// Bytes that were meant for it.
    size: AtomicU64,
    /// Lines that there was no room for, and that are not told yet.
    left_out: AtomicU64,
    /// It cannot be written, and that has been said.
    failed: AtomicBool,
}

impl File {
    fn new(path: PathBuf) -> Self {
        Self { path, size: AtomicU64::new(0), left_out: AtomicU64::new(0), failed: AtomicBool::new(false) }
    }
}

struct Piece {
    file: Arc<File>,
    text: String,
    /// It counts in `held`.
    counted: bool,
}

impl LogFiles {
    /// None if there is nothing to be written.
    pub(super) fn start(folders: &LogFolders) -> Option<Self> {
        if folders.message.is_none() && folders.output.is_none() {
            return None;
        }
        let (sender, receiver) = channel();
        let held = Arc::new(AtomicUsize::new(0));
        let writer = {
            let held = Arc::clone(&held);
            std::thread::spawn(move || write(&receiver, &held))
        };
        Some(Self { folders: folders.clone(), sender, held, writer })
    }

    /// The files of a worker, begun or gone on with.
    pub(super) fn of(&self, worker: &WorkerId) -> WorkerFiles {
        let begin = |folder: &Option<PathBuf>, what: &str| {
            let path = folder.as_deref()?.join(format!("{what}_{worker}.log"));
            let file = LogFile {
                file: Arc::new(File::new(path)),
                sender: self.sender.clone(),
                held: Arc::clone(&self.held),
            };
            file.send(format!("Debug {what} logging on worker {worker} started\n"), false);
            Some(file)
        };
        WorkerFiles {
            message: begin(&self.folders.message, "message"),
            output: begin(&self.folders.output, "output"),
        }
    }

    /// Waits until everything is written. The files of all workers must be gone.
    pub(super) fn finish(self) {
        drop(self.sender);
        // An error is a panic of the writer, which has been told on standard error.
        let _ = self.writer.join();
    }
}

impl WorkerFiles {
    /// A line on stderr, or of the host.
    pub(super) fn message(&self, line: &str) {
        self.message.iter().for_each(|file| file.line(line));
    }

    /// Whether messages are written at all.
    pub(super) fn has_messages(&self) -> bool {
        self.message.is_some()
    }

    /// A line on stdout.
    pub(super) fn output(&self, line: &str) {
        self.output.iter().for_each(|file| file.line(line));
    }
}

impl LogFile {
    fn line(&self, line: &str) {
        let text = format!("{line}\n");
        let size = text.len();
        if self.file.size.fetch_add(size as u64, Ordering::Relaxed) > LARGEST {
            self.file.left_out.fetch_add(1, Ordering::Relaxed);
        } else if self.held.fetch_add(size, Ordering::Relaxed) + size > MOST {
            self.held.fetch_sub(size, Ordering::Relaxed);
            self.file.left_out.fetch_add(1, Ordering::Relaxed);
        } else {
            self.send(text, true);
        }
    }

    fn send(&self, text: String, counted: bool) {
        // The writer lives as long as there are senders.
        let _ = self.sender.send(Piece { file: Arc::clone(&self.file), text, counted });
    }
}

/// What was left out last is told with the end of the worker.
impl Drop for LogFile {
    fn drop(&mut self) {
        if self.file.left_out.load(Ordering::Relaxed) > 0 {
            self.send(String::new(), false);
        }
    }
}

fn write(pieces: &Receiver<Piece>, held: &AtomicUsize) {
    while let Ok(first) = pieces.recv() {
        // What is gathered for a file is written at once; none is kept open, because a process may have thousands.
        let mut blocks: HashMap<*const File, (Arc<File>, String)> = HashMap::new();
        let (mut size, mut counted_size) = (0, 0);
        let mut next = Some(first);
        while let Some(Piece { file, text, counted }) = next {
            size += text.len();
            counted_size += if counted { text.len() } else { 0 };
            let (_, block) = blocks.entry(Arc::as_ptr(&file)).or_insert_with(|| (file, String::new()));
            if block.is_empty() {
                *block = text;
            } else {
                *block += &text;
            }
            next = if size < BLOCK { pieces.try_recv().ok() } else { None };
        }
        for (file, block) in blocks.into_values() {
            append(&file, block);
        }
        held.fetch_sub(counted_size, Ordering::Relaxed);
    }
}

/// Appends to a file. That it cannot be written is said once; the worker goes on, and its file has a gap that is told in it.
fn append(file: &File, mut text: String) {
    let left_out = file.left_out.swap(0, Ordering::Relaxed);
    let lines = text.lines().count() as u64;
    if left_out > 0 {
        let lines = if left_out == 1 { "1 line was" } else { &format!("{left_out} lines were") };
        text += &format!("({lines} left out here: there was no room, or too little time, to write them)\n");
    }
    if let Err(error) = append_to(&file.path, text.as_bytes()) {
        file.left_out.fetch_add(left_out + lines, Ordering::Relaxed);
        if !file.failed.swap(true, Ordering::Relaxed) {
            tracing::warn!(path = %file.path.display(), %error, "a log file cannot be written; it will have gaps");
        }
    }
}

fn append_to(path: &Path, text: &[u8]) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> LogFiles {
        let folder = Some(folder.to_owned());
        LogFiles::start(&LogFolders { message: folder.clone(), output: folder, core_dumps: None }).unwrap()
    }

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rush-log-files-{name}-{}", std::process::id()));
        std::fs::create_dir(&folder).unwrap();
        folder
    }

    fn worker() -> WorkerId {
        WorkerId::parse("calm_otter").unwrap()
    }

    #[test]
    fn each_stream_has_its_file_and_a_restart_goes_on_in_it() {
        let folder = folder("streams");
        for line in ["one", "two"] {
            let files = files(&folder);
            let its = files.of(&worker());
            its.message(line);
            its.output("\u{1b}[31mred");
            drop(its);
            files.finish();
        }
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let started = "Debug message logging on worker calm_otter started\n";
        assert_eq!(read("message_calm_otter.log"), format!("{started}one\n{started}two\n"));
        let output = "Debug output logging on worker calm_otter started\n\u{1b}[31mred\n";
        assert_eq!(read("output_calm_otter.log"), output.repeat(2));
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_there_is_no_room_for_is_counted_and_said() {
        let folder = folder("room");
        let files = files(&folder);
        let its = files.of(&worker());
        // As if a slow disk had not taken anything yet.
        files.held.fetch_add(MOST, Ordering::Relaxed);
        its.output("lost");
        files.held.fetch_sub(MOST, Ordering::Relaxed);
        drop(its);
        let held = Arc::clone(&files.held);
        files.finish();
        let written = std::fs::read_to_string(folder.join("output_calm_otter.log")).unwrap();
        assert!(written.ends_with(
            "started\n(1 line was left out here: there was no room, or too little time, to write them)\n"
        ));
        assert_eq!(held.load(Ordering::Relaxed), 0);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn who_floods_a_file_does_not_fill_the_disk() {
        let folder = folder("flood");
        let files = files(&folder);
        let its = files.of(&worker());
        its.output("kept");
        its.output.as_ref().unwrap().file.size.fetch_add(LARGEST, Ordering::Relaxed);
        its.output("one");
        its.output("two");
        drop(its);
        files.finish();
        let written = std::fs::read_to_string(folder.join("output_calm_otter.log")).unwrap();
        assert!(written.contains("kept\n(2 lines were left out here: there was no room"), "{written}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_a_disk_does_not_take_is_counted_and_said_when_it_does() {
        let folder = folder("refused");
        let path = folder.join("later/output_calm_otter.log");
        let file = File::new(path.clone());
        append(&file, "one\ntwo\n".into());
        std::fs::create_dir(folder.join("later")).unwrap();
        append(&file, "three\n".into());
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.starts_with("three\n(2 lines were left out here: there was no room"), "{written}");
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn without_folders_there_is_no_thread() {
        assert!(LogFiles::start(&LogFolders::default()).is_none());
    }
}
