//! Evaluates the Branin-like point of its arguments so many times in a row, for benchmarks: what is left beside the calls is little.

use rush_worker::{bindings::rush::worker::evaluator::evaluate, prelude::*, to_fields};

#[derive(Deserialize)]
struct Args {
    times: u64,
}

#[derive(Serialize)]
struct Point {
    x1: f64,
    x2: f64,
}

fn evaluates_often(worker: &mut Worker) -> Result<()> {
    let Args { times } = worker.args()?;
    for turn in 0..times {
        #[expect(clippy::cast_precision_loss, reason = "a point of no importance")]
        let xs = to_fields(&Point { x1: turn as f64 % 10.0, x2: 2.0 })?;
        if let Err(condition) = evaluate(&xs) {
            return Err(Error::message(condition.message));
        }
    }
    Ok(())
}

rush_worker::main!(evaluates_often);
