//! Workers of `rush-host run` that are asked to end, or killed, or whose processes die.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rush_benches::{Failure, Measured, Native, Result, host};
use rush_network::{Network, WorkerInfo, WorkerState};
use rustix::process::{Pid, Signal, kill_process};

use crate::{NETWORK, PATIENCE, PAUSE, component, pid};

/// Between two workers, so that the end of one is not in the figure of the next.
const REST: Duration = Duration::from_millis(50);

/// What is done to a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Terminate,
    Kill,
    Die,
}

impl Act {
    pub(crate) const ALL: [Self; 3] = [Self::Terminate, Self::Kill, Self::Die];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Terminate => "terminate",
            Self::Kill => "kill",
            Self::Die => "dead child",
        }
    }

    pub(crate) fn what(self) -> &'static str {
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

    pub(crate) fn target_ms(self) -> f64 {
        if self == Self::Die { 5.0 } else { 20.0 }
    }
}

/// One run, and what becomes of each of its workers, in milliseconds.
pub(crate) fn turn(native: &Native, folder: &Path, act: Act, workers: u32) -> Result<Vec<f64>> {
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
    let component = component(act.guest())?;
    let text = format!(
        "network = \"{NETWORK}\"\n[workers]\ncount = {workers}\nprocesses = {workers}\n[loop]\ncomponent = {component}\n"
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

/// Whether it is dead: its parent may not have asked for its exit status yet.
fn is_gone(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    // The name, in parentheses, may hold anything.
    stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z') || rest.starts_with('X'))
}
