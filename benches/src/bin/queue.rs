//! What does a queue cost: pushing many tasks in one call, and waking a worker that waits for one?
//!
//! Natively, on `rush_network`: what guests ask for is the same calls. The reference of pushing is the wire floor: the same hashes and lists
//! written by a pipeline without scripts and without checks; that of waking is PING.

use std::time::{Duration, Instant};

use clap::Parser;
use redis::pipe;
use rush_benches::{
    Failure, Machine, Native, Result, Server, Spread, print_json, print_line, print_table, verdict,
};
use rush_network::{Codec as _, Fields, Heart, HeartSettings, MessagePack, NewTask, Registration, fields};
use serde::Serialize;

/// Measures the queue.
#[derive(Debug, Parser)]
struct Arguments {
    /// Tasks pushed in one call
    #[arg(long, default_value_t = 10_000)]
    tasks: u32,
    /// Turns of each
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// Tasks pushed one by one to a worker that waits, in each round
    #[arg(long, default_value_t = 500)]
    wakes: u32,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

const NETWORK: &str = "queue";
/// The targets: seconds for 10,000 tasks in one call; PINGs until a waiting pop has its task.
const PUSH_TARGET_MS: f64 = 150.0;
const WAKE_TARGET_PINGS: f64 = 4.0;
/// What R rush takes for 10,000 tasks on this kind of machine (design §10).
const R_RUSH_PUSH_MS: f64 = 890.0;

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    tasks: u32,
    push_ms: Spread,
    push_redis_cpu_ms: Spread,
    floor_ms: Spread,
    floor_redis_cpu_ms: Spread,
    /// Pushing, as a multiple of the wire floor's.
    of_floor: Spread,
    wake_p50_micros: Spread,
    wake_p99_micros: Spread,
    ping_p50_micros: Spread,
    rested_ping_p50_micros: Spread,
    wake_p50_pings: Spread,
    wake_p50_rested_pings: Spread,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (mut native, machine) = Native::start()?;
    let tasks: Vec<NewTask> = (0..arguments.tasks).map(|index| point(index).into()).collect();

    let mut pushes = Vec::new();
    let mut floors = Vec::new();
    let mut wakes = Vec::new();
    for round in 1..=arguments.rounds {
        pushes.push(push(&mut native, &tasks)?);
        floors.push(floor(&mut native.server, &tasks)?);
        wakes.push(wake(&mut native, arguments.wakes)?);
        let (push, floor, wake) =
            (&pushes[pushes.len() - 1], &floors[floors.len() - 1], &wakes[wakes.len() - 1]);
        print_line(format!(
            "round {round} of {}: push {:.0} ms, floor {:.0} ms, wake p50 {:.0} µs, PING {:.0} µs",
            arguments.rounds, push.0, floor.0, wake.p50, wake.ping
        ));
    }
    let report = Report {
        machine,
        rounds: arguments.rounds,
        tasks: arguments.tasks,
        push_ms: Spread::over(&pushes, |push| push.0),
        push_redis_cpu_ms: Spread::over(&pushes, |push| push.1),
        floor_ms: Spread::over(&floors, |floor| floor.0),
        floor_redis_cpu_ms: Spread::over(&floors, |floor| floor.1),
        of_floor: Spread::over(&pushes.iter().zip(&floors).collect::<Vec<_>>(), |(push, floor)| {
            push.0 / floor.0
        }),
        wake_p50_micros: Spread::over(&wakes, |wake| wake.p50),
        wake_p99_micros: Spread::over(&wakes, |wake| wake.p99),
        ping_p50_micros: Spread::over(&wakes, |wake| wake.ping),
        rested_ping_p50_micros: Spread::over(&wakes, |wake| wake.rested_ping),
        wake_p50_pings: Spread::over(&wakes, |wake| wake.p50 / wake.ping),
        wake_p50_rested_pings: Spread::over(&wakes, |wake| wake.p50 / wake.rested_ping),
    };
    if arguments.json {
        return print_json(&report);
    }
    report.print();
    Ok(())
}

fn point(index: u32) -> Fields {
    fields! { "x1" => f64::from(index) * 0.001, "x2" => 7.5 }
}

/// Pushes all tasks in one call, in milliseconds, with those of Redis on the processor.
fn push(native: &mut Native, tasks: &[NewTask]) -> Result<(f64, f64)> {
    native.server.clear()?;
    let network = native.connect(NETWORK)?;
    // The first large call opens the connection for what is large.
    native.runtime.block_on(network.push(&tasks[..tasks.len().min(300)], None))?;
    let Native { server, runtime } = native;
    timed(server, || Ok(runtime.block_on(network.push(tasks, None)).map(drop)?))
}

/// The same keys and bytes in one pipeline, nothing checked.
fn floor(server: &mut Server, tasks: &[NewTask]) -> Result<(f64, f64)> {
    server.clear()?;
    let mut connection = server.connection();
    timed(server, || {
        let mut pipeline = pipe();
        let mut keys = Vec::with_capacity(tasks.len());
        for (index, task) in tasks.iter().enumerate() {
            let key = format!("00000000-0000-4000-8000-{index:012}");
            pipeline.cmd("HSET").arg(&key).arg("xs").arg(MessagePack.encode_fields(&task.xs)).ignore();
            keys.push(key);
        }
        for keys in keys.chunks(1_000) {
            pipeline.cmd("RPUSH").arg(format!("{NETWORK}:all_tasks")).arg(keys).ignore();
            pipeline.cmd("LPUSH").arg(format!("{NETWORK}:queued_tasks")).arg(keys).ignore();
        }
        Ok(pipeline.exec(&mut connection)?)
    })
}

fn timed(server: &mut Server, work: impl FnOnce() -> Result<()>) -> Result<(f64, f64)> {
    let before = server.progress(NETWORK)?.cpu;
    let begun = Instant::now();
    work()?;
    let millis = begun.elapsed().as_secs_f64() * 1e3;
    let cpu = server.progress(NETWORK)?.cpu.saturating_sub(before);
    Ok((millis, cpu.as_secs_f64() * 1e3))
}

struct Wake {
    p50: f64,
    p99: f64,
    ping: f64,
    /// A round trip of the same client that comes after a millisecond of silence, as a push to a waiting worker does: with the time in
    /// which threads and Redis wake up.
    rested_ping: f64,
}

/// From calling push in one process's network until the pop that waits in another's has its task, in microseconds.
fn wake(native: &mut Native, wakes: u32) -> Result<Wake> {
    native.server.clear()?;
    let ping = native.server.ping()?;
    let (manager, workers) = (native.connect(NETWORK)?, native.connect(NETWORK)?);
    let client = redis::Client::open(native.server.url())?;
    let (mut trips, rested) = native.runtime.block_on(async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        let heart = Heart::start(&workers, HeartSettings::default()).await?;
        let worker = workers.register(Registration::default()).await?;
        let (mut trips, mut rested) = (Vec::new(), Vec::new());
        for index in 0..wakes {
            let waiting = tokio::spawn({
                let worker = worker.clone();
                async move { worker.pop(Duration::from_secs(10)).await.map(|task| (task, Instant::now())) }
            });
            // Long enough that the pop has looked in vain and waits, and that all have gone to sleep.
            tokio::time::sleep(Duration::from_millis(1)).await;
            let begun = Instant::now();
            redis::cmd("PING").exec_async(&mut connection).await?;
            rested.push(begun.elapsed().as_secs_f64() * 1e6);
            tokio::time::sleep(Duration::from_millis(1)).await;
            let begun = Instant::now();
            manager.push(&[point(index).into()], None).await?;
            let (task, there) = waiting.await.expect("popping does not panic")?;
            if task.is_some() {
                trips.push((there - begun).as_secs_f64() * 1e6);
            }
        }
        heart.stop().await;
        Ok::<_, Failure>((trips, rested))
    })?;
    trips.sort_by(f64::total_cmp);
    let percentile = |of: usize| trips.get(trips.len() * of / 100).copied().unwrap_or(f64::NAN);
    Ok(Wake { p50: percentile(50), p99: percentile(99), ping, rested_ping: Spread::of(&rested).median })
}

impl Report {
    fn print(&self) {
        let rows = [
            (
                "push in one call, ms",
                &self.push_ms,
                format!("≤ {PUSH_TARGET_MS:.0}"),
                verdict(self.push_ms.median <= PUSH_TARGET_MS),
            ),
            ("the same, Redis CPU ms", &self.push_redis_cpu_ms, String::new(), ""),
            ("wire floor, ms", &self.floor_ms, String::new(), ""),
            ("wire floor, Redis CPU ms", &self.floor_redis_cpu_ms, String::new(), ""),
            ("push / wire floor", &self.of_floor, String::new(), ""),
            ("push to a waiting pop, p50 µs", &self.wake_p50_micros, String::new(), ""),
            ("push to a waiting pop, p99 µs", &self.wake_p99_micros, String::new(), ""),
            ("PING p50 µs, one after the other", &self.ping_p50_micros, String::new(), ""),
            ("PING p50 µs, after 1 ms of silence", &self.rested_ping_p50_micros, String::new(), ""),
            ("push to a waiting pop, PINGs one after the other", &self.wake_p50_pings, String::new(), ""),
            (
                "push to a waiting pop, PINGs after silence",
                &self.wake_p50_rested_pings,
                format!("≤ {WAKE_TARGET_PINGS:.0}"),
                verdict(self.wake_p50_rested_pings.median <= WAKE_TARGET_PINGS),
            ),
        ];
        let cells = rows.map(|(what, figure, target, verdict)| {
            vec![what.to_owned(), format!("{figure:.1}"), format!("{target} {verdict}").trim().to_owned()]
        });
        print_table(
            &[&format!("{} tasks of 2 parameters", self.tasks), "median (least … greatest)", "target"],
            1,
            &cells,
        );
        print_line(format!(
            "R rush takes {R_RUSH_PUSH_MS:.0} ms for 10,000 (recorded on this kind of machine, not in this run)."
        ));
    }
}
