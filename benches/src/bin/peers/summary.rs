//! What all turns say together.

use rush_benches::{Cell, Claim, Machine, Report, Spread, Table};

use crate::{
    Arguments,
    peer::{Peer, packages},
    turn::Turn,
};

/// Ours in one round beside R rush with as many workers: tasks a second.
const R_RUSH_WORKERS: u32 = 4;
const TARGET_R_RUSH: f64 = 20.0;
/// What R rush 1.2 did on a machine of this kind when it was looked at last: workers, and tasks a second.
const RECORDED: [(u32, f64); 2] = [(1, 646.0), (4, 1_381.0)];

/// All turns of one peer with so many workers.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) peer: Peer,
    pub(crate) workers: u32,
    pub(crate) turns: Vec<Turn>,
}

/// How long it took one of them to read all finished tasks; empty for those that cannot.
#[derive(Debug)]
pub(crate) struct Readings {
    pub(crate) peer: Peer,
    pub(crate) milliseconds: Vec<f64>,
}

impl Series {
    fn over(&self, figure: impl Fn(&Turn) -> f64) -> Spread {
        Spread::over(&self.turns, figure)
    }

    /// A figure of each turn of ours beside the one of this in the same round.
    fn beside(&self, ours: &Self, figure: impl Fn(&Turn, &Turn) -> f64) -> Spread {
        let pairs = ours.turns.iter().zip(&self.turns);
        Spread::of(&pairs.map(|(ours, other)| figure(ours, other)).collect::<Vec<_>>())
    }

    fn times(&self, ours: &Self) -> Spread {
        self.beside(ours, |ours, other| ours.tasks_per_second / other.tasks_per_second)
    }
}

/// Tables, the claim, and what must be known to read them.
pub(crate) fn report(
    arguments: &Arguments,
    machine: Machine,
    r_rush: Option<Result<String, &'static str>>,
    series: &[Series],
    readings: &[Readings],
) -> Report {
    let mut report = Report::new("peers", machine);
    report.setting("rounds", arguments.rounds);
    report.setting("window ms", arguments.window);
    report.setting("trials", arguments.tasks);
    report.setting("jobs", arguments.jobs);
    let takes_part = |peer: Peer| series.iter().any(|series| series.peer == peer);
    let (optuna, rq) = (takes_part(Peer::Optuna), takes_part(Peer::RqSimple) || takes_part(Peer::RqFork));
    for (package, version) in packages().filter(|_| optuna || rq) {
        report.setting(package, version);
    }
    report.table(work(series));
    report.table(read(arguments.tasks, readings));
    match r_rush {
        Some(Ok(version)) => report.setting("R rush", version),
        Some(Err(why)) => report.note(recorded(why, series)),
        None => {}
    }
    let of_r_rush = |series: &&Series| series.peer == Peer::RRush && series.workers == R_RUSH_WORKERS;
    if let Some(other) = series.iter().find(of_r_rush) {
        let times = ours(series, R_RUSH_WORKERS).map_or_else(|| Spread::of(&[]), |ours| other.times(ours));
        let what = format!("peers, {R_RUSH_WORKERS} workers: tasks/s, times R rush's");
        report.claim(Claim::at_least(what, times, TARGET_R_RUSH));
    }
    report.note(
        "All over TCP. Workers of rush-host are in one process, those of the others are processes; memory is their share of it (PSS), \
         processor time that of the workers and of their children.",
    );
    if optuna {
        report.note(
            "Optuna: RandomSampler, one study that is empty at first. Each worker reads what all others have written, so a trial costs \
             more the more workers and trials there are.",
        );
    }
    if rq {
        report.note(
            "RQ: jobs are in the queue before, and results are kept one by one, so there is nothing to read together. By default a child \
             process does each job, whose memory is not in the table; SimpleWorker is what RQ's notes on performance call faster.",
        );
    }
    report
}

fn ours(series: &[Series], workers: u32) -> Option<&Series> {
    series.iter().find(|series| series.peer == Peer::RushHost && series.workers == workers)
}

fn work(series: &[Series]) -> Table {
    let mut table =
        Table::new("The Branin function of two drawn numbers, over and over", &["workers", "subject"])
            .column("tasks/s", 0)
            .column("rush-host / it", 1)
            .column("workers' CPU, µs/task", 0)
            .column("it / rush-host", 1)
            .column("Redis CPU, µs/task", 0)
            .column("MiB a worker", 1)
            .column("PING p50 µs", 0);
    for one in series {
        let ours = ours(series, one.workers).filter(|_| one.peer != Peer::RushHost);
        let more = |ours| one.beside(ours, |ours, other| other.worker_micros / ours.worker_micros);
        table.push(
            [one.workers.to_string(), one.peer.to_string()],
            vec![
                one.over(|turn| turn.tasks_per_second).into(),
                ours.map(|ours| one.times(ours)).into(),
                one.over(|turn| turn.worker_micros).into(),
                ours.map(more).into(),
                one.over(|turn| turn.redis_micros).into(),
                one.over(|turn| turn.mebibytes).into(),
                one.over(|turn| turn.ping_micros).into(),
            ],
        );
    }
    table
}

fn read(tasks: u32, readings: &[Readings]) -> Table {
    let title = format!("Reading {tasks} finished tasks, by a process that knows nothing yet");
    let mut table = Table::new(title, &["subject"]).column("ms", 1).column("it / rush-host", 1);
    let ours = readings.iter().find(|readings| readings.peer == Peer::RushHost);
    for one in readings.iter().filter(|readings| !readings.milliseconds.is_empty()) {
        let times = ours.filter(|_| one.peer != Peer::RushHost).map(|ours| {
            let pairs = one.milliseconds.iter().zip(&ours.milliseconds);
            Spread::of(&pairs.map(|(other, ours)| other / ours).collect::<Vec<_>>())
        });
        table.push([one.peer.to_string()], vec![Spread::of(&one.milliseconds).into(), Cell::from(times)]);
    }
    table
}

/// What is known of R rush where it is not measured.
fn recorded(why: &str, series: &[Series]) -> String {
    let beside = |(workers, recorded): (u32, f64)| {
        let measured = ours(series, workers)?.over(|turn| turn.tasks_per_second).median;
        let (times, plural) = (measured / recorded, if workers == 1 { "" } else { "s" });
        Some(format!(
            "{recorded} tasks/s with {workers} worker{plural} (rush-host now: {times:.1} times as many)"
        ))
    };
    let tasks: Vec<_> = RECORDED.into_iter().filter_map(beside).collect();
    let tasks = if tasks.is_empty() { String::new() } else { format!("{}; ", tasks.join(", ")) };
    format!(
        "R rush was skipped: {why}. Recorded on this kind of machine, with R rush 1.2, not in this run: {tasks}5.1 s to read 100,000 finished \
         tasks, 1.2 s until 4 workers have registered, 78 MB a worker."
    )
}
