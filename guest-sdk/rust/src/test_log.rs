//! What loops log in tests, kept for the test to look at.

use std::cell::RefCell;

use log::{Level, LevelFilter, Log, Metadata, Record};

/// A message of the `log` crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// How important it is.
    pub level: Level,
    /// Who says it: the target of the macro.
    pub logger: String,
    /// What.
    pub message: String,
}

thread_local! {
    /// Each test has a thread of its own, and so has everything that it logs: a network in memory never leaves its thread.
    static LOGGED: RefCell<Vec<Logged>> = const { RefCell::new(Vec::new()) };
}

struct TestLogger;

impl Log for TestLogger {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        // The text first: what it shows may log, too.
        let message = record.args().to_string();
        let (level, logger) = (record.level(), record.target().to_owned());
        LOGGED.with_borrow_mut(|logged| logged.push(Logged { level, logger, message }));
    }

    fn flush(&self) {}
}

/// Sets the logger, unless the test has one.
pub(crate) fn install() {
    if log::set_logger(&TestLogger).is_ok() {
        log::set_max_level(LevelFilter::Trace);
    }
}

/// Everything that was logged on this thread.
pub(crate) fn logged() -> Vec<Logged> {
    LOGGED.with_borrow(Clone::clone)
}
