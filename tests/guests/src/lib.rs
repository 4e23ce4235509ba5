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

/// The Branin function, as `plugins/branin` has it, which is a component of its own.
#[must_use]
pub fn branin(x1: f64, x2: f64) -> f64 {
    use std::f64::consts::PI;
    let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0
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

/// The clock on the wall, if that is granted; else one that says nothing of the world.
#[must_use]
pub fn seconds_since_1970() -> f64 {
    let now = wasi::wasi::clocks::wall_clock::now();
    Duration::new(now.seconds, now.nanoseconds).as_secs_f64()
}
