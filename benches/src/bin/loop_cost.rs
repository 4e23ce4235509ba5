//! What does the loop (push-running, finish) cost as a WebAssembly worker, against a native twin?
//!
//! Real `rush-host worker` processes and the twin take turns on one Redis (A B A B). In each turn the process starts, warms up, and
//! is then looked at twice, a window apart: finished tasks, its time on the processor, and that of Redis. So starting and
//! ending are in no figure.

use std::time::{Duration, Instant};

use clap::Parser;
use rush_benches::{
    Failure, Machine, Measured, Result, Server, Spread, Stored, Subject, print_json, print_line, print_table,
    store, test_guest,
};
use serde::Serialize;

/// Measures the loop as WebAssembly against a native twin.
#[derive(Debug, Parser)]
struct Arguments {
    /// Numbers of workers
    #[arg(long, value_delimiter = ',', default_values_t = [1, 64])]
    workers: Vec<u32>,
    /// Turns of each subject
    #[arg(long, default_value_t = 9)]
    rounds: u32,
    /// What is measured of each turn, in milliseconds
    #[arg(long, default_value_t = 2_000, value_name = "MS")]
    window: u64,
    /// What is left out before, in milliseconds
    #[arg(long, default_value_t = 500, value_name = "MS")]
    warm_up: u64,
    /// What is measured, the reference first: `twin`, `twin:pulse`, `wasm`, `wasm=PATH of a rush-host`, each perhaps with
    /// `@THREADS`
    #[arg(long, value_delimiter = ',', default_values = ["twin", "wasm"])]
    subjects: Vec<Subject>,
    /// Also say which threads were busy
    #[arg(long)]
    threads: bool,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

/// How long a process may take until its first task is finished; the first one may have to compile its component.
const PATIENCE: Duration = Duration::from_mins(1);
const NETWORK: &str = "loop-cost";
/// The targets: more time on the processor of the host for a task than the twin has, and tasks a second of the twin's.
const TARGET_EXTRA_MICROS: f64 = 3.0;
const TARGET_RATE: f64 = 0.9;

/// One look at one subject.
#[derive(Debug)]
struct Turn {
    tasks_per_second: f64,
    host_micros: f64,
    redis_micros: f64,
    /// Round trip of a PING right before.
    ping_micros: f64,
    threads: Vec<(String, f64)>,
}

/// All turns of one subject, and how they compare with those of the reference in the same rounds.
#[derive(Debug, Serialize)]
struct Row {
    workers: u32,
    subject: String,
    tasks_per_second: Spread,
    /// Time on the processor for a task, of the process that carries the workers.
    host_micros_per_task: Spread,
    redis_micros_per_task: Spread,
    ping_p50_micros: Spread,
    rate_of_reference: Spread,
    host_micros_more_than_reference: Spread,
    /// Medians.
    threads_micros_per_task: Vec<(String, f64)>,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    window_ms: u64,
    rows: Vec<Row>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut server = Server::start()?;
    let machine = Machine::look(&mut server)?;
    print_line(machine.to_string());
    let mut rows = Vec::new();
    for &workers in &arguments.workers {
        let mut turns: Vec<Vec<Turn>> = arguments.subjects.iter().map(|_| Vec::new()).collect();
        for round in 1..=arguments.rounds {
            for (subject, turns) in arguments.subjects.iter().zip(&mut turns) {
                let turn = turn(&mut server, &arguments, subject, workers)?;
                print_line(format!(
                    "{workers} workers, round {round} of {}, {subject}: {:.0} tasks/s, {:.1} µs of the host and {:.1} µs of Redis a task, \
                     PING {:.0} µs",
                    arguments.rounds,
                    turn.tasks_per_second,
                    turn.host_micros,
                    turn.redis_micros,
                    turn.ping_micros
                ));
                turns.push(turn);
            }
        }
        let names = arguments.subjects.iter().map(ToString::to_string);
        rows.extend(names.zip(&turns).map(|(name, series)| Row::new(workers, name, series, &turns[0])));
    }
    let report = Report { machine, rounds: arguments.rounds, window_ms: arguments.window, rows };
    if arguments.json {
        return print_json(&report);
    }
    report.print(arguments.threads);
    Ok(())
}

/// Starts the subject in an empty Redis, and looks at it twice.
fn turn(server: &mut Server, arguments: &Arguments, subject: &Subject, workers: u32) -> Result<Turn> {
    server.clear()?;
    let args = serde_json::json!({ "lower": [-5.0, 0.0], "upper": [10.0, 15.0] });
    let stored: Stored = store(&server.url(), NETWORK, &test_guest("inline_search")?, &args)?;
    let ping_micros = server.ping()?;
    let name = subject.to_string();
    let mut process = Measured::spawn(&name, &mut subject.command(&server.url(), &stored, workers)?)?;
    process.wait_until("finish a task", PATIENCE, Duration::from_millis(5), || {
        Ok(server.progress(NETWORK)?.finished > 0)
    })?;
    std::thread::sleep(Duration::from_millis(arguments.warm_up));

    let (before, cpu_before) = (server.progress(NETWORK)?, process.cpu()?);
    std::thread::sleep(Duration::from_millis(arguments.window));
    let (after, cpu_after) = (server.progress(NETWORK)?, process.cpu()?);

    let asked = Instant::now();
    let status = process.terminate()?;
    // `rush-host` tells the signal, 143; the twin does not.
    if status.code() != Some(if subject.is_host() { 143 } else { 0 }) {
        return Err(Failure::Ended { name, status });
    }
    let left = server.running_tasks(NETWORK)?;
    assert_eq!(left, 0, "{name} left running tasks behind {:?} after it was asked to end", asked.elapsed());

    let seconds = after.at.duration_since(before.at).as_secs_f64();
    let tasks = lossless(after.finished.saturating_sub(before.finished));
    let micros = |time: Duration| time.as_secs_f64() * 1e6 / tasks;
    let threads = cpu_after.by_thread(&cpu_before);
    Ok(Turn {
        tasks_per_second: tasks / seconds,
        host_micros: micros(cpu_after.since(&cpu_before)),
        redis_micros: micros(after.cpu.saturating_sub(before.cpu)),
        ping_micros,
        threads: threads.into_iter().map(|(name, used)| (name, micros(used))).collect(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "nobody finishes 2^53 tasks")]
fn lossless(count: u64) -> f64 {
    count as f64
}

impl Row {
    fn new(workers: u32, subject: String, turns: &[Turn], reference: &[Turn]) -> Self {
        let series = |figure: fn(&Turn) -> f64| Spread::over(turns, figure);
        let pairs = |figure: fn(&Turn, &Turn) -> f64| {
            let figures = turns.iter().zip(reference).map(|(turn, reference)| figure(turn, reference));
            Spread::of(&figures.collect::<Vec<_>>())
        };
        Self {
            workers,
            subject,
            tasks_per_second: series(|turn| turn.tasks_per_second),
            host_micros_per_task: series(|turn| turn.host_micros),
            redis_micros_per_task: series(|turn| turn.redis_micros),
            ping_p50_micros: series(|turn| turn.ping_micros),
            rate_of_reference: pairs(|turn, reference| turn.tasks_per_second / reference.tasks_per_second),
            host_micros_more_than_reference: pairs(|turn, reference| {
                turn.host_micros - reference.host_micros
            }),
            threads_micros_per_task: threads(turns),
        }
    }
}

/// The median of each thread's share, the most busy first.
fn threads(turns: &[Turn]) -> Vec<(String, f64)> {
    let mut names: Vec<&String> = turns.iter().flat_map(|turn| &turn.threads).map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    let used = |turn: &Turn, wanted: &String| {
        turn.threads.iter().find(|(name, _)| name == wanted).map_or(0.0, |(_, micros)| *micros)
    };
    let median = |name: &String| Spread::over(turns, |turn| used(turn, name)).median;
    let mut threads: Vec<_> = names.into_iter().map(|name| (name.clone(), median(name))).collect();
    threads.sort_by(|a, b| b.1.total_cmp(&a.1));
    threads
}

/// What rounds say about a target that was met in the worst one, by the median, in the best one.
fn verdict(met: [bool; 3]) -> &'static str {
    match met {
        [true, ..] => "met in every round",
        [false, true, _] => "met by the median, not in every round",
        [false, false, true] => "MISSED by the median, not in every round",
        [false, false, false] => "MISSED in every round",
    }
}

impl Report {
    fn print(&self, with_threads: bool) {
        let header = [
            "workers",
            "subject",
            "tasks/s",
            "of reference",
            "host µs/task",
            "more than reference",
            "Redis µs/task",
            "PING p50 µs",
        ];
        let cells = |row: &Row| {
            vec![
                row.workers.to_string(),
                row.subject.clone(),
                format!("{:.0}", row.tasks_per_second),
                format!("{:.2}", row.rate_of_reference),
                format!("{:.1}", row.host_micros_per_task),
                format!("{:.1}", row.host_micros_more_than_reference),
                format!("{:.1}", row.redis_micros_per_task),
                format!("{:.0}", row.ping_p50_micros),
            ]
        };
        print_table(&header, 2, &self.rows.iter().map(cells).collect::<Vec<_>>());
        print_line(
            "Medians (least … greatest). A host process shares the cores with Redis; judge by µs and ratios.",
        );
        for row in self.rows.iter().filter(|row| row.subject == "wasm") {
            let (extra, rate) = (row.host_micros_more_than_reference, row.rate_of_reference);
            print_line(format!(
                "{} workers: {:+.1} µs a task, target at most {TARGET_EXTRA_MICROS:+.1}: {}; {:.2} of the rate, target at least \
                 {TARGET_RATE}: {}",
                row.workers,
                extra.median,
                verdict([extra.max, extra.median, extra.min].map(|extra| extra <= TARGET_EXTRA_MICROS)),
                rate.median,
                verdict([rate.min, rate.median, rate.max].map(|rate| rate >= TARGET_RATE)),
            ));
        }
        if with_threads {
            for row in &self.rows {
                let threads = row.threads_micros_per_task.iter().filter(|(_, micros)| *micros >= 0.05);
                let threads: Vec<_> = threads.map(|(name, micros)| format!("{name} {micros:.1}")).collect();
                print_line(format!(
                    "{} workers, {}: {} µs/task",
                    row.workers,
                    row.subject,
                    threads.join(", ")
                ));
            }
        }
    }
}
