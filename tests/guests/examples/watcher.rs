//! Waits for what others finish, and tells of it, until it is asked to end. It has a running task meanwhile.

use rush_worker::prelude::*;
use test_guests::{Xs, Ys};

fn watcher(worker: &mut Worker) -> Result<()> {
    let key = worker.push_running_one(&Xs { x: 0.0 })?;
    while !worker.terminated() {
        for Ys { y } in worker.fetch_new(Parts::YS, Duration::from_mins(1))?.rows_as()? {
            info!("{y}");
        }
    }
    worker.fail_one(&key, "terminated")?;
    Ok(())
}

rush_worker::main!(watcher);
