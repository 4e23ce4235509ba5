//! Evaluates queued tasks with the objective of the run, until it is told to end.

use rush_worker::prelude::*;

fn evaluates_queue(worker: &mut Worker) -> Result<()> {
    while !worker.terminated() {
        let Some(task) = worker.pop(Duration::from_secs(1))? else { continue };
        worker.evaluate_task(&task.key, &task)?;
    }
    Ok(())
}

rush_worker::main!(evaluates_queue);
