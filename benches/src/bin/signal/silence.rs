//! Host processes that are stopped: nobody is their parent, as it is with another machine, so only their heartbeats tell.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use redis::cmd;
use rush_benches::{Failure, Measured, Native, Report, Result, Spread, Stored, Table, host, store_run};
use rush_network::{Network, WorkerId, WorkerInfo, WorkerState};
use rustix::process::{Signal, kill_process};

use crate::{NETWORK, PATIENCE, PAUSE, component, pid};

pub(crate) const WHAT: &str = "SIGSTOP of a host process, until its worker is `lost`";
/// Who judges others must have been on time for `expire` and this long: as long as another one may need to come back to Redis.
const COME_BACK: Duration = Duration::from_secs(1);

/// `[heartbeat]` of the run whose processes are stopped.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Heartbeat {
    /// Milliseconds between two beats of a host process
    #[arg(long, default_value_t = 200, value_name = "MS")]
    period: u32,
    /// Milliseconds for which a heartbeat lives, at least two periods: all are stopped before the first is lost
    #[arg(long, default_value_t = 1_000, value_name = "MS")]
    expire: u32,
}

impl Heartbeat {
    pub(crate) fn tell(self, report: &mut Report) {
        report.setting("heartbeat period", format_args!("{} ms", self.period));
        report.setting("expire", format_args!("{} ms", self.expire));
    }

    /// Nobody can be noticed later than this: stopped right after a beat, and looked at right before it expired.
    fn latest_ms(self) -> f64 {
        f64::from(self.period) + f64::from(self.expire)
    }
}

/// One worker, from the stop of its process until it is lost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Silence {
    pub(crate) millis: f64,
    /// The part of it before its heartbeat expired.
    beating_millis: f64,
}

/// One host process that watches, and so many that are stopped: at moments that are spread over a period, by the beats of their own and by
/// those of the one that watches.
pub(crate) fn turn(
    native: &Native,
    folder: &Path,
    heartbeat: Heartbeat,
    workers: u32,
) -> Result<Vec<Silence>> {
    let network = native.connect(NETWORK)?;
    let stored = store(native, heartbeat)?;
    let (period, expire) =
        (Duration::from_millis(heartbeat.period.into()), Duration::from_millis(heartbeat.expire.into()));
    let mut processes = vec![start(native, folder, &stored)?];
    // By itself: it leaves compiled code to the others, and must be on time for long enough.
    wait_for(native, &network, &mut processes[0], 1)?;
    let watching = Instant::now();
    for _ in 0..workers {
        processes.push(start(native, folder, &stored)?);
        std::thread::sleep(period / workers);
    }
    let watcher = u64::from(processes[0].pid());
    let here = wait_for(native, &network, &mut processes[0], workers as usize + 1)?;
    std::thread::sleep((expire + COME_BACK + 2 * period).saturating_sub(watching.elapsed()));
    let mut stopped = Vec::new();
    let mut connection = native.server.connection();
    // The last first: in the same order each would be as far from its last beat.
    for worker in here.into_iter().rev().filter(|worker| worker.pid.map(u64::from) != Some(watcher)) {
        stop(&worker)?;
        let begun = Instant::now();
        let key = format!("{NETWORK}:{}:heartbeat", worker.id);
        let beating_millis: f64 = cmd("PTTL").arg(key).query(&mut connection)?;
        stopped.push(Stopped { worker: worker.id, begun, beating_millis });
        std::thread::sleep(period / workers);
    }
    watch(native, &network, stopped)
}

/// A worker whose process was stopped.
struct Stopped {
    worker: WorkerId,
    begun: Instant,
    beating_millis: f64,
}

/// Looks until all of them are lost.
fn watch(native: &Native, network: &Network, mut stopped: Vec<Stopped>) -> Result<Vec<Silence>> {
    let begun = Instant::now();
    let mut silences = Vec::new();
    while let Some(first) = stopped.first() {
        if begun.elapsed() > PATIENCE {
            let name = first.worker.to_string();
            return Err(Failure::Late { name, what: "be lost", patience: PATIENCE });
        }
        let ids: Vec<_> = stopped.iter().map(|stopped| stopped.worker.clone()).collect();
        let found = native.runtime.block_on(network.workers_of(&ids))?;
        let now = Instant::now();
        stopped.retain(|stopped| {
            let lost = |info: &WorkerInfo| info.id == stopped.worker && info.state == WorkerState::Lost;
            let lost = found.iter().any(lost);
            if lost {
                let millis = now.duration_since(stopped.begun).as_secs_f64() * 1e3;
                silences.push(Silence { millis, beating_millis: stopped.beating_millis });
            }
            !lost
        });
        std::thread::sleep(PAUSE);
    }
    Ok(silences)
}

fn store(native: &Native, heartbeat: Heartbeat) -> Result<Stored> {
    let Heartbeat { period, expire } = heartbeat;
    let text = format!(
        "network = \"{NETWORK}\"\n[heartbeat]\nperiod = \"{period}ms\"\nexpire = \"{expire}ms\"\n[loop]\ncomponent = {}\n",
        component("queue")?
    );
    store_run(&native.server.url(), &text)
}

/// A host process with one worker.
fn start(native: &Native, folder: &Path, stored: &Stored) -> Result<Measured> {
    let mut command = Command::new(host()?);
    command.args(["worker", "--config", &stored.config, "--network", &stored.network, "--workers", "1"]);
    command.env("REDIS_URL", native.server.url());
    command.env("RUSH_CACHE_DIR", folder.join("cache")).env("XDG_CONFIG_HOME", folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    Measured::spawn("rush-host worker", &mut command)
}

/// The workers, once there are so many.
fn wait_for(
    native: &Native,
    network: &Network,
    process: &mut Measured,
    workers: usize,
) -> Result<Vec<WorkerInfo>> {
    let mut here = Vec::new();
    process.wait_until("see all workers registered", PATIENCE, Duration::from_millis(5), || {
        here = native.runtime.block_on(network.workers())?;
        Ok(here.len() == workers)
    })?;
    Ok(here)
}

/// Stops its process, and sees that it has: a signal takes its time.
fn stop(worker: &WorkerInfo) -> Result<()> {
    let Some(pid) = pid(worker) else { return Ok(()) };
    kill_process(pid, Signal::STOP).map_err(|error| Failure::system("stop a host process")(error.into()))?;
    let file = format!("/proc/{}/stat", pid.as_raw_nonzero());
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let stat = fs::read_to_string(&file).map_err(Failure::system(format!("read {file}")))?;
        // The name, in parentheses, may hold anything.
        if stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('T')) {
            return Ok(());
        }
    }
    Err(Failure::Late { name: worker.id.to_string(), what: "stop", patience: PATIENCE })
}

pub(crate) fn table(silences: &[Silence], heartbeat: Heartbeat) -> Table {
    let after = |silence: &Silence| silence.millis - silence.beating_millis;
    let of_latest = |silence: &Silence| silence.millis / heartbeat.latest_ms();
    Table::new("How soon it is noticed that a host process has fallen silent", &["what"])
        .column("workers", 0)
        .column("ms", 0)
        .column("after its heartbeat had expired, ms", 1)
        .column("of expire + period", 2)
        .row(
            [WHAT],
            vec![
                silences.len().into(),
                Spread::over(silences, |silence| silence.millis).into(),
                Spread::over(silences, after).into(),
                Spread::over(silences, of_latest).into(),
            ],
        )
}
