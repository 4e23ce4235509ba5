//! How much of their time do the workers of a Bayesian optimisation spend evaluating?
//!
//! They do on the network what `plugins/adbo` does (`tests/guests/examples/simulated_adbo.rs`), but choose points without a model, since
//! what fitting one takes is up to whoever wants it. The objective is another component, which sleeps
//! (`tests/guests/examples/naps.rs`): in a real run it computes on cores of its own, and here two cores carry everybody.
//!
//! Each task tells when its steps were done. Asleep is a worker from when the objective fell asleep for as long as it meant to; that it
//! woke late counts as lost.

use std::{
    fmt,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use rush_benches::{
    Cell, Claim, Cpu, Failure, Measured, Report, Result, Server, Spread, Stored, Subject, Table, print_line,
    store_run, test_guest,
};

use crate::naps::{Naps, STEPS};

#[derive(Debug, clap::Args)]
pub(crate) struct AdboArguments {
    /// adbo: workers in all
    #[arg(long, default_value_t = 1_000)]
    adbo_workers: u32,
    /// adbo: numbers of host processes that carry them
    #[arg(long, value_delimiter = ',', default_values_t = [1])]
    processes: Vec<u32>,
    /// adbo: seconds of an evaluation; each takes between half and three halves of them
    #[arg(long, value_delimiter = ',', default_values_t = [10.0, 2.0], value_parser = seconds)]
    evaluation: Vec<f64>,
    /// adbo: seconds during which all are looked at
    #[arg(long, default_value_t = 20.0)]
    window: f64,
}

const PATIENCE: Duration = Duration::from_mins(1);
const NETWORK: &str = "adbo";
/// The target is for so many workers, and for evaluations of so many seconds at least: few for what people optimise, and a hundred tasks a
/// second, each of which looks at a thousand running ones, for two cores that carry all workers and Redis. Shorter ones show where they
/// have no time left.
const TARGET: f64 = 0.99;
const TARGET_WORKERS: u32 = 1_000;
const TARGET_EVALUATION: f64 = 10.0;

/// Evaluations between these parts of `--evaluation`.
const SHORTEST: f64 = 0.5;
const LONGEST: f64 = 1.5;

/// One look at a run.
#[derive(Debug)]
struct Look {
    naps: Naps,
    tasks_per_second: f64,
    host_percent: f64,
    redis_percent: f64,
    host_mib: f64,
    ping_micros: f64,
}

/// What is looked at in the same way in each round.
#[derive(Debug, Clone, Copy)]
struct Setting {
    workers: u32,
    processes: u32,
    evaluation: f64,
}

/// No longer than a process is waited for when it was asked to end.
fn seconds(text: &str) -> std::result::Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "a number of seconds is expected")?;
    if (0.01..=15.0).contains(&seconds) { Ok(seconds) } else { Err("from 0.01 to 15 seconds".to_owned()) }
}

pub(crate) fn measure(
    server: &mut Server,
    arguments: &AdboArguments,
    rounds: u32,
    report: &mut Report,
) -> Result<()> {
    let cache = tempfile::tempdir().map_err(Failure::system("make a folder for compiled code"))?;
    let mut all: Vec<(Setting, Vec<Look>)> = Vec::new();
    for &evaluation in &arguments.evaluation {
        for &processes in &arguments.processes {
            let workers = arguments.adbo_workers;
            all.push((Setting { workers, processes, evaluation }, Vec::new()));
        }
    }
    for round in 1..=rounds {
        for (setting, looks) in &mut all {
            let look = look(server, setting, arguments.window, cache.path())?;
            print_line(format!(
                "adbo, round {round} of {rounds}, {setting}: utilisation {:.4}, {:.0} tasks/s, host {:.1} %, Redis {:.1} % of a core",
                look.naps.utilisation, look.tasks_per_second, look.host_percent, look.redis_percent
            ));
            looks.push(look);
        }
    }
    server.clear()?;
    report.setting("window of adbo", format!("{} s", arguments.window));
    tell(&all, report);
    Ok(())
}

/// Starts all workers in an empty Redis, looks at them for a while, and reads what they have done.
fn look(server: &mut Server, setting: &Setting, window: f64, cache: &Path) -> Result<Look> {
    server.clear()?;
    let stored = store_run(&server.url(), &run_file(setting)?)?;
    let ping_micros = server.ping()?;
    let mut processes = start(server, &stored, setting, cache)?;
    for process in &mut processes {
        process.wait_until("register all workers", PATIENCE, Duration::from_millis(10), || {
            Ok(server.running_and_finished(NETWORK)?.0 == u64::from(setting.workers))
        })?;
    }
    // The first naps take anything up to the longest, so from then on as many end at each moment.
    thread::sleep(Duration::from_secs_f64(setting.evaluation * LONGEST));

    let cpus = |processes: &[Measured]| processes.iter().map(Measured::cpu).collect::<Result<Vec<Cpu>>>();
    let (begin, before, cpu_before) = (now(), server.progress(NETWORK)?, cpus(&processes)?);
    thread::sleep(Duration::from_secs_f64(window));
    let (end, after, cpu_after) = (now(), server.progress(NETWORK)?, cpus(&processes)?);
    let memory = processes.iter().map(Measured::memory).sum::<Result<u64>>()?;

    // Each finishes its task first, so those that were running at the end of the window are read, too.
    let ended: Vec<_> = thread::scope(|scope| {
        let ends: Vec<_> = processes.into_iter().map(|process| scope.spawn(|| process.terminate())).collect();
        ends.into_iter().map(|end| end.join().expect("waiting does not panic")).collect()
    });
    for status in ended {
        let status = status?;
        if status.code() != Some(143) {
            return Err(Failure::Ended { name: "rush-host worker".to_owned(), status });
        }
    }
    let seconds = after.at.duration_since(before.at).as_secs_f64();
    let percent = |time: Duration| 100.0 * time.as_secs_f64() / seconds;
    let host: Duration = cpu_after.iter().zip(&cpu_before).map(|(after, before)| after.since(before)).sum();
    Ok(Look {
        naps: Naps::read(&server.url(), NETWORK, setting.workers, &(begin..end))?,
        tasks_per_second: float(after.finished - before.finished) / seconds,
        host_percent: percent(host),
        redis_percent: percent(after.cpu.saturating_sub(before.cpu)),
        host_mib: float(memory) / 1_048_576.0,
        ping_micros,
    })
}

fn start(server: &Server, stored: &Stored, setting: &Setting, cache: &Path) -> Result<Vec<Measured>> {
    let subject: Subject = "wasm".parse().expect("it is a subject");
    let mut processes = Vec::new();
    for process in 0..setting.processes {
        let more = u32::from(process < setting.workers % setting.processes);
        let workers = setting.workers / setting.processes + more;
        let mut command = subject.command(&server.url(), stored, workers, setting.processes)?;
        command.args(["--allow", "clock"]).env("RUSH_CACHE_DIR", cache);
        processes.push(Measured::spawn("rush-host worker", &mut command)?);
    }
    Ok(processes)
}

/// Both components see the real clock, and nothing else.
fn run_file(Setting { evaluation, .. }: &Setting) -> Result<String> {
    let component = |name| Ok::<_, Failure>(test_guest(name)?.display().to_string());
    let (worker_loop, objective) = (component("simulated_adbo")?, component("naps")?);
    let (shortest, longest) = (evaluation * SHORTEST, evaluation * LONGEST);
    Ok(format!(
        "network = {NETWORK:?}\n\
         [loop]\ncomponent = {worker_loop:?}\nargs = {{ shortest = {shortest:?}, longest = {longest:?} }}\ngrants = {{ clock = true }}\n\
         [objective]\ncomponent = {objective:?}\ngrants = {{ clock = true }}\n"
    ))
}

/// Seconds since 1970, as guests with a clock see them.
fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "nobody finishes 2^53 tasks, or has as many bytes")]
fn float(count: u64) -> f64 {
    count as f64
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { workers, processes, evaluation } = self;
        write!(formatter, "{workers} workers in {processes}, evaluations of {evaluation} s")
    }
}

fn tell(all: &[(Setting, Vec<Look>)], report: &mut Report) {
    let mut table = Table::new(
        "A simulated Bayesian optimisation whose objective sleeps",
        &["workers", "processes", "an evaluation, s"],
    )
    .column("utilisation", 4)
    .column("tasks/s", 0)
    .column("host, % of a core", 1)
    .column("host ms/task", 2)
    .column("Redis, % of a core", 1)
    .column("Redis ms/task", 2)
    .column("finished at the end", 0)
    .column("host MiB", 0)
    .column("PING p50 µs", 0);
    let mut steps = Table::new(
        "What else such a worker does for a task, ms",
        &["workers", "processes", "an evaluation, s", "step"],
    )
    .column("mean", 3)
    .column("p50", 3)
    .column("p99", 3)
    .column("% of a worker's time", 3);
    for (setting, looks) in all {
        let Setting { workers, processes, evaluation } = setting;
        let labels = [workers.to_string(), processes.to_string(), evaluation.to_string()];
        let spread = |figure: &dyn Fn(&Look) -> f64| Spread::over(looks, figure);
        let utilisation = spread(&|look| look.naps.utilisation);
        let cells: Vec<Cell> = vec![
            utilisation.into(),
            spread(&|look| look.tasks_per_second).into(),
            spread(&|look| look.host_percent).into(),
            spread(&|look| 10.0 * look.host_percent / look.tasks_per_second).into(),
            spread(&|look| look.redis_percent).into(),
            spread(&|look| 10.0 * look.redis_percent / look.tasks_per_second).into(),
            spread(&|look| look.naps.tasks).into(),
            spread(&|look| look.host_mib).into(),
            spread(&|look| look.ping_micros).into(),
        ];
        table.push(labels.clone(), cells);
        for (at, step) in STEPS.iter().enumerate() {
            let cells: Vec<Cell> = vec![
                spread(&|look| look.naps.steps[at].mean).into(),
                spread(&|look| look.naps.steps[at].p50).into(),
                spread(&|look| look.naps.steps[at].p99).into(),
                spread(&|look| look.naps.steps[at].percent).into(),
            ];
            steps.push(labels.iter().cloned().chain([(*step).to_owned()]), cells);
        }
        if *workers == TARGET_WORKERS && *evaluation >= TARGET_EVALUATION {
            let what = format!(
                "scale: {workers} workers in {processes} with evaluations of {evaluation} s, utilisation"
            );
            report.claim(Claim::at_least(what, utilisation, TARGET).decimals(4));
        }
    }
    report.table(table);
    report.table(steps);
    report.note(
        "In the simulated optimisation each iteration fetches all running and finished tasks as columns, as `plugins/adbo` does; fitting a \
         model is left out. Asleep counts as long as it was meant to be, and waking late as lost. Two cores carry all workers and Redis: what \
         an iteration takes of them, times workers, is the shortest evaluation that they have time for; the shorter ones are there to show that.",
    );
}
