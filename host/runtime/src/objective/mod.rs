//! Objectives: functions that loops evaluate, each a component in a sandbox of its own.

pub(crate) mod condition;
mod details;
mod evaluator;
mod instance;
mod prepared;

pub use evaluator::Evaluator;
pub(crate) use instance::{Failed, InstanceEvaluator, PreparedInstance};
pub use prepared::{InstancePolicy, PreparedObjective};
