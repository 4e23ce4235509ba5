//! Tells what it finds in the files that `[loop.args] names` names: one finished task for each, in their order. Then it waits until it
//! is told to end; each queued task that it finds meanwhile makes it look again.

use rush_worker::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Args {
    names: Vec<String>,
}

#[derive(Serialize)]
struct Read {
    name: String,
}

#[derive(Serialize)]
struct Found {
    /// How many bytes; missing if there is no such file.
    size: Option<usize>,
    /// Of all bytes.
    sum: u64,
    /// The first bytes, as they are.
    head: Vec<u8>,
}

fn reads_data(worker: &mut Worker) -> Result<()> {
    let Args { names } = worker.args()?;
    look(worker, &names)?;
    while !worker.terminated() {
        if let Some(task) = worker.pop(Duration::from_secs(1))? {
            look(worker, &names)?;
            worker.fail_one(&task.key, "it only wakes")?;
        }
    }
    Ok(())
}

fn look(worker: &mut Worker, names: &[String]) -> Result<()> {
    for name in names {
        let found = match worker.data(name) {
            None => Found { size: None, sum: 0, head: Vec::new() },
            Some(bytes) => Found {
                size: Some(bytes.len()),
                sum: bytes.iter().map(|byte| u64::from(*byte)).sum(),
                head: bytes[..bytes.len().min(16)].to_vec(),
            },
        };
        let key = worker.push_running_one(&Read { name: name.clone() })?;
        worker.finish_one(&key, &found)?;
    }
    Ok(())
}

rush_worker::main!(reads_data);
