//! What test guests share: the points and results that they store, and the words of WASI.

pub mod wasi;

use rush_worker::prelude::{Duration, Result, Worker};
use serde::{Deserialize, Serialize};

/// A point with one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Xs {
    /// The parameter.
    pub x: f64,
}

/// A result with one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ys {
    /// The value.
    pub y: f64,
}

/// Works on queued tasks until the loop is told to end: `y = x`, and whatever `misbehave` does where `x` is negative.
///
/// # Errors
///
/// What the host refuses.
pub fn work(worker: &mut Worker, misbehave: impl Fn(&mut Worker, f64)) -> Result<()> {
    while !worker.terminated() {
        let Some(task) = worker.pop(Duration::from_secs(1))? else { continue };
        let Xs { x } = task.xs()?;
        if x < 0.0 {
            misbehave(worker, x);
        }
        worker.finish_one(&task.key, &Ys { y: x })?;
    }
    Ok(())
}
