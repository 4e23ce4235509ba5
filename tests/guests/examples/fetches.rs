//! Fetches tables in a loop: as many as its argument `tables` says. It keeps them all, or drops each before the next with
//! `"drop": true`; of those in its `state`, or of running and finished ones. With `"rows": true` it asks for all tasks of each at once, with `"json": true` for all of it as JSON.

use rush_worker::{bindings::rush::worker::tasks, prelude::*};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Args {
    tables: usize,
    drop: bool,
    state: Option<String>,
    rows: bool,
    json: bool,
}

fn fetches(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    let states = match args.state.as_deref() {
        Some("running") => vec![State::Running],
        Some("failed") => vec![State::Failed],
        _ => vec![State::Running, State::Finished],
    };
    let mut kept = Vec::new();
    for fetched in 0..args.tables {
        // As the contract has it: no part of the SDK may stand between.
        let table = tasks::fetch(&states, Parts::all())
            .map_err(|error| Error::message(format!("after {fetched} tables: {}", Error::from(error))))?;
        if args.rows {
            info!("{} rows", table.rows(0, u32::MAX).len());
        }
        if args.json {
            info!("{} bytes", table.json().len());
        }
        if !args.drop {
            kept.push(table);
        }
    }
    Ok(())
}

rush_worker::main!(fetches);
