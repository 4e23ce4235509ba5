//! The manager of `run`: it carries no worker itself, and nothing depends on it but the report.

pub(crate) mod observer;
pub(crate) mod outcome;
pub(crate) mod report;
pub(crate) mod results_file;
pub(crate) mod watch;
