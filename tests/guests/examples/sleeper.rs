//! Pushes one running task, then waits for queued ones until it is told to end: an idle worker.

use rush_worker::prelude::*;
use test_guests::{Xs, Ys};

fn sleeper(worker: &mut Worker) -> Result<()> {
    let key = worker.push_running_one(&Xs { x: 1.0 })?;
    while !worker.terminated() {
        if let Some(task) = worker.pop(Duration::from_mins(1))? {
            worker.finish_one(&task.key, &Ys { y: 0.0 })?;
        }
    }
    worker.finish_one(&key, &Ys { y: 1.0 })?;
    Ok(())
}

rush_worker::main!(sleeper);
