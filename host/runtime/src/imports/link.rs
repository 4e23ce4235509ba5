//! Links all of `rush:worker` that is offered, for each world.

use wasmtime::component::Linker;

use super::{context, evaluator, hashes, log, tasks, worker};
use crate::guest::Guest;
use crate::surroundings::Surrounded;

/// For worker loops.
pub(crate) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    tasks::add_to_linker(linker)?;
    hashes::add_to_linker(linker)?;
    worker::add_to_linker(linker)?;
    evaluator::add_to_linker(linker)?;
    add_to_objective(linker)
}

/// For objectives, which do not see the network.
pub(crate) fn add_to_objective<T: Surrounded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    context::add_to_linker(linker)?;
    log::add_to_linker(linker)
}
