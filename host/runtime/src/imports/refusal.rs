//! Refusals for want of room, which take a moment.

use std::time::Duration;

use rush_network::{Error, Worker};
use tokio::time::Instant;

use super::convert;
use crate::bindings::rush::worker::types as wit;

/// A guest has no clock: without this, one that tries again would do so as fast as Redis can answer. Nothing tells that there is
/// room, because that would cost every failure.
const MOMENT: Duration = Duration::from_millis(50);
/// Sooner if the worker should end, which is looked at so often.
const STEP: Duration = Duration::from_millis(10);

/// What a guest is told of an error, and when: at once, unless only time helps.
pub(super) async fn refusal(worker: &Worker, error: Error) -> wit::Error {
    if matches!(error, Error::StorageFull { .. } | Error::BudgetExhausted { left: 0 }) {
        let until = Instant::now() + MOMENT;
        while !worker.terminated() && Instant::now() < until {
            tokio::time::sleep(STEP).await;
        }
    }
    convert::error(error)
}
