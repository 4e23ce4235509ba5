//! The run file as a whole: as written, and as meant.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::data::{Data, RawData};
use crate::heartbeat::{Heartbeat, RawHeartbeat};
use crate::launcher::{Launcher, RawLauncher};
use crate::launcher_ssh::RawSshLauncher;
use crate::log::{Log, RawLog};
use crate::network_id::NetworkId;
use crate::objective::{Objective, RawObjective};
use crate::output::{Output, RawOutput};
use crate::redis::{RawRedis, Redis};
use crate::report::{RawReport, Report};
use crate::resolve::Resolver;
use crate::spanned::{Span, Text};
use crate::spread::Spread;
use crate::stop::{RawStop, Stop};
use crate::tasks::{RawTasks, Tasks};
use crate::worker_loop::{RawLoop, WorkerLoop};
use crate::workers::{RawWorkers, Workers};

/// One run of workers that share tasks. All paths are relative to the folder of this file.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rush-host run file")]
pub(crate) struct RawRunFile {
    /// Name of the network: 1 to 100 letters, digits and `. _ - { }`. Whoever uses the same name and the same Redis
    /// works on the same tasks. Braces mark a hash tag for Redis Cluster.
    #[schemars(required, extend("examples" = ["branin-random-search"]))]
    pub(crate) network: Option<Text<NetworkId>>,
    /// Where the network lives. Without this table: the user's defaults file, then the environment variable
    /// `REDIS_URL`, then a private Redis that is started for the run.
    pub(crate) redis: Option<RawRedis>,
    /// How many workers there are, and the host processes that carry them.
    pub(crate) workers: Option<RawWorkers>,
    /// Where host processes are started: at most one table below it. Without one: on this machine.
    pub(crate) launcher: Option<RawLauncher>,
    /// How a network notices that a host process is gone.
    pub(crate) heartbeat: Option<RawHeartbeat>,
    /// The worker loop: the program that every worker runs.
    #[schemars(required)]
    pub(crate) r#loop: Option<RawLoop>,
    /// The objective that the loop evaluates: a second component, in a sandbox of its own.
    pub(crate) objective: Option<RawObjective>,
    /// What becomes of a lost worker's tasks, and how large a task may be.
    pub(crate) tasks: Option<RawTasks>,
    /// When the run is over: as soon as one of these holds. Without any, when all loops have returned.
    pub(crate) stop: Option<RawStop>,
    /// What workers store of their messages. Nothing, unless asked for.
    pub(crate) log: Option<RawLog>,
    /// What is too large for Redis.
    pub(crate) data: Option<RawData>,
    /// What is shown at the end of the run. Without this table, counts alone.
    pub(crate) report: Option<RawReport>,
    /// A file with all tasks, written at the end of the run.
    pub(crate) output: Option<RawOutput>,
}

/// A run: read, validated, with defaults in place and paths relative to the working directory.
///
/// Serialised, it holds everything but where it was read from and its Redis, so that no URL and no secret can get into
/// what is stored. Each table is serialisable by itself, too.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunFile {
    /// The file, as it was named.
    #[serde(skip)]
    pub path: PathBuf,
    /// Its folder, from which all paths in it start.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Name of the network.
    pub network: NetworkId,
    /// Where the network lives.
    #[serde(skip)]
    pub redis: Redis,
    /// How many workers, and in how many processes.
    pub workers: Workers,
    /// Where host processes are started.
    pub launcher: Launcher,
    /// How a lost host process is noticed.
    pub heartbeat: Heartbeat,
    /// The program that every worker runs.
    #[serde(rename = "loop")]
    pub worker_loop: WorkerLoop,
    /// The function that the loop evaluates, if it is a component of its own.
    pub objective: Option<Objective>,
    /// What becomes of a lost worker's tasks, and how large a task may be.
    pub tasks: Tasks,
    /// When the run is over.
    pub stop: Stop,
    /// What workers store of their messages.
    pub log: Log,
    /// What is too large for Redis.
    pub data: Data,
    /// What is shown at the end, if more than counts.
    pub report: Option<Report>,
    /// The file that holds the results in the end, if any.
    pub output: Option<Output>,
    /// How many host processes other numbers of workers have.
    #[serde(skip)]
    pub(crate) spread: Spread,
}

impl RawRunFile {
    /// None if something is missing without which there is no run; that is reported by then.
    pub(crate) fn resolve(
        &self,
        path: PathBuf,
        launchers: &[(String, Span)],
        r: &mut Resolver<'_>,
    ) -> Option<RunFile> {
        // All of them first, so that one that fails does not hide the others' mistakes.
        let network = r.parse(self.network.as_ref());
        let redis = self.redis.as_ref().unwrap_or(&RawRedis::default()).resolve(r);
        let isolation = self.r#loop.as_ref().and_then(|raw| raw.isolation.as_ref());
        let ssh = self.launcher.as_ref().and_then(|launcher| launcher.ssh.as_ref());
        let elsewhere = ssh.and_then(RawSshLauncher::workers);
        let workers =
            self.workers.as_ref().unwrap_or(&RawWorkers::default()).resolve(isolation, elsewhere, r);
        if let Some(ssh) = ssh {
            ssh.check_workers(self.workers.as_ref().and_then(|workers| workers.count.as_ref()), r);
        }
        let launcher = self.launcher.as_ref().unwrap_or(&RawLauncher::default()).resolve(launchers, r);
        let heartbeat = self.heartbeat.as_ref().unwrap_or(&RawHeartbeat::default()).resolve(r);
        let tasks = self.tasks.as_ref().unwrap_or(&RawTasks::default()).resolve(r);
        let worker_loop = self.r#loop.as_ref().and_then(|raw| raw.resolve(tasks.max_value, r));
        let objective = self.objective.as_ref().and_then(|raw| raw.resolve(tasks.max_value, r));
        let stop = self.stop.as_ref().unwrap_or(&RawStop::default()).resolve(r);
        let log = self.log.as_ref().unwrap_or(&RawLog::default()).resolve(r);
        let data = self.data.as_ref().unwrap_or(&RawData::default()).resolve(r);
        let report = self.report.as_ref().map(|raw| raw.resolve(r));
        let output = self.output.as_ref().and_then(|raw| raw.resolve(r));
        let asked = self.workers.as_ref().and_then(|raw| raw.processes.as_ref());
        let spread = Spread { asked: asked.map(|processes| processes.value), cores: r.cores };
        let mut run_file = RunFile {
            path,
            folder: r.folder.to_owned(),
            network: network?,
            redis,
            workers,
            launcher,
            heartbeat,
            worker_loop: worker_loop?,
            objective,
            tasks,
            stop,
            log,
            data,
            report,
            output,
            spread,
        };
        run_file.workers.processes = run_file.processes_for(run_file.workers.count);
        Some(run_file)
    }
}
