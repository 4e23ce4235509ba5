//! Calls the objective, and so imports `evaluator`.

use rush_worker::{bindings::rush::worker::evaluator::evaluate, prelude::*};

fn evaluates(_: &mut Worker) -> Result<()> {
    if let Err(condition) = evaluate(&Vec::new()) {
        warn!("{}", condition.message);
    }
    Ok(())
}

rush_worker::main!(evaluates);
