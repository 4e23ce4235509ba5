//! How soon does a worker hear that it should end, and how soon is it noticed that one has died?
//!
//! Workers of `rush-host run`, each in a host process of its own. A native client asks them to end, or kills them, one after the other, or
//! their processes are killed; and looks at what can be seen from outside, every 0.2 ms.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use clap::Parser;
use rush_benches::{
    Failure, Machine, Measured, Native, Result, Spread, host, print_json, print_line, print_table,
    test_guest, verdict,
};
use rush_network::{Network, WorkerInfo, WorkerState};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;

/// Measures how fast workers end.
#[derive(Debug, Parser)]
struct Arguments {
    /// Runs of each
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Workers in a run that wait for tasks; of those that compute there are as many as cores
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,
}

const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_micros(200);
/// Between two workers, so that the end of one is not in the figure of the next.
const REST: Duration = Duration::from_millis(50);
const NETWORK: &str = "signal";

/// What is done to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Terminate,
    Kill,
    Die,
}

impl Act {
    const ALL: [Self; 3] = [Self::Terminate, Self::Kill, Self::Die];

    fn what(self) -> &'static str {
        match self {
            Self::Terminate => "terminate a worker that waits, until it is `terminated`",
            Self::Kill => "kill a worker that computes, until its process is gone",
            Self::Die => "SIGKILL of a host process, until its worker is `lost`",
        }
    }

    /// The loop of the workers: one that waits for tasks, or one that never calls the host.
    fn guest(self) -> &'static str {
        if self == Self::Kill { "busy" } else { "queue" }
    }

    fn target_ms(self) -> f64 {
        if self == Self::Die { 5.0 } else { 20.0 }
    }
}

#[derive(Debug, Serialize)]
struct Row {
    what: &'static str,
    workers: usize,
    /// Of all workers of all rounds.
    ms: Spread,
    target_ms: f64,
    /// The same in round trips that come after silence.
    rested_pings: Spread,
}

#[derive(Debug, Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    rows: Vec<Row>,
    ping_p50_micros: Spread,
    rested_ping_p50_micros: Spread,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (mut native, machine) = Native::start()?;
    let folder = tempfile::tempdir().map_err(Failure::system("make a folder for run files"))?;
    let cores = u32::try_from(machine.cores).unwrap_or(1);
    let mut series: [Vec<f64>; 3] = Default::default();
    let mut in_pings: [Vec<f64>; 3] = Default::default();
    let (mut pings, mut rested) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        for (index, act) in Act::ALL.into_iter().enumerate() {
            native.server.clear()?;
            pings.push(native.server.ping()?);
            let ping = native.server.rested_ping()?;
            rested.push(ping);
            let workers = if act == Act::Kill { cores } else { arguments.workers };
            let millis = turn(&native, folder.path(), act, workers)?;
            print_line(format!(
                "round {round} of {}: {}: {:.1} ms",
                arguments.rounds,
                act.what(),
                Spread::of(&millis)
            ));
            in_pings[index].extend(millis.iter().map(|millis| millis * 1e3 / ping));
            series[index].extend(millis);
        }
    }
    let rows = Act::ALL.into_iter().zip(series.iter().zip(&in_pings)).map(|(act, (millis, pings))| Row {
        what: act.what(),
        workers: millis.len(),
        ms: Spread::of(millis),
        target_ms: act.target_ms(),
        rested_pings: Spread::of(pings),
    });
    let report = Report {
        machine,
        rounds: arguments.rounds,
        rows: rows.collect(),
        ping_p50_micros: Spread::of(&pings),
        rested_ping_p50_micros: Spread::of(&rested),
    };
    if arguments.json {
        return print_json(&report);
    }
    report.print();
    Ok(())
}

/// One run, and what becomes of each of its workers, in milliseconds.
fn turn(native: &Native, folder: &Path, act: Act, workers: u32) -> Result<Vec<f64>> {
    let network = native.connect(NETWORK)?;
    let mut run = start(native, folder, act, workers)?;
    let mut here = Vec::new();
    run.wait_until("register all its workers", PATIENCE, Duration::from_millis(5), || {
        here = native.runtime.block_on(network.workers())?;
        let running = here.iter().filter(|worker| worker.state == WorkerState::Running).count();
        let busy = if act == Act::Kill { native.runtime.block_on(network.counts())?.running } else { 0 };
        Ok(running == workers as usize && (act != Act::Kill || busy == u64::from(workers)))
    })?;
    let mut millis = Vec::new();
    for worker in &here {
        std::thread::sleep(REST);
        let begun = Instant::now();
        apply(native, &network, act, worker)?;
        let mut took = Duration::ZERO;
        let expected = if act == Act::Die { WorkerState::Lost } else { WorkerState::Terminated };
        // The run ends after its last worker, so that it is not asked whether it still runs.
        while took < PATIENCE {
            let done = match act {
                Act::Kill => pid(worker).is_none_or(is_gone),
                Act::Terminate | Act::Die => {
                    let now = native.runtime.block_on(network.worker(&worker.id))?;
                    now.is_some_and(|worker| worker.state == expected)
                }
            };
            took = begun.elapsed();
            if done {
                break;
            }
            std::thread::sleep(PAUSE);
        }
        if took >= PATIENCE {
            return Err(Failure::Late { name: worker.id.to_string(), what: "end", patience: PATIENCE });
        }
        millis.push(took.as_secs_f64() * 1e3);
    }
    run.terminate()?;
    Ok(millis)
}

fn start(native: &Native, folder: &Path, act: Act, workers: u32) -> Result<Measured> {
    let file = folder.join("signal.toml");
    // As Rust writes it, it is a string of TOML, too.
    let component = test_guest(act.guest())?.display().to_string();
    let text = format!(
        "network = \"{NETWORK}\"\n[workers]\ncount = {workers}\nprocesses = {workers}\n[loop]\ncomponent = {component:?}\n"
    );
    fs::write(&file, text).map_err(Failure::system("write a run file"))?;
    let mut command = Command::new(host()?);
    command.arg("run").arg(&file).env("REDIS_URL", native.server.url());
    // What the user has cached or prefers neither helps nor is touched.
    command.env("RUSH_CACHE_DIR", folder.join("cache")).env("XDG_CONFIG_HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Measured::spawn("rush-host run", &mut command)
}

fn apply(native: &Native, network: &Network, act: Act, worker: &WorkerInfo) -> Result<()> {
    match act {
        Act::Terminate => drop(native.runtime.block_on(network.terminate(std::slice::from_ref(&worker.id)))?),
        Act::Kill => drop(native.runtime.block_on(network.kill(&worker.id))?),
        Act::Die => {
            let killed = pid(worker).map_or(Ok(()), |pid| kill_process(pid, Signal::KILL));
            killed.map_err(|error| Failure::system("kill a host process")(error.into()))?;
        }
    }
    Ok(())
}

fn pid(worker: &WorkerInfo) -> Option<Pid> {
    worker.pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw)
}

/// Whether it is dead: its parent may not have asked for its exit status yet.
fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z') || rest.starts_with('X'))
}

impl Report {
    fn print(&self) {
        let cells = |row: &Row| {
            let met = verdict(row.ms.median <= row.target_ms);
            vec![
                row.what.to_owned(),
                row.workers.to_string(),
                format!("{:.1}", row.ms),
                format!("{:.0} {met}", row.target_ms),
                format!("{:.0}", row.rested_pings),
            ]
        };
        print_table(
            &["", "workers", "ms", "target", "PINGs after silence"],
            1,
            &self.rows.iter().map(cells).collect::<Vec<_>>(),
        );
        print_line(format!(
            "Medians (least … greatest) of all workers. PING p50: {:.0} µs one after the other, {:.0} µs after 1 ms of silence. The looks every 0.2 ms are in the figures.",
            self.ping_p50_micros, self.rested_ping_p50_micros
        ));
    }
}
