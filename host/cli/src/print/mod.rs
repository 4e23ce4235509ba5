//! The only place that prints: data to standard output, talk to standard error.

pub(crate) mod audience;
pub(crate) mod failure;
pub(crate) mod fitting;
pub(crate) mod log_lines;
pub(crate) mod progress;
pub(crate) mod records;
pub(crate) mod talk;
pub(crate) mod task;
pub(crate) mod text;
