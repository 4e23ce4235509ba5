//! The manager of `run`: it carries no worker itself, and nothing depends on it but the report.

mod breaking;
mod ending;
pub(crate) mod funeral;
pub(crate) mod observer;
pub(crate) mod outcome;
mod over;
pub(crate) mod report;
pub(crate) mod restarts;
pub(crate) mod results_file;
pub(crate) mod watch;
