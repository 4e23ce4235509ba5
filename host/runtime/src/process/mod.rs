//! The evaluator child: a process that holds one objective for one worker, killed by the kernel where an instance is interrupted.
//!
//! `spawn` starts it, `evaluator` talks to it, `serve` is its life; `frame` is what both say.

mod bytes;
mod cpu_clock;
mod died;
mod evaluator;
mod folders;
mod frame;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) mod said_by_a_child;
mod serve;
mod setup;
mod socket;
mod spawn;
mod time_limits;
mod values;

pub use evaluator::EvaluatorError;
pub(crate) use evaluator::{PreparedProcesses, ProcessEvaluator};
pub use serve::{ServeError, serve_evaluations};
pub use spawn::EvaluatorProgram;
