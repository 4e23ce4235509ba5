//! One file a command.

pub(crate) mod check;
pub(crate) mod reset;
pub(crate) mod run;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod tasks;
pub(crate) mod worker;
pub(crate) mod workers;
