//! What does it cost to look at what others have finished: all of it, what is new, and handing it to a guest as columns?
//!
//! The reference of reading all is a plain pipelined HMGET of the same hashes, nothing decoded; that of one new task is PING by the same
//! client. The guest is `tests/guests/examples/columns.rs`, run in this process by `rush_runtime`.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::Parser;
use redis::pipe;
use rush_benches::{
    Failure, Machine, Native, Result, Spread, print_json, print_line, print_table, test_guest, verdict,
};
use rush_network::{Fields, FinishedTask, Network, Parts, Registration, State, fields};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, GuestContext, Plugin, PreparedLoop, Settings, Unheard,
};
use serde::Serialize;

/// Measures fetching.
#[derive(Debug, Parser)]
struct Arguments {
    /// Finished tasks of two parameters and one result
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 10_000, 100_000])]
    tasks: Vec<u32>,
    /// Turns of each
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    /// Tasks that are finished and fetched one by one, in each round
    #[arg(long, default_value_t = 300)]
    news: u32,
    /// How often a guest asks for the columns of 10,000 tasks with 5 parameters, in each round
    #[arg(long, default_value_t = 50)]
    times: u32,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

const NETWORK: &str = "fetch";
const CHUNK: usize = 10_000;
/// The targets.
const COLD_TARGET: (u32, f64) = (100_000, 400.0);
const NEW_TARGET: (f64, f64) = (1.5, 30.0);
const COLUMNS_TARGET_MS: f64 = 4.0;
/// What R rush takes for 100,000 tasks, and for one new among them, on this kind of machine (design §10).
const R_RUSH_MS: (f64, f64) = (5_100.0, 6.0);

/// One round for one size.
struct Round {
    cold_ms: f64,
    floor_ms: f64,
    new_micros: f64,
    ping_micros: f64,
}

#[derive(Debug, Serialize)]
struct Row {
    tasks: u32,
    cold_ms: Spread,
    floor_ms: Spread,
    of_floor: Spread,
    /// p50 of each round.
    new_micros: Spread,
    ping_micros: Spread,
    /// What the cache holds for each task, in bytes.
    bytes_per_task: usize,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    rows: Vec<Row>,
    /// Five columns of 10,000 numbers, natively and in a guest.
    native_columns_ms: Spread,
    guest_columns_ms: Spread,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (mut native, machine) = Native::start()?;
    let mut rows = Vec::new();
    for &tasks in &arguments.tasks {
        native.server.clear()?;
        fill(&native, tasks, |index| fields! { "x1" => f64::from(index), "x2" => 7.5 })?;
        let bytes_per_task = memory(&native, tasks)?;
        let mut rounds = Vec::new();
        for round in 1..=arguments.rounds {
            let one = look(&native, arguments.news)?;
            print_line(format!(
                "{tasks} tasks, round {round} of {}: cold {:.1} ms, floor {:.1} ms, one new {:.0} µs, PING {:.0} µs",
                arguments.rounds, one.cold_ms, one.floor_ms, one.new_micros, one.ping_micros
            ));
            rounds.push(one);
        }
        let series = |figure: fn(&Round) -> f64| Spread::over(&rounds, figure);
        rows.push(Row {
            tasks,
            cold_ms: series(|round| round.cold_ms),
            floor_ms: series(|round| round.floor_ms),
            of_floor: series(|round| round.cold_ms / round.floor_ms),
            new_micros: series(|round| round.new_micros),
            ping_micros: series(|round| round.ping_micros),
            bytes_per_task,
        });
    }
    let (native, guest) = columns(&mut native, &arguments)?;
    let report = Report {
        machine,
        rounds: arguments.rounds,
        rows,
        native_columns_ms: Spread::of(&native),
        guest_columns_ms: Spread::of(&guest),
    };
    if arguments.json {
        return print_json(&report);
    }
    report.print();
    Ok(())
}

/// Stores finished tasks.
fn fill(native: &Native, tasks: u32, xs: impl Fn(u32) -> Fields) -> Result<()> {
    let network = native.connect(NETWORK)?;
    let all: Vec<_> = (0..tasks).map(|index| finished(xs(index), f64::from(index))).collect();
    for chunk in all.chunks(CHUNK) {
        native.runtime.block_on(network.push_finished(chunk))?;
    }
    Ok(())
}

fn finished(xs: Fields, y: f64) -> FinishedTask {
    FinishedTask { xs, ys: fields! { "y" => y }, ..FinishedTask::default() }
}

/// All of it with a cache that knows nothing, the floor, then one by one.
fn look(native: &Native, news: u32) -> Result<Round> {
    let (reader, writer) = (native.connect(NETWORK)?, native.connect(NETWORK)?);
    // Connections that are made when first needed are not what is measured.
    native.runtime.block_on(reader.tasks(&[State::Running]))?;
    let begun = Instant::now();
    let table = native.runtime.block_on(reader.fetch(&[State::Finished], Parts::ALL))?;
    let cold_ms = begun.elapsed().as_secs_f64() * 1e3;

    let mut connection = native.server.connection();
    let keys: Vec<String> = redis::cmd("LRANGE")
        .arg(format!("{NETWORK}:finished_tasks"))
        .arg(0)
        .arg(-1)
        .query(&mut connection)?;
    let begun = Instant::now();
    for keys in keys.chunks(1_000) {
        let mut pipeline = pipe();
        for key in keys {
            pipeline.cmd("HMGET").arg(key).arg(&[
                "worker_id",
                "xs",
                "ys",
                "xs_extra",
                "ys_extra",
                "condition",
            ]);
        }
        let values: Vec<redis::Value> = pipeline.query(&mut connection)?;
        std::hint::black_box(values);
    }
    let floor_ms = begun.elapsed().as_secs_f64() * 1e3;

    let client = redis::Client::open(native.server.url())?;
    let (trips, pings) = native.runtime.block_on(async {
        let mut connection = client.get_multiplexed_async_connection().await?;
        let (mut trips, mut pings) = (Vec::new(), Vec::new());
        for index in 0..news {
            writer.push_finished(&[finished(fields! { "x1" => 0.5, "x2" => 7.5 }, f64::from(index))]).await?;
            let begun = Instant::now();
            let seen = reader.fetch(&[State::Finished], Parts::ALL).await?;
            trips.push(begun.elapsed().as_secs_f64() * 1e6);
            debug_assert_eq!(seen.len(), table.len() + index as usize + 1, "the cache knows all");
            let begun = Instant::now();
            redis::cmd("PING").exec_async(&mut connection).await?;
            pings.push(begun.elapsed().as_secs_f64() * 1e6);
        }
        Ok::<_, Failure>((trips, pings))
    })?;
    Ok(Round {
        cold_ms,
        floor_ms,
        new_micros: Spread::of(&trips).median,
        ping_micros: Spread::of(&pings).median,
    })
}

/// What the cache of a process holds for each task.
fn memory(native: &Native, tasks: u32) -> Result<usize> {
    let reader = native.connect(NETWORK)?;
    let table = native.runtime.block_on(reader.fetch(&[State::Finished], Parts::ALL))?;
    let bytes: usize = table.chunks().map(|(_, bytes)| bytes).sum();
    Ok(bytes / (tasks as usize).max(1))
}

/// Five columns of 10,000 tasks, natively and in a guest, in milliseconds.
fn columns(native: &mut Native, arguments: &Arguments) -> Result<(Vec<f64>, Vec<f64>)> {
    native.server.clear()?;
    fill(native, 10_000, |index| {
        (1..=5).flat_map(|x| fields! { format!("x{x}") => f64::from(index * x) }).collect()
    })?;
    let network = native.connect(NETWORK)?;
    let table =
        native.runtime.block_on(network.fetch(&[State::Finished], Parts { ys: false, ..Parts::ALL }))?;
    let guest = Guest::new(&network)?;
    let (mut natively, mut in_guest) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        let begun = Instant::now();
        for _ in 0..arguments.times {
            for name in ["x1", "x2", "x3", "x4", "x5"] {
                std::hint::black_box(table.numbers(name).map_err(rush_network::Error::from)?);
            }
        }
        natively.push(begun.elapsed().as_secs_f64() * 1e3 / f64::from(arguments.times));
        // Starting, fetching and ending are the same in both.
        let without = guest.run(native, 0)?;
        let with = guest.run(native, arguments.times)?;
        in_guest.push((with.as_secs_f64() - without.as_secs_f64()) * 1e3 / f64::from(arguments.times));
        print_line(format!(
            "10,000 × 5, round {round} of {}: {:.3} ms natively, {:.3} ms in a guest",
            arguments.rounds,
            natively[natively.len() - 1],
            in_guest[in_guest.len() - 1]
        ));
    }
    Ok((natively, in_guest))
}

/// The guest that asks for columns.
struct Guest {
    network: Network,
    prepared: PreparedLoop,
}

impl Guest {
    fn new(network: &Network) -> Result<Self> {
        let path = test_guest("columns")?;
        let bytes = fs::read(&path).map_err(Failure::system(format!("read {}", path.display())))?;
        let plugin = Plugin::worker_loop("columns.wasm", bytes)?;
        let engine = Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default())?;
        let prepared = PreparedLoop::new(&engine, &Compiler::without_cache(), &plugin, &Settings::default())?;
        Ok(Self { network: network.clone(), prepared })
    }

    fn run(&self, native: &Native, times: u32) -> Result<Duration> {
        native.runtime.block_on(async {
            let worker = self.network.register(Registration::default()).await?;
            let args = serde_json::json!({ "times": times }).to_string();
            let context = GuestContext { args: args.into(), ..GuestContext::new(1) };
            let begun = Instant::now();
            let end = self.prepared.run(worker.clone(), context, Arc::new(Unheard), None).await;
            let took = begun.elapsed();
            worker.end(&end).await?;
            match end.kind {
                rush_network::EndKind::Returned => Ok(took),
                _ => Err(Failure::Guest { message: end.message }),
            }
        })
    }
}

impl Report {
    fn print(&self) {
        let cells = |row: &Row| {
            let cold = if row.tasks == COLD_TARGET.0 {
                format!("≤ {:.0} {}", COLD_TARGET.1, verdict(row.cold_ms.median <= COLD_TARGET.1))
            } else {
                String::new()
            };
            let limit = NEW_TARGET.0.mul_add(row.ping_micros.median, NEW_TARGET.1);
            vec![
                row.tasks.to_string(),
                format!("{:.1}", row.cold_ms),
                cold,
                format!("{:.1}", row.floor_ms),
                format!("{:.2}", row.of_floor),
                format!("{:.0}", row.new_micros),
                format!("≤ {limit:.0} {}", verdict(row.new_micros.median <= limit)),
                format!("{:.0}", row.ping_micros),
                row.bytes_per_task.to_string(),
            ]
        };
        let header = [
            "finished tasks",
            "cold ms",
            "target",
            "pipelined HMGET ms",
            "cold / HMGET",
            "one new, p50 µs",
            "target",
            "PING p50 µs",
            "cache bytes/task",
        ];
        print_table(&header, 0, &self.rows.iter().map(cells).collect::<Vec<_>>());
        let columns = [
            vec!["natively".to_owned(), format!("{:.3}", self.native_columns_ms), String::new()],
            vec![
                "in a guest".to_owned(),
                format!("{:.3}", self.guest_columns_ms),
                format!(
                    "≤ {COLUMNS_TARGET_MS:.0} {}",
                    verdict(self.guest_columns_ms.median <= COLUMNS_TARGET_MS)
                ),
            ],
        ];
        print_table(&["10,000 tasks × 5 numbers, as columns", "ms", "target"], 1, &columns);
        print_line(format!(
            "Medians (least … greatest). R rush takes {:.0} ms for 100,000 cold and {:.0} ms for one new (recorded on this kind of \
             machine, not in this run).",
            R_RUSH_MS.0, R_RUSH_MS.1
        ));
    }
}
