//! Beginning with a Redis that was there a moment ago: whoever started this process has talked to it.

use std::time::Duration;

use rush_network::{Error, Result};
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(200);

/// How long to try again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits {
    /// While Redis cannot be reached: it may be starting again.
    pub(super) unavailable: Duration,
    /// While Redis is full: somebody may make room.
    pub(super) full: Duration,
}

/// Tries again while that may help. Other errors are answered at once.
pub(super) async fn patiently<T>(waits: Waits, step: impl AsyncFn() -> Result<T>) -> Result<T> {
    let begun = Instant::now();
    let mut pause = FIRST_PAUSE;
    let mut told = false;
    loop {
        let error = match step().await {
            Ok(done) => return Ok(done),
            Err(error) => error,
        };
        let patience = match error {
            Error::Unavailable { .. } => waits.unavailable,
            Error::StorageFull { .. } => waits.full,
            _ => return Err(error),
        };
        if begun.elapsed() + pause >= patience {
            return Err(error);
        }
        if !std::mem::replace(&mut told, true) {
            tracing::warn!("workers wait for Redis: {error}");
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LAST_PAUSE);
    }
}
