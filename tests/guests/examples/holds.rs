//! Pops one task and holds on to it until it is told to end: whoever dies with it has popped it.

use rush_worker::prelude::*;
use test_guests::Ys;

fn holds(worker: &mut Worker) -> Result<()> {
    let mut held = None;
    while !worker.terminated() {
        match held {
            None => held = worker.pop(Duration::from_mins(1))?,
            // Nobody else settles it, so this waits and no more.
            Some(ref task) => {
                worker.wait(std::slice::from_ref(&task.key), Some(Duration::from_mins(1)))?;
            }
        }
    }
    if let Some(task) = held {
        worker.finish_one(&task.key, &Ys { y: 1.0 })?;
    }
    Ok(())
}

rush_worker::main!(holds);
