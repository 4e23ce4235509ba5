//! The exact budget of a run: how many tasks may be queued, running and finished together.
//!
//! The scripts that create such tasks count, in the same step, so it holds for any number of workers and processes. The number
//! comes with each call, from the configuration that all processes of a run share; a call without one counts nothing.

use std::sync::atomic::{AtomicU64, Ordering};

use redis::{Cmd, Value};
use tokio::sync::MutexGuard;

use crate::{Error, Network, Result, Worker, reply};

pub(crate) struct Budget(AtomicU64);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

impl Budget {
    pub(crate) fn tasks(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|tasks| *tasks != u64::MAX)
    }

    /// Adds it to a call of a script that creates tasks. A manager's request has no number.
    pub(crate) fn add_to(&self, call: &mut Cmd, request: Option<&Request<'_>>) {
        match self.tasks() {
            None => call.arg(""),
            Some(tasks) => call.arg(format!("{tasks} {}", request.map_or(0, |request| **request))),
        };
    }
}

/// The number of a worker's push, held until that is answered: the script remembers the last that it refused, and refuses
/// again what comes late.
pub(crate) type Request<'a> = MutexGuard<'a, u64>;

impl Worker {
    /// None without a budget: then nothing is refused.
    pub(crate) async fn numbered_push(&self) -> Option<Request<'_>> {
        self.inner.network.inner.budget.tasks()?;
        let mut request = self.inner.pushes.lock().await;
        *request += 1;
        Some(request)
    }
}

impl Network {
    /// Sets how many tasks may be queued, running and finished together, for everything that is pushed through this handle and
    /// its workers; none takes the limit away. A failed task frees its place.
    ///
    /// A push that does not fit is refused as a whole, with [`Error::BudgetExhausted`]. Tasks that are pushed as failed do not
    /// count. A [`Heart`](crate::Heart) sets it for a run that is to be exact; a manager of such a run does so by itself: what
    /// it pushes without is admitted, and leaves less room for the workers.
    pub fn set_budget(&self, tasks: Option<u64>) {
        self.inner.budget.0.store(tasks.unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// Passes the answer of a script that creates tasks on, unless it is `BUDGET <left>`: nothing was created.
pub(crate) fn admitted(value: Value) -> Result<Value> {
    let Value::SimpleString(status) = &value else { return Ok(value) };
    let left = status.strip_prefix("BUDGET ").and_then(|left| left.parse().ok());
    Err(left.map_or_else(|| reply::unexpected(&value), |left| Error::BudgetExhausted { left }))
}
