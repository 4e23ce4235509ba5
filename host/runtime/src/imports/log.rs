//! `rush:worker/log`: messages, which go to the worker's [`Output`](crate::Output).

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::bindings::rush::worker::log as wit;
use crate::output::{Level, LogMessage, MAX_LOGGER, MAX_MESSAGE, cut, cut_marked};
use crate::surroundings::Surrounded;

/// The logger under which an SDK says, as an error, why its program panics; then it traps.
const PANIC: &str = "panic";
/// What a message counts besides its texts, so that empty ones are not free.
const FRAMING: usize = 32;

pub(super) fn add_to_linker<T: Surrounded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut log = linker.instance("rush:worker/log@0.1.0")?;
    log.func_wrap(
        "log",
        |mut store: StoreContextMut<'_, T>, (level, logger, message): (wit::Level, String, String)| {
            let guest = store.data_mut().surroundings_mut();
            guest.volume.say(FRAMING + logger.len() + message.len()).map_err(wasmtime::Error::new)?;
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
