//! Evaluates three tasks at a time, of which each fifth that it draws fails, until the run has as many as it wants.

use rush_worker::prelude::*;
use test_guests::{Xs, Ys};

fn batches(worker: &mut Worker) -> Result<()> {
    let mut drawn = 0;
    while !worker.terminated() {
        let batch = [Xs { x: 1.0 }, Xs { x: 2.0 }, Xs { x: 3.0 }];
        for (key, Xs { x }) in worker.push_running_what_fits(&batch)?.iter().zip(&batch) {
            drawn += 1;
            if drawn % 5 == 0 {
                worker.fail_one(key, "each fifth fails")?;
            } else {
                worker.finish_one(key, &Ys { y: 2.0 * x })?;
            }
        }
    }
    Ok(())
}

rush_worker::main!(batches);
