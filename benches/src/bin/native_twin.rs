//! The reference of `loop` and `queue`: the loops of `tests/guests/examples/{inline_search,queue_search}.rs` as a native program on
//! `rush_network`.
//!
//! Same transitions, same layout as a host process: a runtime for the loops with as many threads as cores, a thread that beats
//! and hears signals, the same allocator. What it does not have is what is measured: guests, their sandbox, and the way in and out
//! of it.

use std::{f64::consts::PI, sync::mpsc, thread, time::Duration};

use clap::Parser;
use rand::{RngExt as _, SeedableRng as _, rngs::Xoshiro256PlusPlus};
use rush_benches::{Driver, Failure, Result, Work};
use rush_network::{
    End, Error, Field, Heart, HeartSettings, Network, NetworkId, NewTask, Outcome, Registration, Settings,
    TaskKey, Value, Worker, field, fields,
};
use tokio::{
    runtime::{Builder, Handle},
    signal::unix::{SignalKind, signal},
    sync::oneshot,
    task::JoinSet,
};

/// That of the host, so that the difference is not one between allocators.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A native worker loop; `loop` starts it. The URL of Redis is in `REDIS_URL`.
#[derive(Debug, Parser)]
struct Arguments {
    /// Network to work in
    #[arg(long)]
    network: String,
    /// So many workers
    #[arg(long)]
    workers: u32,
    /// Finishes a task and creates the next one in one round trip
    #[arg(long, conflicts_with = "queue")]
    one_trip: bool,
    /// Pops tasks and finishes them
    #[arg(long)]
    queue: bool,
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
    let work = arguments.work();
    let mut workers = JoinSet::new();
    for seed in 0..arguments.workers {
        let worker = network.register(Registration::default()).await?;
        workers.spawn(async move {
            let rng = Xoshiro256PlusPlus::seed_from_u64(seed.into());
            match work {
                Work::TwoTrips => plain(&worker, rng).await?,
                Work::OneTrip => fused(&worker, rng).await?,
                Work::Queue => queue(&worker).await?,
            }
            worker.end(&End::returned()).await
        });
    }
    while let Some(ended) = workers.join_next().await {
        ended.expect("a loop does not panic")?;
    }
    heart.stop().await;
    Ok(())
}

impl Arguments {
    fn work(&self) -> Work {
        match (self.one_trip, self.queue) {
            (_, true) => Work::Queue,
            (true, false) => Work::OneTrip,
            (false, false) => Work::TwoTrips,
        }
    }
}

async fn plain(worker: &Worker, mut rng: Xoshiro256PlusPlus) -> rush_network::Result<()> {
    while !worker.terminated() {
        let point = Point::draw(&mut rng);
        let keys = worker.push_running(&[point.task()]).await?;
        worker.finish(&keys.into_iter().map(|key| point.outcome(key)).collect::<Vec<_>>()).await?;
    }
    Ok(())
}

async fn fused(worker: &Worker, mut rng: Xoshiro256PlusPlus) -> rush_network::Result<()> {
    let mut running: Vec<Outcome> = Vec::new();
    while !worker.terminated() {
        let next = Point::draw(&mut rng);
        let keys = worker.finish_and_push_running(&running, &[next.task()]).await?;
        running = keys.into_iter().map(|key| next.outcome(key)).collect();
    }
    worker.finish(&running).await?;
    Ok(())
}

async fn queue(worker: &Worker) -> rush_network::Result<()> {
    while !worker.terminated() {
        let Some(task) = worker.pop(Duration::from_secs(1)).await? else { continue };
        let point = Point { x1: number(&task.xs, "x1"), x2: number(&task.xs, "x2") };
        worker.finish(&[point.outcome(task.key)]).await?;
    }
    Ok(())
}

fn number(xs: &[Field], name: &str) -> f64 {
    match field(xs, name) {
        Some(Value::Number(number)) => *number,
        _ => f64::NAN,
    }
}

/// Two parameters.
struct Point {
    x1: f64,
    x2: f64,
}

impl Point {
    fn draw(rng: &mut Xoshiro256PlusPlus) -> Self {
        Self { x1: rng.random_range(-5.0..=10.0), x2: rng.random_range(0.0..=15.0) }
    }

    fn task(&self) -> NewTask {
        fields! { "x1" => self.x1, "x2" => self.x2 }.into()
    }

    fn outcome(&self, key: TaskKey) -> Outcome {
        Outcome::new(key, fields! { "y" => branin(self.x1, self.x2) })
    }
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
