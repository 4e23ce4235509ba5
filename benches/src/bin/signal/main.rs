//! How soon does a worker hear that it should end, and how soon is it noticed that one has died, or has fallen silent?
//!
//! Workers in host processes of their own. A native client asks them to end, or kills them, one after the other, or their processes are
//! killed or stopped; and looks at what can be seen from outside, every 0.2 ms.

mod ends;
mod silence;

use std::time::Duration;

use clap::Parser;
use rush_benches::{
    Claim, Failure, Native, OutputArguments, Report, Result, Spread, Table, print_line, test_guest,
};
use rush_network::WorkerInfo;
use rustix::process::Pid;

use crate::{ends::Act, silence::Heartbeat};

/// Measures how fast workers end.
#[derive(Debug, Parser)]
struct Arguments {
    /// Runs of each
    #[arg(long, default_value_t = 5)]
    rounds: u32,
    /// Workers in a run that wait for tasks; of those that compute there are as many as cores
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..))]
    workers: u32,
    #[command(flatten)]
    heartbeat: Heartbeat,
    #[command(flatten)]
    output: OutputArguments,
}

const PATIENCE: Duration = Duration::from_mins(1);
const PAUSE: Duration = Duration::from_micros(200);
const NETWORK: &str = "signal";

/// What was measured in all rounds.
#[derive(Debug, Default)]
struct Series {
    /// Milliseconds of each act, of all workers.
    millis: [Vec<f64>; Act::ALL.len()],
    /// The same in round trips that come after silence.
    pings: [Vec<f64>; Act::ALL.len()],
    silences: Vec<silence::Silence>,
    ping_micros: Vec<f64>,
    rested_ping_micros: Vec<f64>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let (mut native, machine) = Native::start()?;
    let folder = tempfile::tempdir().map_err(Failure::system("make a folder for run files"))?;
    let cores = u32::try_from(machine.cores).unwrap_or(1);
    let mut series = Series::default();
    for round in 1..=arguments.rounds {
        let said = |what: &str, millis: &[f64]| {
            print_line(format!(
                "round {round} of {}: {what}: {:.1} ms",
                arguments.rounds,
                Spread::of(millis)
            ));
        };
        for (index, act) in Act::ALL.into_iter().enumerate() {
            native.server.clear()?;
            let rested = series.ping(&mut native)?;
            let workers = if act == Act::Kill { cores } else { arguments.workers };
            let millis = ends::turn(&native, folder.path(), act, workers)?;
            said(act.what(), &millis);
            series.pings[index].extend(millis.iter().map(|millis| millis * 1e3 / rested));
            series.millis[index].extend(millis);
        }
        native.server.clear()?;
        series.ping(&mut native)?;
        let silences = silence::turn(&native, folder.path(), arguments.heartbeat, arguments.workers)?;
        said(silence::WHAT, &silences.iter().map(|silence| silence.millis).collect::<Vec<_>>());
        series.silences.extend(silences);
    }
    let mut report = Report::new("signal", machine);
    report.setting("rounds", arguments.rounds);
    report.setting("workers", arguments.workers);
    arguments.heartbeat.tell(&mut report);
    series.tell(arguments.heartbeat, &mut report);
    report.finish(&arguments.output)
}

impl Series {
    /// What a round trip takes before a turn; answers that of one after silence.
    fn ping(&mut self, native: &mut Native) -> Result<f64> {
        self.ping_micros.push(native.server.ping()?);
        let rested = native.server.rested_ping()?;
        self.rested_ping_micros.push(rested);
        Ok(rested)
    }

    fn tell(&self, heartbeat: Heartbeat, report: &mut Report) {
        let mut table = Table::new("How soon workers end, each by itself", &["what"])
            .column("workers", 0)
            .column("ms", 1)
            .column("PINGs after silence", 0);
        for (act, (millis, pings)) in Act::ALL.into_iter().zip(self.millis.iter().zip(&self.pings)) {
            let spread = Spread::of(millis);
            table.push([act.what()], vec![millis.len().into(), spread.into(), Spread::of(pings).into()]);
            report.claim(Claim::at_most(format!("signal: {}, ms", act.name()), spread, act.target_ms()));
        }
        report.table(table);
        report.table(silence::table(&self.silences, heartbeat));
        report.note(format!(
            "PING p50: {:.0} µs one after the other, {:.0} µs after 1 ms of silence. The looks every 0.2 ms are in the figures.",
            Spread::of(&self.ping_micros), Spread::of(&self.rested_ping_micros)
        ));
    }
}

/// The process of a worker.
fn pid(worker: &WorkerInfo) -> Option<Pid> {
    worker.pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw)
}

/// The component that loops of this kind run, as Rust writes it: a string of TOML, too.
fn component(guest: &str) -> Result<String> {
    Ok(format!("{:?}", test_guest(guest)?.display().to_string()))
}
