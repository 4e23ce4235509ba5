//! Works on queued tasks until it is told to end: `y = 2 x`, and a failure where `x` is negative.

use rush_worker::prelude::*;
use test_guests::{Xs, Ys};

fn queue(worker: &mut Worker) -> Result<()> {
    while !worker.terminated() {
        let Some(task) = worker.pop(Duration::from_secs(1))? else { continue };
        let Xs { x } = task.xs()?;
        if x < 0.0 {
            worker.fail_one(&task.key, format!("x is negative: {x}"))?;
        } else {
            worker.finish_one(&task.key, &Ys { y: 2.0 * x })?;
        }
    }
    Ok(())
}

rush_worker::main!(queue);
