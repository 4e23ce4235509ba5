//! One turn of one peer: so many workers, in a Redis that holds nothing else.

use std::{
    thread,
    time::{Duration, Instant},
};

use redis::cmd;
use rush_benches::{Failure, Fleet, Progress, Result, Server, Subject, Window, store, test_guest};

use crate::{
    Arguments,
    peer::{Peer, python, r_script},
    script::Script,
    used::{Used, memory},
};

/// Where ours and R rush keep their tasks.
const NETWORK: &str = "peers";
/// Where RQ keeps the jobs that it has finished.
const FINISHED_JOBS: &str = "rq:finished:peers";
/// How long R rush may take until its first task is finished, and RQ until all jobs are.
const PATIENCE: Duration = Duration::from_mins(1);

/// What was seen of one peer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turn {
    /// Finished by all workers together.
    pub(crate) tasks_per_second: f64,
    /// Time on the processor for a task, of the processes that are the workers, with their children.
    pub(crate) worker_micros: f64,
    /// That of Redis.
    pub(crate) redis_micros: f64,
    /// Memory of those processes, for each worker.
    pub(crate) mebibytes: f64,
    /// Round trip of a PING right before.
    pub(crate) ping_micros: f64,
}

/// Lets it work.
pub(crate) fn turn(server: &mut Server, arguments: &Arguments, peer: Peer, workers: u32) -> Result<Turn> {
    server.clear()?;
    let ping_micros = server.ping()?;
    let mut turn = match peer {
        Peer::RushHost => rush_host(server, arguments.window(), workers, ping_micros)?,
        Peer::RRush => r_rush(server, arguments.window(), workers)?,
        Peer::Optuna => optuna(server, arguments.tasks, workers)?,
        Peer::RqSimple => rq(server, arguments.jobs, workers, "simple")?,
        Peer::RqFork => rq(server, arguments.jobs, workers, "fork")?,
    };
    turn.ping_micros = ping_micros;
    Ok(turn)
}

/// Workers in one process, of which a window is looked at.
fn rush_host(server: &mut Server, window: Window, workers: u32, ping_micros: f64) -> Result<Turn> {
    let subject: Subject = "wasm".parse().expect("it is one");
    let args = serde_json::json!({ "lower": [-5.0, 0.0], "upper": [10.0, 15.0] });
    let stored = store(&server.url(), NETWORK, &test_guest("inline_search")?, &args)?;
    let mut fleet = Fleet::start(&subject, &server.url(), &stored, workers, 1)?;
    let seen = fleet.look(server, window, ping_micros)?;
    let mebibytes = memory(&fleet.pids())? / f64::from(workers);
    fleet.end(server)?;
    Ok(Turn {
        tasks_per_second: seen.tasks_per_second,
        worker_micros: seen.host_micros,
        redis_micros: seen.redis_micros,
        mebibytes,
        ping_micros,
    })
}

/// The same of workers that rush has started, each a process.
fn r_rush(server: &mut Server, window: Window, workers: u32) -> Result<Turn> {
    let mut manager = Script::start("R rush", &mut r_script("work", &server.url(), workers))?;
    let pids = manager.hear("ready")?;
    let pids: Vec<u32> = pids.iter().filter_map(|pid| pid.parse().ok()).collect();
    let begun = Instant::now();
    while server.progress(NETWORK)?.finished == 0 {
        if begun.elapsed() > PATIENCE {
            let name = "R rush".to_owned();
            return Err(Failure::Late { name, what: "finish a task", patience: PATIENCE });
        }
        thread::sleep(Duration::from_millis(5));
    }
    thread::sleep(window.warm_up);
    let before = Look::at(server, &pids)?;
    thread::sleep(window.length);
    let after = Look::at(server, &pids)?;
    let turn = after.since(&before, after.progress.finished - before.progress.finished, &pids)?;
    manager.end()?;
    Ok(turn)
}

/// Processes that make a number of trials together, from the first to the last.
fn optuna(server: &mut Server, trials: u32, workers: u32) -> Result<Turn> {
    let url = server.url();
    Script::start("Optuna", &mut python("optuna_peer.py", "create", &url, 0)?)?.whole()?;
    let each = (trials / workers).max(1);
    let worker = || Script::start("Optuna", &mut python("optuna_peer.py", "work", &url, each)?);
    let mut scripts = (0..workers).map(|_| worker()).collect::<Result<Vec<_>>>()?;
    let (pids, before) = all_at_once(server, &mut scripts)?;
    scripts.iter_mut().try_for_each(|script| script.hear("done").map(drop))?;
    let turn = Look::at(server, &pids)?.since(&before, (each * workers).into(), &pids)?;
    scripts.into_iter().try_for_each(Script::end)?;
    Ok(turn)
}

/// Processes that empty a queue together, from the first job to the last.
fn rq(server: &mut Server, jobs: u32, workers: u32, kind: &str) -> Result<Turn> {
    let url = server.url();
    Script::start("RQ", &mut python("rq_peer.py", "enqueue", &url, jobs)?)?.whole()?;
    let worker = || Script::start("RQ", &mut python("rq_peer.py", kind, &url, 0)?);
    let mut scripts = (0..workers).map(|_| worker()).collect::<Result<Vec<_>>>()?;
    let (pids, before) = all_at_once(server, &mut scripts)?;
    // A worker that finds no more jobs takes a second to end; that is not what is measured.
    let (begun, mut connection) = (Instant::now(), server.connection());
    while cmd("ZCARD").arg(FINISHED_JOBS).query::<u32>(&mut connection)? < jobs {
        if begun.elapsed() > PATIENCE {
            return Err(Failure::Late { name: "RQ".to_owned(), what: "finish all jobs", patience: PATIENCE });
        }
        thread::sleep(Duration::from_millis(2));
    }
    let turn = Look::at(server, &pids)?.since(&before, jobs.into(), &pids)?;
    scripts.iter_mut().try_for_each(|script| script.hear("done").map(drop))?;
    scripts.into_iter().try_for_each(Script::end)?;
    Ok(turn)
}

/// Waits until all of them are ready, looks, and lets them go.
fn all_at_once(server: &mut Server, scripts: &mut [Script]) -> Result<(Vec<u32>, Look)> {
    scripts.iter_mut().try_for_each(|script| script.hear("ready").map(drop))?;
    let pids: Vec<u32> = scripts.iter().map(Script::pid).collect();
    let before = Look::at(server, &pids)?;
    scripts.iter_mut().try_for_each(Script::go)?;
    Ok((pids, before))
}

/// One moment.
#[derive(Debug)]
struct Look {
    progress: Progress,
    used: Used,
}

impl Look {
    fn at(server: &mut Server, pids: &[u32]) -> Result<Self> {
        Ok(Self { progress: server.progress(NETWORK)?, used: Used::by(pids)? })
    }

    /// What so many tasks have cost since.
    fn since(&self, before: &Self, tasks: u64, pids: &[u32]) -> Result<Turn> {
        #[expect(clippy::cast_precision_loss, reason = "nobody finishes 2^53 tasks")]
        let tasks = tasks as f64;
        let micros = |time: Duration| time.as_secs_f64() * 1e6 / tasks;
        Ok(Turn {
            tasks_per_second: tasks / self.progress.at.duration_since(before.progress.at).as_secs_f64(),
            worker_micros: micros(self.used.since(&before.used)),
            redis_micros: micros(self.progress.cpu.saturating_sub(before.progress.cpu)),
            #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 workers")]
            mebibytes: memory(pids)? / pids.len() as f64,
            ping_micros: f64::NAN,
        })
    }
}
