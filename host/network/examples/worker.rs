//! rush for Rust, the worker's side: a process with some workers that pop tasks, evaluate Branin, and save what they found.
//!
//! ```text
//! REDIS_URL=redis://127.0.0.1 cargo run -p rush-network --example worker -- 4
//! ```
//!
//! Starts as many workers as its argument says, here or on any machine that reaches the same Redis. They end when a manager
//! terminates them (the example `manager` does that), when 30 s pass without a task, or with Ctrl-C.

use std::{error::Error, f64::consts::PI, time::Duration};

use rush_network::{
    Condition, End, Failure, Fields, Heart, HeartSettings, Network, NetworkId, Outcome, Registration,
    Settings, Value, Worker, field, fields,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::var("REDIS_URL").unwrap_or_else(|_| "redis://127.0.0.1".into());
    let count = std::env::args().nth(1).map_or(Ok(1), |text| text.parse::<usize>())?;
    let network = Network::connect(NetworkId::parse("rush-for-rust")?, &Settings::new(url)).await?;

    // One heart for all workers of this process. It should run where no computation can keep it from beating; here the
    // workers wait for Redis most of the time.
    let heart = Heart::start(&network, HeartSettings::default()).await?;
    let mut workers = tokio::task::JoinSet::new();
    for _ in 0..count {
        let worker = network.register(Registration::default()).await?;
        workers.spawn(async move {
            // However the loop ends, the network is told.
            let end = match worker_loop(&worker).await {
                Ok(()) => End::returned(),
                Err(error) => End::new(rush_network::EndKind::Error, error.to_string()),
            };
            worker.end(&end).await
        });
    }
    let asked = tokio::spawn({
        let network = network.clone();
        async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                network.stop_local_workers();
            }
        }
    });
    while let Some(ended) = workers.join_next().await {
        ended??;
    }
    asked.abort();
    heart.stop().await;
    Ok(())
}

async fn worker_loop(worker: &Worker) -> rush_network::Result<()> {
    while let Some(task) = worker.pop(Duration::from_secs(30)).await? {
        match branin(&task.xs) {
            Ok(y) => drop(worker.finish(&[Outcome::new(task.key, fields! { "y" => y })]).await?),
            Err(message) => {
                let condition = Some(Condition::new("error", message));
                worker.fail(&[Failure { key: task.key, condition }]).await?;
            }
        }
        if worker.terminated() {
            break;
        }
    }
    Ok(())
}

fn branin(xs: &Fields) -> Result<f64, String> {
    let number = |name: &str| match field(xs, name) {
        Some(Value::Number(number)) => Ok(*number),
        other => Err(format!("`{name}` should be a number, not {other:?}")),
    };
    let (x1, x2) = (number("x1")?, number("x2")?);
    let bowl = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    Ok(bowl * bowl + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0)
}
