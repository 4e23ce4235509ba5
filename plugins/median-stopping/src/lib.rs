//! Median stopping: configurations are drawn at random and evaluated round by round, with one more round each time. One that is worse
//! than the median of all results at its round, those of all workers, is given up for a new one.
//!
//! The objective is any that takes the number of rounds as one of its parameters, such as an iteration count, epochs, or the size of a
//! sample. `[loop.args]` of the run file are [`Args`].

mod args;
mod median_stopping;
mod results;

pub use args::{Args, Rounds};
pub use median_stopping::median_stopping;
pub use results::{Loss, Results};

rush_worker::main!(median_stopping);
