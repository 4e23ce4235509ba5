//! What guests say: lines with the worker's name in front, to standard error, by a thread of its own, so that nobody waits.

use std::{
    io::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use rush_network::WorkerId;
use rush_runtime::{Level, LogMessage, Output, Stream};

use crate::print::text::harmless;

/// Lines that may wait to be written; a guest that says more, faster than anybody can read, is cut short, and that is said.
const WAITING: usize = 4096;

pub(crate) struct Voices {
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
    debug: bool,
    writer: JoinHandle<()>,
}

impl Voices {
    /// `debug`: everything is written, not only warnings and errors.
    pub(crate) fn start(debug: bool) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let writer = {
            let lost = Arc::clone(&lost);
            std::thread::spawn(move || write(&receiver, &lost))
        };
        Self { sender, lost, debug, writer }
    }

    /// The voice of one worker.
    pub(crate) fn of(&self, worker: &WorkerId) -> Arc<dyn Output> {
        Arc::new(Voice {
            worker: worker.to_string(),
            sender: self.sender.clone(),
            lost: Arc::clone(&self.lost),
            debug: self.debug,
        })
    }

    /// Waits until everything is written. All voices must be gone.
    pub(crate) fn finish(self) {
        drop(self.sender);
        // An error is a panic of the writer, which has been told on standard error.
        let _ = self.writer.join();
    }
}

struct Voice {
    worker: String,
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
    debug: bool,
}

impl Voice {
    fn say(&self, line: String) {
        if let Err(TrySendError::Full(_)) = self.sender.try_send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Output for Voice {
    fn line(&self, _: Stream, line: &str) {
        if self.debug {
            self.say(format!("[{}] {}", self.worker, harmless(line)));
        }
    }

    fn log(&self, message: LogMessage<'_>) {
        let LogMessage { level, logger, message } = message;
        if self.debug || level >= Level::Warn {
            for line in message.lines() {
                self.say(format!(
                    "[{}] {} {}: {}",
                    self.worker,
                    level.as_str(),
                    harmless(logger),
                    harmless(line)
                ));
            }
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
