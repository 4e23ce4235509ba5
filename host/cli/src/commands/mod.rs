//! One file a command.

pub(crate) mod build;
pub(crate) mod cancel;
pub(crate) mod check;
pub(crate) mod detect_lost;
pub(crate) mod empty_queue;
pub(crate) mod eval;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod new;
pub(crate) mod push;
pub(crate) mod reset;
pub(crate) mod restart;
pub(crate) mod run;
pub(crate) mod script;
pub(crate) mod start;
pub(crate) mod status;
pub(crate) mod stop;
pub(crate) mod tasks;
pub(crate) mod wait;
pub(crate) mod wait_for_workers;
pub(crate) mod worker;
pub(crate) mod workers;
