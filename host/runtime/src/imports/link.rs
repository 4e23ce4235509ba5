//! Links all of `rush:worker` that is offered.

use wasmtime::component::Linker;

use super::{context, hashes, log, tasks, worker};
use crate::guest::Guest;

pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    tasks::add_to_linker(linker)?;
    hashes::add_to_linker(linker)?;
    worker::add_to_linker(linker)?;
    context::add_to_linker(linker)?;
    log::add_to_linker(linker)
}
