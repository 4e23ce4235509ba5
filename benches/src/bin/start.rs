//! How long does it take from exec of `rush-host worker` until all its workers are at work?
//!
//! A look at Redis every half millisecond, from outside, so the figures hold everything: loading the program, connecting, reading
//! the configuration and the component, compiling it or mapping its code, making room for the guests, registering, entering each guest
//! until it has pushed a task. Beside them, in turns, the native twin, which has no guests: what it takes is what registering takes.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use clap::Parser;
use rush_benches::{
    Cell, Claim, Cpu, Failure, Machine, Measured, OutputArguments, Report, Result, Server, Spread, Stored,
    Subject, Table, print_line, store, test_guest,
};

/// Measures how fast workers start, and what they hold then.
#[derive(Debug, Parser)]
struct Arguments {
    /// Numbers of workers in one process
    #[arg(long, value_delimiter = ',', default_values_t = [1, 4, 1_000, 5_000])]
    workers: Vec<u32>,
    /// Starts of each
    #[arg(long, default_value_t = 7)]
    rounds: u32,
    #[command(flatten)]
    output: OutputArguments,
}

const PATIENCE: Duration = Duration::from_mins(2);
const LOOK: Duration = Duration::from_micros(500);
const NETWORK: &str = "start";
/// The targets: so many workers in so many milliseconds, from cached code.
const TARGETS: [(u32, f64); 2] = [(4, 50.0), (1_000, 1_000.0)];
/// What a worker may hold, and how many are asked for it.
const MEMORY_TARGET_KIB: f64 = 500_000.0 / KIB;
const MANY: u32 = 1_000;
const KIB: f64 = 1_024.0;

/// What is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `rush-host worker` that has to compile the component.
    Cold,
    /// The same from cached code.
    Cached,
    /// Native workers, which wait in `pop`.
    Twin,
}

/// One start; times in milliseconds.
#[derive(Debug)]
struct Start {
    /// From exec until the set of running workers is complete.
    running: f64,
    /// Until each worker's guest has pushed a task.
    at_work: f64,
    /// Time on the processor of the process until then.
    cpu: f64,
    /// The process's share of memory then, in KiB.
    memory: f64,
    /// Mappings of the process, of which the kernel allows some 65,000.
    mappings: f64,
    ping_micros: f64,
}

/// All starts of one kind with one number of workers.
#[derive(Debug)]
struct Series {
    kind: Kind,
    workers: u32,
    starts: Vec<Start>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut server = Server::start()?;
    let machine = Machine::look(&mut server)?;
    print_line(machine.to_string());
    let series = |kind| move |&workers: &u32| Series { kind, workers, starts: Vec::new() };
    let mut all = vec![series(Kind::Cold)(&1)];
    for workers in &arguments.workers {
        all.extend([Kind::Cached, Kind::Twin].map(|kind| series(kind)(workers)));
    }
    // Of its own, so that what the user has cached neither helps nor is touched.
    let cache = folder()?;
    start(&mut server, Kind::Cold, cache.path(), 1)?;
    for round in 1..=arguments.rounds {
        for Series { kind, workers, starts } in &mut all {
            let empty = (*kind == Kind::Cold).then(folder).transpose()?;
            let start = start(&mut server, *kind, empty.as_ref().unwrap_or(&cache).path(), *workers)?;
            print_line(format!(
                "round {round} of {}, {workers} workers, {}: there after {:.1} ms, {:.0} MiB, {} mappings",
                arguments.rounds,
                kind.name(),
                start.at_work.max(start.running),
                start.memory / KIB,
                start.mappings,
            ));
            starts.push(start);
        }
    }
    report(machine, &arguments, &all).finish(&arguments.output)
}

fn folder() -> Result<tempfile::TempDir> {
    tempfile::tempdir().map_err(Failure::system("make a folder for compiled code"))
}

/// Starts workers in an empty Redis, and ends them again.
fn start(server: &mut Server, kind: Kind, cache: &Path, workers: u32) -> Result<Start> {
    server.clear()?;
    let stored: Stored = store(&server.url(), NETWORK, &test_guest("sleeper")?, &serde_json::json!({}))?;
    let subject = kind.subject();
    let mut command = subject.command(&server.url(), &stored, workers, 1)?;
    command.env("RUSH_CACHE_DIR", cache);
    if kind == Kind::Twin {
        command.arg("--queue");
    }
    let ping_micros = server.ping()?;

    let begun = Instant::now();
    let mut process = Measured::spawn(&subject.to_string(), &mut command)?;
    let (mut running, mut at_work) = (None, None);
    process.wait_until("register all its workers and begin with them", PATIENCE, LOOK, || {
        let (registered, _) = server.running_and_finished(NETWORK)?;
        if registered == u64::from(workers) {
            running.get_or_insert(begun.elapsed());
        }
        let all_began = kind == Kind::Twin || server.running_tasks(NETWORK)? == u64::from(workers);
        if running.is_some() && all_began {
            at_work = Some(begun.elapsed());
        }
        Ok(at_work.is_some())
    })?;
    let cpu = process.cpu()?.since(&Cpu::default());
    let (memory, mappings) = (process.memory()?, mappings(&process)?);
    let status = process.terminate()?;
    // `rush-host` tells the signal, 143; the twin does not.
    if status.code() != Some(if subject.is_host() { 143 } else { 0 }) {
        return Err(Failure::Ended { name: subject.to_string(), status });
    }
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(Start {
        running: running.map_or(f64::NAN, millis),
        at_work: at_work.filter(|_| kind != Kind::Twin).map_or(f64::NAN, millis),
        cpu: millis(cpu),
        memory: float(memory) / KIB,
        mappings: float(mappings),
        ping_micros,
    })
}

/// How many mappings the process has.
fn mappings(process: &Measured) -> Result<u64> {
    let file = format!("/proc/{}/maps", process.pid());
    let text = fs::read_to_string(&file).map_err(Failure::system(format!("read {file}")))?;
    Ok(text.lines().count() as u64)
}

#[expect(clippy::cast_precision_loss, reason = "no process has that many bytes")]
fn float(count: u64) -> f64 {
    count as f64
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Cold => "wasm, to be compiled",
            Self::Cached => "wasm, from cached code",
            Self::Twin => "twin",
        }
    }

    fn subject(self) -> Subject {
        let text = if self == Self::Twin { "twin" } else { "wasm" };
        text.parse().expect("both are subjects")
    }
}

fn report(machine: Machine, arguments: &Arguments, all: &[Series]) -> Report {
    let mut report = Report::new("start", machine);
    report.setting("rounds", arguments.rounds);
    let mut table =
        Table::new("From exec until all workers of one process are there", &["workers", "subject"])
            .column("all running ms", 1)
            .column("all at work ms", 1)
            .column("host CPU until then ms", 1)
            .column("MiB then", 1)
            .column("KiB a worker", 0)
            .column("mappings", 0)
            .column("PING p50 µs", 0);
    for series in all {
        let Series { kind, workers, starts } = series;
        let spread = |figure: fn(&Start) -> f64| Spread::over(starts, figure);
        let running = spread(|start| start.running);
        let each = per_worker(all, series);
        let cells: Vec<Cell> = vec![
            running.into(),
            spread(|start| start.at_work).into(),
            spread(|start| start.cpu).into(),
            spread(|start| start.memory / KIB).into(),
            each.into(),
            spread(|start| start.mappings).into(),
            spread(|start| start.ping_micros).into(),
        ];
        table.push([workers.to_string(), kind.name().to_owned()], cells);
        if *kind != Kind::Cached {
            continue;
        }
        if let Some((_, millis)) = TARGETS.iter().find(|(count, _)| count == workers) {
            report.claim(Claim::at_most(format!("start: {workers} workers running, ms"), running, *millis));
        }
        if let (MANY, Some(each)) = (*workers, each) {
            let what = format!("start: memory of {workers} workers, KiB each");
            report.claim(Claim::at_most(what, each, MEMORY_TARGET_KIB.floor()).decimals(0));
        }
    }
    report.table(table);
    report.note(
        "Workers of `wasm` are at work when each guest has pushed a task; then they wait in `pop`, as those of the twin do, which register one \
         after the other. The looks every 0.5 ms are in the figures; time on the processor of the child that compiles is not. A worker's KiB is \
         what all but the first add to the process's share of memory (PSS), at the moment when all are there. Linux allows a process 65,530 \
         mappings (`vm.max_map_count`).",
    );
    report
}

/// What each worker beyond the first of a process adds to its memory, in the same round.
fn per_worker(all: &[Series], series: &Series) -> Option<Spread> {
    let one = all.iter().find(|other| other.kind == series.kind && other.workers == 1)?;
    let more = series.workers.checked_sub(1).filter(|more| *more > 0)?;
    let pairs = series.starts.iter().zip(&one.starts);
    Some(Spread::of(
        &pairs.map(|(many, one)| (many.memory - one.memory) / f64::from(more)).collect::<Vec<_>>(),
    ))
}
