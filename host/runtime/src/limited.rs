//! Holds a call into a guest to its limits on time. All others are held inside of its store.

use std::time::Duration;

use wasmtime::{Error, Result};

use crate::exceeded::Exceeded;
use crate::limits::Limits;
use crate::meter::Meter;

/// Runs a call until it ends or has taken too long. A guest whose call was given up must not be entered again. Of the limit on the wall
/// so much is spent already.
pub(crate) async fn run<T>(
    limits: &Limits,
    spent: Duration,
    meter: Option<&Meter>,
    call: impl Future<Output = Result<T>>,
) -> Result<T> {
    match (limits.wall, meter) {
        (None, None) => call.await,
        (None, Some(meter)) => meter.watch(call).await,
        (Some(limit), meter) => {
            let call = async {
                match meter {
                    None => call.await,
                    Some(meter) => meter.watch(call).await,
                }
            };
            // Polled first: a call that is done in time is not lost to a late look at the clock.
            tokio::time::timeout(limit.saturating_sub(spent), call)
                .await
                .unwrap_or_else(|_| Err(Error::new(Exceeded::Wall { limit })))
        }
    }
}
