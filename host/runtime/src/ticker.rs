//! The thread that lets guests be interrupted.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wasmtime::Engine;

/// How long a guest runs before it lets others run, and how long a guest that spins survives its killing: at most this,
/// half of it on average. A tick costs a few microseconds of the processor, so 10 ms are 0.05 % of a core; 1 ms would cost 0.5 %
/// and 1,000 forced yields a second for each busy worker, and nobody waits for a kill that long.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Counts the engine's epoch up, once a [`TICK`]. A thread of its own, not a task: busy guests hold the runtime's threads.
///
/// Dropping it ends the thread and waits for that; the thread also ends by itself when the engine is gone.
#[derive(Debug)]
pub(crate) struct Ticker {
    /// Dropped to end the thread at once.
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(crate) fn start(engine: &Engine) -> io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let engine = engine.weak();
        let thread =
            thread::Builder::new().name("rush-ticker".to_owned()).stack_size(64 << 10).spawn(move || {
                while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic; and there is nothing to do about it here if it did.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Build, config};

    #[test]
    fn it_ends_with_its_engine() {
        let engine = Engine::new(&config(Build::default())).unwrap();
        let mut ticker = Ticker::start(&engine).unwrap();
        drop(engine);
        // Not dropping the ticker: the thread must end by itself.
        ticker.thread.take().unwrap().join().unwrap();
    }

    #[test]
    fn dropping_it_does_not_wait_for_a_tick() {
        let engine = Engine::new(&config(Build::default())).unwrap();
        let ticker = Ticker::start(&engine).unwrap();
        let thread = ticker.thread.as_ref().unwrap().thread().id();
        assert_ne!(thread, thread::current().id());
        drop(ticker);
    }
}
