//! What a task costs, by how many there have been.

use std::time::{Duration, Instant};

use redis::cmd;
use rush_benches::{
    Cell, Claim, Cpu, Failure, Measured, Report, Result, Server, Spread, Subject, Table, print_line, store,
    test_guest,
};

#[derive(Debug, clap::Args)]
pub(crate) struct GrowthArguments {
    /// growth: finished tasks at the end
    #[arg(long, default_value_t = 1_000_000)]
    tasks: u64,
    /// growth: workers, in one process
    #[arg(long, default_value_t = 64)]
    workers: u32,
}

const PATIENCE: Duration = Duration::from_mins(5);
/// Of a window this is little, and each look costs Redis some microseconds.
const LOOK: Duration = Duration::from_millis(5);
const NETWORK: &str = "scale";
const SUBJECTS: [&str; 2] = ["twin", "wasm"];
/// The one that the claims are about.
const WASM: usize = 1;
const WINDOWS: u64 = 10;
/// Of the tasks one in so many is finished before the first window begins: the process has started by then.
const WARM_UP: u64 = 100;
/// The targets for the last window, in those of the first.
const TARGET_REDIS: f64 = 1.15;
const TARGET_RATE: f64 = 0.85;

/// One moment.
#[derive(Debug)]
struct Moment {
    at: Instant,
    finished: u64,
    redis: Duration,
    host: Cpu,
    redis_memory: u64,
    host_memory: u64,
}

/// What lies between two moments.
#[derive(Debug)]
struct Window {
    tasks_per_second: f64,
    host_micros: f64,
    redis_micros: f64,
    /// Memory of Redis for a task, since the first window began.
    redis_bytes: f64,
    /// The process's share of memory at the end.
    host_mib: f64,
}

/// All windows of a turn.
type Turn = Vec<Window>;

pub(crate) fn measure(
    server: &mut Server,
    arguments: &GrowthArguments,
    rounds: u32,
    report: &mut Report,
) -> Result<()> {
    let mut turns: [Vec<Turn>; 2] = [Vec::new(), Vec::new()];
    for round in 1..=rounds {
        for (subject, turns) in SUBJECTS.iter().zip(&mut turns) {
            let turn = turn(server, arguments, subject)?;
            if let [first, .., last] = &turn[..] {
                print_line(format!(
                    "growth, round {round} of {rounds}, {subject}: {:.0} tasks/s and {:.1} µs of Redis a task in the first window, {:.0} and \
                     {:.1} in the last, {:.0} bytes of Redis a task",
                    first.tasks_per_second,
                    first.redis_micros,
                    last.tasks_per_second,
                    last.redis_micros,
                    last.redis_bytes
                ));
            }
            turns.push(turn);
        }
    }
    server.clear()?;
    tell(arguments, &turns, report);
    Ok(())
}

/// Starts the subject in an empty Redis, and looks at it whenever another tenth of the tasks is finished.
fn turn(server: &mut Server, arguments: &GrowthArguments, subject: &str) -> Result<Turn> {
    server.clear()?;
    let args = serde_json::json!({ "lower": [-5.0, 0.0], "upper": [10.0, 15.0] });
    let stored = store(&server.url(), NETWORK, &test_guest("inline_search")?, &args)?;
    let name = subject;
    let subject: Subject = subject.parse().expect("all are subjects");
    let mut command = subject.command(&server.url(), &stored, arguments.workers, 1)?;
    let mut process = Measured::spawn(name, &mut command)?;
    let begin = arguments.tasks / WARM_UP;
    let borders = (0..=WINDOWS).map(|window| begin + arguments.tasks * window / WINDOWS);
    let moments = borders.map(|border| moment(server, &mut process, border)).collect::<Result<Vec<_>>>()?;
    let status = process.terminate()?;
    // `rush-host` tells the signal, 143; the twin does not.
    if status.code() != Some(if subject.is_host() { 143 } else { 0 }) {
        return Err(Failure::Ended { name: name.to_owned(), status });
    }
    Ok(moments.windows(2).map(|pair| Window::between(&moments[0], &pair[0], &pair[1])).collect())
}

/// Waits until so many tasks are finished.
fn moment(server: &mut Server, process: &mut Measured, border: u64) -> Result<Moment> {
    let mut progress = server.progress(NETWORK)?;
    process.wait_until("finish enough tasks", PATIENCE, LOOK, || {
        progress = server.progress(NETWORK)?;
        Ok(progress.finished >= border)
    })?;
    let host = process.cpu()?;
    Ok(Moment {
        at: progress.at,
        finished: progress.finished,
        redis: progress.cpu,
        host,
        redis_memory: used_memory(server)?,
        host_memory: process.memory()?,
    })
}

/// Bytes that Redis has allocated.
fn used_memory(server: &Server) -> Result<u64> {
    let info: String = cmd("INFO").arg("memory").query(&mut server.connection())?;
    let bytes = info.lines().find_map(|line| line.strip_prefix("used_memory:")?.trim().parse().ok());
    Ok(bytes.unwrap_or(0))
}

impl Window {
    fn between(start: &Moment, before: &Moment, after: &Moment) -> Self {
        let tasks = float(after.finished - before.finished);
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / tasks;
        let grown = float(after.redis_memory) - float(start.redis_memory);
        Self {
            tasks_per_second: tasks / after.at.duration_since(before.at).as_secs_f64(),
            host_micros: micros(after.host.since(&before.host)),
            redis_micros: micros(after.redis.saturating_sub(before.redis)),
            redis_bytes: grown / float(after.finished - start.finished),
            host_mib: float(after.host_memory) / 1_048_576.0,
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody finishes 2^53 tasks, or has as many bytes")]
fn float(count: u64) -> f64 {
    count as f64
}

fn tell(arguments: &GrowthArguments, turns: &[Vec<Turn>; 2], report: &mut Report) {
    report.setting("tasks", arguments.tasks);
    let title = format!("{} workers while {} tasks are finished", arguments.workers, arguments.tasks);
    let mut table = Table::new(title, &["finished", "subject"])
        .column("tasks/s", 0)
        .column("of the twin", 2)
        .column("host µs/task", 1)
        .column("Redis µs/task", 1)
        .column("Redis bytes/task so far", 0)
        .column("host MiB", 0);
    for window in 0..usize::try_from(WINDOWS).unwrap_or_default() {
        let percent = 100 * (window + 1) as u64 / WINDOWS;
        for (name, series) in SUBJECTS.iter().zip(turns) {
            let spread = |figure: fn(&Window) -> f64| Spread::over(series, |turn| figure(&turn[window]));
            let of_the_twin = (*name != SUBJECTS[0]).then(|| {
                let pairs = series.iter().zip(&turns[0]);
                let rate = |turn: &Turn| turn[window].tasks_per_second;
                Spread::of(&pairs.map(|(turn, twin)| rate(turn) / rate(twin)).collect::<Vec<_>>())
            });
            let cells: Vec<Cell> = vec![
                spread(|window| window.tasks_per_second).into(),
                of_the_twin.into(),
                spread(|window| window.host_micros).into(),
                spread(|window| window.redis_micros).into(),
                spread(|window| window.redis_bytes).into(),
                spread(|window| window.host_mib).into(),
            ];
            table.push([format!("{percent} %"), (*name).to_owned()], cells);
        }
    }
    report.table(table);
    let last_of_first = |figure: fn(&Window) -> f64| {
        Spread::over(&turns[WASM], |turn| match &turn[..] {
            [first, .., last] => figure(last) / figure(first),
            _ => f64::NAN,
        })
    };
    let what = |figure| {
        format!("scale: {figure} of the last tenth of {} tasks, in those of the first", arguments.tasks)
    };
    let redis = last_of_first(|window| window.redis_micros);
    report.claim(Claim::at_most(what("Redis µs/task"), redis, TARGET_REDIS).decimals(2));
    let rate = last_of_first(|window| window.tasks_per_second);
    report.claim(Claim::at_least(what("tasks/s"), rate, TARGET_RATE).decimals(2));
}
