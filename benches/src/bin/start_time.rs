//! How long does it take from exec of `rush-host worker` until all its workers are running, from cached code?
//!
//! A look at the set of running workers every half millisecond, from outside, so the figure holds everything: loading the program,
//! connecting, reading the configuration and the component, mapping the code, making room for the guests, registering.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use rush_benches::{
    Failure, Machine, Measured, Result, Server, Spread, Stored, host, print_json, print_line, print_table,
    store, test_guest,
};
use serde::Serialize;

/// Measures how fast workers start.
#[derive(Debug, Parser)]
struct Arguments {
    /// Numbers of workers
    #[arg(long, value_delimiter = ',', default_values_t = [4, 1_000])]
    workers: Vec<u32>,
    /// Starts of each
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

const PATIENCE: Duration = Duration::from_mins(1);
const NETWORK: &str = "start-time";
/// The targets: so many workers in so many milliseconds.
const TARGETS: [(u32, f64); 2] = [(4, 100.0), (1_000, 2_000.0)];

/// One start, in milliseconds.
#[derive(Debug)]
struct Start {
    registered: f64,
    first_task: f64,
    cpu: f64,
    ping_micros: f64,
}

#[derive(Debug, Serialize)]
struct Row {
    workers: u32,
    /// From exec until the set of running workers is complete.
    running_ms: Spread,
    /// From exec until the first task is finished: guests are at work.
    first_task_ms: Spread,
    /// Time on the processor of the host process until then.
    host_cpu_ms: Spread,
    ping_p50_micros: Spread,
    target_ms: Option<f64>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    rows: Vec<Row>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut server = Server::start()?;
    let machine = Machine::look(&mut server)?;
    print_line(machine.to_string());
    // Of its own, so that what the user has cached neither helps nor is touched.
    let cache = tempfile::tempdir().map_err(Failure::system("make a folder for compiled code"))?;
    let cold = start(&mut server, cache.path(), 1)?;
    print_line(format!("1 worker that compiles its component: {:.0} ms", cold.registered));
    let mut rows = Vec::new();
    for &workers in &arguments.workers {
        let mut starts = Vec::new();
        for round in 1..=arguments.rounds {
            let start = start(&mut server, cache.path(), workers)?;
            print_line(format!(
                "{workers} workers, round {round} of {}: running after {:.1} ms, first task after {:.1} ms",
                arguments.rounds, start.registered, start.first_task
            ));
            starts.push(start);
        }
        rows.push(Row::new(workers, &starts));
    }
    let report = Report { machine, rounds: arguments.rounds, rows };
    if arguments.json {
        return print_json(&report);
    }
    report.print();
    Ok(())
}

/// Starts workers in an empty Redis, and ends them again.
fn start(server: &mut Server, cache: &std::path::Path, workers: u32) -> Result<Start> {
    server.clear()?;
    let args = serde_json::json!({ "lower": [-5.0, 0.0], "upper": [10.0, 15.0] });
    let Stored { network, config } = store(&server.url(), NETWORK, &test_guest("inline_search")?, &args)?;
    let ping_micros = server.ping()?;
    let mut command = Command::new(host()?);
    command.args(["worker", "--network", &network, "--config", &config, "--workers", &workers.to_string()]);
    command.env("REDIS_URL", server.url()).env("RUSH_CACHE_DIR", cache).stdin(Stdio::null());

    let begun = Instant::now();
    let mut process = Measured::spawn("rush-host worker", &mut command)?;
    let (mut registered, mut first_task) = (None, None);
    process.wait_until(
        "register all its workers and finish a task",
        PATIENCE,
        Duration::from_micros(500),
        || {
            let (running, finished) = server.running_and_finished(NETWORK)?;
            let now = begun.elapsed();
            if running == u64::from(workers) {
                registered.get_or_insert(now);
            }
            if finished > 0 {
                first_task.get_or_insert(now);
            }
            Ok(registered.is_some() && first_task.is_some())
        },
    )?;
    let cpu = process.cpu()?.since(&rush_benches::Cpu::default());
    let status = process.terminate()?;
    if status.code() != Some(143) {
        return Err(Failure::Ended { name: "rush-host worker".to_owned(), status });
    }
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let seen = |time: Option<Duration>| time.map_or(f64::NAN, millis);
    Ok(Start { registered: seen(registered), first_task: seen(first_task), cpu: millis(cpu), ping_micros })
}

impl Row {
    fn new(workers: u32, starts: &[Start]) -> Self {
        let series = |figure: fn(&Start) -> f64| Spread::over(starts, figure);
        Self {
            workers,
            running_ms: series(|start| start.registered),
            first_task_ms: series(|start| start.first_task),
            host_cpu_ms: series(|start| start.cpu),
            ping_p50_micros: series(|start| start.ping_micros),
            target_ms: TARGETS.iter().find(|(count, _)| *count == workers).map(|(_, millis)| *millis),
        }
    }
}

impl Report {
    fn print(&self) {
        let header =
            ["workers", "all running ms", "target", "first task ms", "host CPU until then ms", "PING p50 µs"];
        let cells = |row: &Row| {
            let target = row.target_ms.map_or_else(String::new, |millis| {
                format!("{millis:.0} {}", if row.running_ms.median <= millis { "met" } else { "MISSED" })
            });
            vec![
                row.workers.to_string(),
                format!("{:.1}", row.running_ms),
                target,
                format!("{:.1}", row.first_task_ms),
                format!("{:.1}", row.host_cpu_ms),
                format!("{:.0}", row.ping_p50_micros),
            ]
        };
        print_table(&header, 0, &self.rows.iter().map(cells).collect::<Vec<_>>());
        print_line(
            "Medians (least … greatest), from exec, compiled code cached. The looks every 0.5 ms are in the figures.",
        );
    }
}
