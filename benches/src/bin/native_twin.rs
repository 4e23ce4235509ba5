//! The reference of `loop-cost`: the loop of `tests/guests/examples/inline_search.rs` as a native program on `rush_network`.
//!
//! Same transitions, same layout as a host process: a runtime for the loops with as many threads as cores, a thread that beats
//! and hears signals. What it does not have is what is measured: guests, their sandbox, and the way in and out of it.

use std::{f64::consts::PI, sync::mpsc, thread};

use clap::Parser;
use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};
use rush_benches::{Driver, Failure, Result};
use rush_network::{
    End, Error, Heart, HeartSettings, Network, NetworkId, Outcome, Registration, Settings, Worker, fields,
};
use tokio::{
    runtime::{Builder, Handle},
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinSet,
};

/// A native worker loop; `loop-cost` starts it. The URL of Redis is in `REDIS_URL`.
#[derive(Debug, Parser)]
struct Arguments {
    /// Network to work in
    #[arg(long)]
    network: String,
    /// So many workers
    #[arg(long)]
    workers: u32,
    /// Where the connection for commands is driven
    #[arg(long, value_enum, default_value_t)]
    driver: Driver,
    #[arg(long, env = "REDIS_URL", hide = true)]
    url: String,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let loops = Builder::new_multi_thread().enable_all().thread_name("loops").build();
    let loops = loops.map_err(Failure::system("start a runtime"))?;
    let pulse = Pulse::start()?;
    loops.block_on(work(&arguments, &pulse))?;
    pulse.stop();
    Ok(())
}

async fn work(arguments: &Arguments, pulse: &Pulse) -> Result<()> {
    let id = NetworkId::parse(&arguments.network).map_err(Error::from)?;
    let settings = Settings::new(&arguments.url);
    let network = match arguments.driver {
        Driver::Loops => Network::connect(id, &settings).await?,
        Driver::Pulse => {
            let connecting = async move { Network::connect(id, &settings).await };
            pulse.handle.spawn(connecting).await.expect("connecting does not panic")?
        }
    };
    let heart = pulse.handle.spawn({
        let network = network.clone();
        async move { Heart::start(&network, HeartSettings::default()).await }
    });
    let heart = heart.await.expect("a heart does not panic")?;
    let mut asked = signal(SignalKind::terminate()).map_err(Failure::system("listen to signals"))?;
    pulse.handle.spawn({
        let network = network.clone();
        async move {
            if asked.recv().await.is_some() {
                network.stop_local_workers();
            }
        }
    });
    let mut workers = JoinSet::new();
    for seed in 0..arguments.workers {
        let worker = network.register(Registration::default()).await?;
        workers.spawn(async move {
            random_search(&worker, seed.into()).await?;
            worker.end(&End::returned()).await
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.expect("a loop does not panic")?;
    }
    heart.stop().await;
    Ok(())
}

async fn random_search(worker: &Worker, seed: u64) -> rush_network::Result<()> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    while !worker.terminated() {
        let x1: f64 = rng.random_range(-5.0..=10.0);
        let x2: f64 = rng.random_range(0.0..=15.0);
        let keys = worker.push_running(&[fields! { "x1" => x1, "x2" => x2 }.into()]).await?;
        let outcome = |key| Outcome::new(key, fields! { "y" => branin(x1, x2) });
        worker.finish(&keys.into_iter().map(outcome).collect::<Vec<_>>()).await?;
    }
    Ok(())
}

fn branin(x1: f64, x2: f64) -> f64 {
    let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0
}

/// The thread that beats.
struct Pulse {
    handle: Handle,
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Pulse {
    fn start() -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::system("start a runtime"))?;
        let (stop, stopped) = oneshot::channel();
        let (sender, receiver) = mpsc::channel();
        let body = move || {
            runtime.block_on(async {
                let _ = sender.send(Handle::current());
                let _ = stopped.await;
            });
        };
        let thread = thread::Builder::new().name("pulse".into()).spawn(body);
        let thread = thread.map_err(Failure::system("start a thread"))?;
        let handle = receiver.recv().expect("the thread sends it first of all");
        Ok(Self { handle, stop, thread })
    }

    fn stop(self) {
        drop(self.stop);
        // A panic of the thread has been told on standard error.
        let _ = self.thread.join();
    }
}
