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
    Cell, Claim, Failure, Machine, Measured, OutputArguments, Report, Result, Server, Spread, Stored, Table,
    host, print_line, store, test_guest,
};

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
    #[command(flatten)]
    output: OutputArguments,
}

const PATIENCE: Duration = Duration::from_mins(2);
/// Long enough that what starting left to do is done.
const REST: Duration = Duration::from_secs(3);
const NETWORK: &str = "idle";
/// The targets are for so many.
const TARGET_WORKERS: u32 = 1_000;
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
    report(machine, &arguments, &ones, &manies).finish(&arguments.output)
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

fn report(machine: Machine, arguments: &Arguments, ones: &[Look], manies: &[Look]) -> Report {
    let Arguments { workers, rounds, seconds, guest, .. } = arguments;
    let mut report = Report::new("idle", machine);
    report.setting("rounds", rounds);
    report.setting("looked at for", format!("{seconds} s"));
    report.setting("loop", guest);
    let mut table = Table::new("Workers of one process that wait in `pop`", &["workers"])
        .column("connections", 0)
        .column("commands/s", 0)
        .column("Redis, % of a core", 2)
        .column("host, % of a core", 2)
        .column("MiB", 1)
        .column("MiB a worker", 3)
        .column("PING p50 µs", 0);
    let more = f64::from(workers - 1);
    let pairs = ones.iter().zip(manies);
    let each: Vec<f64> = pairs.map(|(one, many)| (many.memory - one.memory) / more / MIB).collect();
    let each = Spread::of(&each);
    for (workers, looks, each) in [(1, ones, None), (*workers, manies, Some(each))] {
        let spread = |figure: fn(&Look) -> f64| Spread::over(looks, figure);
        let cells: Vec<Cell> = vec![
            spread(|look| look.connections).into(),
            spread(|look| look.commands_per_second).into(),
            spread(|look| look.redis_percent).into(),
            spread(|look| look.host_percent).into(),
            spread(|look| look.memory / MIB).into(),
            each.into(),
            spread(|look| look.ping_micros).into(),
        ];
        table.push([workers.to_string()], cells);
    }
    report.table(table);
    if *workers == TARGET_WORKERS {
        let what = |figure| format!("idle: {workers} workers, {figure}");
        let spread = |figure: fn(&Look) -> f64| Spread::over(manies, figure);
        let connections = spread(|look| look.connections);
        report.claim(Claim::at_most(what("connections"), connections, CONNECTIONS_TARGET).decimals(0));
        let redis = spread(|look| look.redis_percent);
        report.claim(Claim::at_most(what("Redis, % of a core"), redis, REDIS_CPU_TARGET_PERCENT).decimals(2));
        report.claim(Claim::at_most(what("MiB a worker"), each, MEMORY_TARGET_MIB).decimals(3));
    }
    report.note(
        "Commands within scripts count. MiB is the process's share of memory (PSS); MiB a worker is what all but the first add to it, in the \
         same round.",
    );
    report
}
