//! Connecting to a Redis that was there a moment ago: whoever started this process has talked to it.

use std::time::Duration;

use rush_network::{Error, Result};
use tokio::time::Instant;

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LAST_PAUSE: Duration = Duration::from_millis(200);

/// Tries again while Redis cannot be reached, for so long: it may be starting again. Other errors are answered at once.
pub(crate) async fn patiently<T>(patience: Duration, connect: impl AsyncFn() -> Result<T>) -> Result<T> {
    let deadline = Instant::now() + patience;
    let mut pause = FIRST_PAUSE;
    loop {
        match connect().await {
            Err(Error::Unavailable { cause, .. }) if Instant::now() + pause < deadline => {
                tracing::info!(cause, "Redis does not answer yet; trying again");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
            done => return done,
        }
    }
}
