//! Messages of the `log` crate, and of panics, on their way to the host.

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::bindings::rush::worker::log as host;

/// Hands everything to the host, which knows the thresholds of the run file. The target of a record is its logger.
struct HostLogger;

impl Log for HostLogger {
    fn enabled(&self, _: &Metadata) -> bool {
        true
    }

    fn log(&self, record: &Record) {
        host::log(level(record.level()), record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}

fn level(level: Level) -> host::Level {
    match level {
        Level::Trace => host::Level::Trace,
        Level::Debug => host::Level::Debug,
        Level::Info => host::Level::Info,
        Level::Warn => host::Level::Warn,
        Level::Error => host::Level::Error,
    }
}

/// Sets the logger, and tells panics to it: a component has no stderr of its own unless it was built for WASI, and the
/// trap that follows does not know the panic's message.
pub(crate) fn install() {
    // A loop that set a logger before keeps it.
    if log::set_logger(&HostLogger).is_ok() {
        log::set_max_level(LevelFilter::Trace);
    }
    std::panic::set_hook(Box::new(|panic| {
        host::log(host::Level::Error, "panic", &panic.to_string());
    }));
}
