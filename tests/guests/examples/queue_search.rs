//! Pops tasks and finishes each at once with the Branin function, until it is told to end: the queue's counterpart of `inline_search`.

use rush_worker::prelude::*;
use test_guests::{Ys, branin};

#[derive(Deserialize)]
struct Point {
    x1: f64,
    x2: f64,
}

fn queue_search(worker: &mut Worker) -> Result<()> {
    while !worker.terminated() {
        let Some(task) = worker.pop(Duration::from_secs(1))? else { continue };
        let Point { x1, x2 } = task.xs()?;
        worker.finish_one(&task.key, &Ys { y: branin(x1, x2) })?;
    }
    Ok(())
}

rush_worker::main!(queue_search);
