//! Calls `tasks.fetch`, and so imports it.

use rush_worker::{
    bindings::rush::worker::tasks::{Parts, fetch},
    prelude::*,
};

fn fetches(_: &mut Worker) -> Result<()> {
    let table = fetch(&[State::Finished], Parts::XS | Parts::YS)?;
    info!("{} finished tasks", table.len());
    Ok(())
}

rush_worker::main!(fetches);
