//! `rush:worker/log`: messages, which go to the worker's [`Output`](crate::Output).

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::bindings::rush::worker::log as wit;
use crate::guest::Guest;
use crate::output::{Level, LogMessage, MAX_LOGGER, MAX_MESSAGE, cut, cut_marked};

/// The logger under which an SDK says, as an error, why its program panics; then it traps.
const PANIC: &str = "panic";

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut log = linker.instance("rush:worker/log@0.1.0")?;
    log.func_wrap(
        "log",
        |mut store: StoreContextMut<'_, Guest>, (level, logger, message): (wit::Level, String, String)| {
            let guest = store.data_mut();
            guest.output.log(LogMessage {
                level: convert(level),
                logger: cut(&logger, MAX_LOGGER),
                message: &cut_marked(&message, MAX_MESSAGE),
            });
            if logger == PANIC && level == wit::Level::Error {
                guest.panic = Some(cut_marked(&message, MAX_MESSAGE).into_owned());
            }
            Ok(())
        },
    )
}

fn convert(level: wit::Level) -> Level {
    match level {
        wit::Level::Trace => Level::Trace,
        wit::Level::Debug => Level::Debug,
        wit::Level::Info => Level::Info,
        wit::Level::Warn => Level::Warn,
        wit::Level::Error => Level::Error,
    }
}
