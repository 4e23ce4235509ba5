//! rush for Rust, the manager's side: pushes points, waits until all are settled, shows the best, and lets the workers go.
//!
//! ```text
//! REDIS_URL=redis://127.0.0.1 cargo run -p rush-network --example worker -- 4     # in one terminal, or in several
//! REDIS_URL=redis://127.0.0.1 cargo run -p rush-network --example manager
//! ```
//!
//! Nothing depends on the manager: it can end and be started again while the workers go on.

use std::{
    error::Error,
    io::Write as _,
    time::{Duration, Instant},
};

use rush_network::{Network, NetworkId, NewTask, Settings, State, Value, WorkerState, field, fields};

/// Points in each direction of the grid.
const GRID: u32 = 15;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1".into());
    let network = Network::connect(NetworkId::parse("rush-for-rust")?, &Settings::new(url)).await?;
    let mut out = std::io::stdout().lock();

    let workers = wait_for_workers(&network, Duration::from_secs(30)).await?;
    writeln!(out, "{workers} workers are running at {}", network.address())?;

    let tasks: Vec<NewTask> = (0..GRID * GRID)
        .map(|point| {
            let part = |index: u32| f64::from(index) / f64::from(GRID - 1);
            fields! { "x1" => -5.0 + 15.0 * part(point % GRID), "x2" => 15.0 * part(point / GRID) }.into()
        })
        .collect();
    let begun = Instant::now();
    let keys = network.push(&tasks, None).await?;
    let settled = network.wait_for_tasks(&keys, Some(Duration::from_mins(1))).await?;
    writeln!(
        out,
        "{} tasks {} in {:?}",
        keys.len(),
        if settled { "settled" } else { "NOT settled" },
        begun.elapsed()
    )?;

    let y = |task: &rush_network::Task| match field(&task.ys, "y") {
        Some(Value::Number(y)) => *y,
        _ => f64::NAN,
    };
    let mut finished = network.tasks(&[State::Finished]).await?;
    finished.sort_by(|a, b| y(a).total_cmp(&y(b)));
    for task in finished.iter().take(3) {
        let worker = task.worker_id.as_ref().map_or("", |id| id.as_str());
        writeln!(out, "y = {:8.4}  {:?}  by {worker}", y(task), task.xs)?;
    }

    // Asks each to end after its task; `kill` would not ask.
    let running = network.running_workers().await?;
    network.terminate(&running).await?;
    while !network.running_workers().await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    for worker in network.workers().await? {
        let end = worker.end.map_or("", |end| end.kind.as_str());
        writeln!(out, "{} {} ({end}): {} finished", worker.id, worker.state.as_str(), worker.finished)?;
    }
    network.reset().await?;
    Ok(())
}

/// How many are running, as soon as there is one.
async fn wait_for_workers(network: &Network, timeout: Duration) -> Result<u64, Box<dyn Error>> {
    let begun = Instant::now();
    loop {
        let running =
            network.worker_counts().await?.into_iter().find(|(state, _)| *state == WorkerState::Running);
        match running {
            Some((_, count)) if count > 0 => return Ok(count),
            _ if begun.elapsed() > timeout => {
                return Err("no worker has come; start the example `worker` first".into());
            }
            _ => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}
