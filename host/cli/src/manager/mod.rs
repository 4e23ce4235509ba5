//! The manager of `run`: it carries no worker itself, and nothing depends on it but the report.

mod absent;
mod arrivals;
mod breaking;
mod ending;
pub(crate) mod funeral;
pub(crate) mod observer;
pub(crate) mod outcome;
mod over;
mod queue;
pub(crate) mod report;
pub(crate) mod restarts;
pub(crate) mod results_file;
mod starting_again;
pub(crate) mod watch;
mod withdrawal;
