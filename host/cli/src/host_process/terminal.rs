//! The terminal, or whatever standard error is: lines with the worker's name in front, by a thread of its own, so that nobody waits.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

/// Lines that may wait to be written; a guest that says more, faster than anybody can read, is cut short, and that is said.
const WAITING: usize = 4096;

/// The thread that writes to standard error, for all workers of a process.
pub(super) struct Terminal {
    lines: Lines,
    writer: JoinHandle<()>,
}

/// The way to it.
#[derive(Clone)]
pub(super) struct Lines {
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

impl Terminal {
    pub(super) fn start() -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = {
            let lost = Arc::clone(&lost);
            std::thread::spawn(move || write(&receiver, &lost))
        };
        Self { lines: Lines { sender, lost }, writer }
    }

    pub(super) fn lines(&self) -> Lines {
        self.lines.clone()
    }

    /// Waits until everything is written. All other ways to it must be gone.
    pub(super) fn finish(self) {
        drop(self.lines);
        // An error is a panic of the writer, which has been told on standard error.
        let _ = self.writer.join();
    }
}

impl Lines {
    /// Says a line, which must be harmless. Never waits.
    pub(super) fn say(&self, line: String) {
        if let Err(TrySendError::Full(_)) = self.sender.try_send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(lines: &Receiver<String>, lost: &AtomicU64) {
    // Nobody may listen any more; guests go on all the same.
    while let Ok(first) = lines.recv() {
        let mut block = first + "\n";
        while block.len() < (64 << 10) {
            let Ok(line) = lines.try_recv() else { break };
            block += &line;
            block.push('\n');
        }
        let lost = lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            block += &format!("({lost} lines were left out: guests say more than can be written)\n");
        }
        let _ = std::io::stderr().lock().write_all(block.as_bytes());
    }
}
