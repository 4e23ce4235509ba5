//! What do a thousand workers cost that have nothing to do?
//!
//! They wait in `pop`, all in one host process. Beside it, in turns, a process with one such worker: differences between the two are
//! what a worker costs, and what is left is the process's own.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use clap::Parser;
use rush_benches::{
    Failure, Machine, Measured, Result, Server, Spread, Stored, host, print_json, print_line, print_table,
    store, test_guest, verdict,
};
use serde::Serialize;

/// Measures workers that wait.
#[derive(Debug, Parser)]
struct Arguments {
    /// Workers in the process
    #[arg(long, default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(2..))]
    workers: u32,
    /// Turns of each
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Seconds during which they are looked at
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// The loop: `sleeper` waits for a minute in each pop, `queue` for a second
    #[arg(long, default_value = "sleeper")]
    guest: String,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

const PATIENCE: Duration = Duration::from_mins(2);
/// Long enough that what starting left to do is done.
const REST: Duration = Duration::from_secs(3);
const NETWORK: &str = "idle";
const CONNECTIONS_TARGET: f64 = 4.0;
const REDIS_CPU_TARGET_PERCENT: f64 = 1.0;
const MEMORY_TARGET_MIB: f64 = 0.5;

/// One process, looked at for a while.
#[derive(Debug)]
struct Look {
    connections: f64,
    commands_per_second: f64,
    redis_percent: f64,
    host_percent: f64,
    memory: f64,
    ping_micros: f64,
}

#[derive(Debug, Serialize)]
struct Row {
    workers: u32,
    /// Connections of the process to Redis.
    connections: Spread,
    /// Commands in all, those within scripts included.
    commands_per_second: Spread,
    /// Time on the processor, in percent of a core.
    redis_cpu_percent: Spread,
    host_cpu_percent: Spread,
    /// The process's share of memory (PSS).
    memory_mib: Spread,
    ping_p50_micros: Spread,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    seconds: f64,
    guest: String,
    /// One worker, then many.
    rows: [Row; 2],
    /// What each worker beyond the first adds to the process's share of memory.
    memory_per_worker_mib: Spread,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut server = Server::start()?;
    let machine = Machine::look(&mut server)?;
    print_line(machine.to_string());
    let cache = tempfile::tempdir().map_err(Failure::system("make a folder for compiled code"))?;
    let (mut ones, mut manies) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        for (workers, looks) in [(1, &mut ones), (arguments.workers, &mut manies)] {
            let look = look(&mut server, &arguments, cache.path(), workers)?;
            print_line(format!(
                "round {round} of {}: {workers} workers, {:.0} connections, {:.0} commands/s, Redis {:.2} %, host {:.2} %, {:.1} MiB",
                arguments.rounds,
                look.connections,
                look.commands_per_second,
                look.redis_percent,
                look.host_percent,
                look.memory / MIB,
            ));
            looks.push(look);
        }
    }
    let more = f64::from(arguments.workers - 1);
    let each: Vec<f64> =
        ones.iter().zip(&manies).map(|(one, many)| (many.memory - one.memory) / more / MIB).collect();
    let report = Report {
        machine,
        rounds: arguments.rounds,
        seconds: arguments.seconds,
        guest: arguments.guest,
        rows: [Row::new(1, &ones), Row::new(arguments.workers, &manies)],
        memory_per_worker_mib: Spread::of(&each),
    };
    if arguments.json {
        return print_json(&report);
    }
    report.print();
    Ok(())
}

const MIB: f64 = 1_048_576.0;

/// Starts workers in an empty Redis, looks at them for a while, and ends them again.
fn look(server: &mut Server, arguments: &Arguments, cache: &std::path::Path, workers: u32) -> Result<Look> {
    server.clear()?;
    let guest = test_guest(&arguments.guest)?;
    let Stored { network, config } = store(&server.url(), NETWORK, &guest, &serde_json::json!({}))?;
    let ping_micros = server.ping()?;
    let others = server.load()?.connections;
    let mut command = Command::new(host()?);
    command.args(["worker", "--network", &network, "--config", &config, "--workers", &workers.to_string()]);
    command.env("REDIS_URL", server.url()).env("RUSH_CACHE_DIR", cache).stdin(Stdio::null());
    let mut process = Measured::spawn("rush-host worker", &mut command)?;
    process.wait_until("register all its workers", PATIENCE, Duration::from_millis(10), || {
        Ok(server.running_and_finished(NETWORK)?.0 == u64::from(workers))
    })?;
    std::thread::sleep(REST);

    let (redis, host) = (server.load()?, process.cpu()?);
    std::thread::sleep(Duration::from_secs_f64(arguments.seconds));
    let (redis_later, host_later) = (server.load()?, process.cpu()?);
    let memory = process.memory()?;
    process.terminate()?;

    let seconds = (redis_later.at - redis.at).as_secs_f64();
    Ok(Look {
        connections: redis_later.connections - others,
        // But for the one that asks.
        commands_per_second: (redis_later.commands - redis.commands - 1.0) / seconds,
        redis_percent: 100.0 * (redis_later.cpu - redis.cpu) / seconds,
        host_percent: 100.0 * host_later.since(&host).as_secs_f64() / seconds,
        #[expect(clippy::cast_precision_loss, reason = "no process has that many bytes")]
        memory: memory as f64,
        ping_micros,
    })
}

impl Row {
    fn new(workers: u32, looks: &[Look]) -> Self {
        let series = |figure: fn(&Look) -> f64| Spread::over(looks, figure);
        Self {
            workers,
            connections: series(|look| look.connections),
            commands_per_second: series(|look| look.commands_per_second),
            redis_cpu_percent: series(|look| look.redis_percent),
            host_cpu_percent: series(|look| look.host_percent),
            memory_mib: series(|look| look.memory / MIB),
            ping_p50_micros: series(|look| look.ping_micros),
        }
    }
}

impl Report {
    fn print(&self) {
        let header = [
            "workers",
            "connections",
            "commands/s",
            "Redis, % of a core",
            "host, % of a core",
            "MiB",
            "PING p50 µs",
        ];
        let cells = |row: &Row| {
            vec![
                row.workers.to_string(),
                format!("{:.0}", row.connections),
                format!("{:.0}", row.commands_per_second),
                format!("{:.2}", row.redis_cpu_percent),
                format!("{:.2}", row.host_cpu_percent),
                format!("{:.1}", row.memory_mib),
                format!("{:.0}", row.ping_p50_micros),
            ]
        };
        print_table(&header, 0, &self.rows.iter().map(cells).collect::<Vec<_>>());
        let [_, many] = &self.rows;
        for (what, figure, target, unit) in [
            ("connections", many.connections, CONNECTIONS_TARGET, ""),
            ("Redis", many.redis_cpu_percent, REDIS_CPU_TARGET_PERCENT, " % of a core"),
            ("memory per worker", self.memory_per_worker_mib, MEMORY_TARGET_MIB, " MiB"),
        ] {
            let met = verdict(figure.median <= target);
            print_line(format!("{what}: {figure:.3}{unit}, target ≤ {target}{unit}: {met}"));
        }
        print_line(format!("Medians (least … greatest) over {} s, loop `{}`.", self.seconds, self.guest));
    }
}
