//! Finished tasks that a worker has not seen yet.
//!
//! A finish publishes nothing, because that would cost every task. What this process finishes it knows at once; for the tasks of
//! others, one of the workers that wait looks now and then, for all of them.

use std::{sync::atomic::Ordering, time::Duration};

use tokio::time::Instant;

use crate::{Network, Parts, Result, Table, Worker, finished_cache::Cursor};

/// Before the first look, in microseconds; each that finds nothing makes the next pause longer by half, up to the last.
const FIRST_PAUSE: u64 = 1_000;
const LAST_PAUSE: u64 = 20_000;

impl Worker {
    /// Finished tasks that this worker has not been given by this call yet, as a table; [`fetch`](Self::fetch) does not count.
    ///
    /// Waits for up to `timeout` for one; the table is empty after that, or as soon as the worker should end.
    pub async fn fetch_new(&self, parts: Parts, timeout: Duration) -> Result<Table> {
        let deadline = Instant::now().checked_add(timeout);
        let network = &self.inner.network;
        loop {
            // Listening begins before looking, so that a finish in between is heard.
            let finished = network.inner.local.some_finished.notified();
            let changed = self.inner.signals.changed.notified();
            tokio::pin!(finished, changed);
            finished.as_mut().enable();
            changed.as_mut().enable();
            let new = network.all_finished().await?.take_new(&self.inner.given, parts);
            if !new.is_empty() {
                network.inner.finished.pause.store(FIRST_PAUSE, Ordering::Relaxed);
                return Ok(new);
            }
            if timeout.is_zero() || self.terminated() {
                return Ok(new);
            }
            let time_is_up = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = finished => {}
                () = changed => {}
                () = network.turn_to_look() => {}
                () = time_is_up => return Ok(new),
            }
        }
    }

    /// Forgets what [`fetch_new`](Self::fetch_new) has given to this worker, and what this process has cached of finished
    /// and running tasks: all of it begins anew.
    pub fn reset_cache(&self) {
        Cursor::rewind(&self.inner.given);
        self.inner.network.inner.finished.forget();
        self.inner.network.inner.running.forget();
    }
}

impl Network {
    /// Resolves for one of those that wait at a time, after a pause.
    async fn turn_to_look(&self) {
        let cache = &self.inner.finished;
        let _turn = cache.turn.lock().await;
        let pause = cache.pause.load(Ordering::Relaxed).clamp(FIRST_PAUSE, LAST_PAUSE);
        tokio::time::sleep(Duration::from_micros(pause)).await;
        cache.pause.store(pause * 3 / 2, Ordering::Relaxed);
    }
}
