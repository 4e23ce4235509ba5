//! A program that starts workers of a run file, gives them work, takes the results, and lets them go: what `rush-host start`,
//! `push`, `wait` and `stop` do.
//!
//! ```text
//! cargo run -p rush-launch --example workers -- run.toml target/release/rush-host
//! ```
//!
//! The loop of the run file works on queued tasks with a number `x`. Workers are supervised here: they end with this program,
//! however it ends.

use std::{env, error::Error, io::Write as _, time::Duration};

use rush_launch::{Begin, ComponentFiles, HostProgram, Launch, Session, Stop, stop};
use rush_network::{NewTask, Parts, State, fields};
use rush_run_file::{Options, RedisSources, RunFile, choose};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args_os().skip(1);
    let run_file = arguments.next().ok_or("name a run file")?;
    let program = HostProgram::at(arguments.next().ok_or("name the rush-host program")?)?;

    // The run file, and the Redis that it names; without one REDIS_URL, or a private one.
    let run_file = RunFile::load(run_file, &Options::of_this_process())?;
    let environment = env::var("REDIS_URL").ok();
    let source = choose(RedisSources {
        run_file: run_file.redis.location.as_ref(),
        environment: environment.as_deref(),
        ..RedisSources::default()
    })?;
    let session = Session::open(run_file, &source, Begin::Yes, &program).await?;
    let network = &session.network;

    // What workers are given is stored; then they are started, and awaited.
    let stored = session.store(&ComponentFiles::read(&session.run_file)?).await?;
    let workers = &session.run_file.workers;
    let mut launched = Launch::new(&session, &program)?.start(&stored.config, workers.count).await?;
    launched.until_registered(network, workers.start_timeout.as_std()).await?;

    let mut out = std::io::stdout().lock();
    writeln!(out, "{} workers are running at {}", launched.ids().len(), network.address())?;
    let tasks: Vec<NewTask> = (0..100).map(|x| fields! { "x" => f64::from(x) }.into()).collect();
    let keys = network.push(&tasks, None).await?;
    let settled = network.wait_for_tasks(&keys, Some(Duration::from_mins(1))).await?;
    let finished = network.fetch(&[State::Finished], Parts::ALL).await?;
    writeln!(out, "{} tasks finished{}", finished.len(), if settled { "" } else { ", not all" })?;

    let stopped = stop(network, &launched.ids(), Stop::Within(session.grace())).await?;
    // Their processes end with them.
    while launched.children.next_exit().await.is_some() {}
    writeln!(out, "{} workers asked to end, {} killed", stopped.asked, stopped.killed)?;
    Ok(())
}
