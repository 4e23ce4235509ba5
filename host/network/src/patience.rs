//! Waiting for a Redis that went away: longer and longer, up to a limit in all.

use std::time::Duration;

use tokio::time::Instant;

use crate::{Error, Result};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// Whoever waits for Redis is back at most this much later than it.
pub(crate) const LAST_PAUSE: Duration = Duration::from_secs(1);

/// How long one call has been trying.
pub(crate) struct Patience {
    limit: Duration,
    until: Option<Instant>,
    next: Duration,
    connected: bool,
}

impl Patience {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, until: None, next: FIRST_PAUSE, connected: false }
    }

    /// When the limit is reached; the clock starts when somebody asks.
    pub(crate) fn deadline(&mut self) -> Instant {
        *self.until.get_or_insert_with(|| Instant::now() + self.limit)
    }

    /// Waits, or says that the limit is reached; the clock runs from the first time on.
    pub(crate) async fn pause(&mut self, error: impl FnOnce() -> Error) -> Result<()> {
        let until = self.deadline();
        let now = Instant::now();
        if now >= until {
            return Err(error());
        }
        // Half of it by chance, so that a thousand processes do not come back in one moment.
        let pause = self.next.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        tokio::time::sleep(pause.min(until - now)).await;
        self.next = (self.next * 2).min(LAST_PAUSE);
        Ok(())
    }

    /// A first new connection is free. Further ones are paid for with a pause: what breaks each connection that it is sent on
    /// must not be sent as fast as possible, and not for ever.
    pub(crate) async fn before_reconnecting(&mut self, error: impl FnOnce() -> Error) -> Result<()> {
        if std::mem::replace(&mut self.connected, true) { self.pause(error).await } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gone() -> Error {
        Error::Unavailable { address: "here".into(), cause: "nobody answers".into() }
    }

    #[tokio::test(start_paused = true)]
    async fn it_ends_at_the_limit_and_not_before() {
        let mut patience = Patience::new(Duration::from_secs(5));
        let begun = Instant::now();
        let mut pauses = 0;
        while patience.pause(gone).await.is_ok() {
            pauses += 1;
        }
        assert_eq!(begun.elapsed().as_secs(), 5);
        assert!((9..30).contains(&pauses), "{pauses} pauses");
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_first_new_connection_is_free() {
        let mut patience = Patience::new(Duration::from_secs(5));
        let begun = Instant::now();
        patience.before_reconnecting(gone).await.unwrap();
        assert_eq!(begun.elapsed(), Duration::ZERO);
        patience.before_reconnecting(gone).await.unwrap();
        assert!(begun.elapsed() >= FIRST_PAUSE / 2);
    }
}
