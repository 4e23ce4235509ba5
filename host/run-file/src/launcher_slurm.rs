//! `[launcher.slurm]`: host processes as jobs of a cluster.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bytes::ByteSize;
use crate::duration::Duration;
use crate::error::Mistake;
use crate::finding::Finding;
use crate::path::{Name, PathThere, WrittenPath};
use crate::resolve::Resolver;
use crate::slurm_directive::{Directive, DirectiveValue};
use crate::slurm_time::SlurmTime;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

/// What `--signal` of sbatch counts, in seconds.
const MOST_BEFORE: u64 = 65_535;

/// Starts host processes as an array of jobs of Slurm, one for each. The workers need a Redis that they reach: a private one is
/// refused.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "slurm")]
pub(crate) struct RawSlurmLauncher {
    /// Partition.
    pub(crate) partition: Option<Text<DirectiveValue>>,
    /// Account.
    pub(crate) account: Option<Text<DirectiveValue>>,
    /// Quality of service.
    pub(crate) qos: Option<Text<DirectiveValue>>,
    /// Time limit of a job, as Slurm writes it: minutes, hours:minutes:seconds, days-hours.
    #[schemars(extend("examples" = ["01:00:00"]))]
    pub(crate) time: Option<Text<SlurmTime>>,
    /// Cores for each host process. Unless `workers.processes` is set, it carries as many workers.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) cpus: Option<At<u32>>,
    /// Memory for each host process.
    pub(crate) memory: Option<Text<ByteSize>>,
    /// Generic resources, such as GPUs.
    #[schemars(extend("examples" = ["gpu:1"]))]
    pub(crate) gres: Option<Text<DirectiveValue>>,
    /// Features that a node must have.
    pub(crate) constraint: Option<Text<DirectiveValue>>,
    /// How many jobs of the array may run at once.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) array_limit: Option<At<u32>>,
    /// Lines of shell that run before the host process, in a login shell of bash.
    #[schemars(extend("examples" = [["module load gcc"]]))]
    pub(crate) prologue: Option<Vec<Text<Name>>>,
    /// Further directives, each without `#SBATCH`.
    #[schemars(extend("examples" = [["--exclusive"]]))]
    pub(crate) directives: Option<Vec<Text<Directive>>>,
    /// Folder for the jobs' scripts and output, which all nodes see. Default: `.rush/<network>/slurm` beside the run file.
    pub(crate) log: Option<Text<WrittenPath>>,
    /// Path of `rush-host` on the nodes. Default: that of this `rush-host`.
    pub(crate) program: Option<Text<PathThere>>,
    /// Copy this `rush-host` beside the run file first, under a name made from its content, for folders that all nodes see.
    #[schemars(extend("default" = false))]
    pub(crate) copy: Option<At<bool>>,
    /// Path, on the nodes, of a file that holds the URL of Redis, readable by its owner alone. Default: one is written beside the
    /// run file.
    pub(crate) redis_file: Option<Text<PathThere>>,
    /// So long before the time limit workers are asked to end after their task. Default: `stop.grace` and ten seconds, at least 30 s, but
    /// not more than half of `time`.
    pub(crate) end_before: Option<Text<Duration>>,
}

/// Resolved `[launcher.slurm]`; none means that Slurm decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlurmLauncher {
    /// Partition.
    pub partition: Option<String>,
    /// Account.
    pub account: Option<String>,
    /// Quality of service.
    pub qos: Option<String>,
    /// Time limit of a job.
    pub time: Option<SlurmTime>,
    /// Cores for each host process.
    pub cpus: Option<u32>,
    /// Memory for each host process.
    pub memory: Option<ByteSize>,
    /// Generic resources, such as GPUs.
    pub gres: Option<String>,
    /// Features that a node must have.
    pub constraint: Option<String>,
    /// How many jobs of the array may run at once.
    pub array_limit: Option<u32>,
    /// Lines of shell that run before the host process.
    pub prologue: Vec<String>,
    /// Further directives, each without `#SBATCH`.
    pub directives: Vec<String>,
    /// Folder for the jobs' scripts and output. Default: `slurm` beside the network's private data.
    pub log: Option<PathBuf>,
    /// Path of `rush-host` on the nodes. Default: that of this `rush-host`.
    pub program: Option<String>,
    /// Whether this `rush-host` is copied beside the network's private data first.
    pub copy: bool,
    /// Path on the nodes of a file with the URL of Redis. Default: one is written beside the network's private data.
    pub redis_file: Option<String>,
    /// So long before the time limit workers are asked to end. Default: `stop.grace` and ten seconds, but not more than half of `time`.
    pub end_before: Option<Duration>,
}

impl RawSlurmLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> SlurmLauncher {
        self.check(r);
        let directives = self.directives.iter().flatten();
        SlurmLauncher {
            partition: r.parse(self.partition.as_ref()).map(|value| value.0),
            account: r.parse(self.account.as_ref()).map(|value| value.0),
            qos: r.parse(self.qos.as_ref()).map(|value| value.0),
            time: r.parse(self.time.as_ref()),
            cpus: self.cpus.as_ref().map(|cpus| cpus.value),
            memory: r.parse(self.memory.as_ref()),
            gres: r.parse(self.gres.as_ref()).map(|value| value.0),
            constraint: r.parse(self.constraint.as_ref()).map(|value| value.0),
            array_limit: self.array_limit.as_ref().map(|limit| limit.value),
            prologue: r.names(self.prologue.as_ref()),
            directives: directives.filter_map(|line| r.parse(Some(line))).map(|line| line.0).collect(),
            log: r.path(self.log.as_ref()),
            program: r.parse(self.program.as_ref()).map(|path| path.0),
            copy: self.copy.as_ref().is_some_and(|copy| copy.value),
            redis_file: r.parse(self.redis_file.as_ref()).map(|path| path.0),
            end_before: r.parse(self.end_before.as_ref()),
        }
    }

    /// What each key alone does not show.
    fn check(&self, r: &mut Resolver<'_>) {
        if let (Some(program), Some(copy)) = (&self.program, self.copy.as_ref().filter(|copy| copy.value)) {
            r.report(
                Finding::new(Mistake::Conflict(
                    "`launcher.slurm.program` has no effect with `copy = true`".to_owned(),
                ))
                .label(program.span.clone(), "this program")
                .label(copy.span.clone(), "but a copy of this one is started")
                .help("Leave out one of them"),
            );
        }
        if let Some(log) = self.log.as_ref().filter(|log| log.written.contains(['\\', '\n'])) {
            let error = ValueError::new("Slurm reads `\\` and line breaks in a path in a way of its own");
            r.invalid(log.span.clone(), "path", &error.help("Name a folder without them"));
        }
        let Some(written) = &self.end_before else { return };
        // What is no duration is told when it is read.
        let Ok(before) = written.written.parse::<Duration>() else { return };
        let seconds = before.as_millis().div_ceil(1_000);
        if seconds > MOST_BEFORE {
            let error = ValueError::new("more than Slurm can count")
                .help("At most 65535 s, some 18 hours; a task that takes longer is not waited for");
            return r.invalid(written.span.clone(), "duration", &error);
        }
        let Some(time) = &self.time else { return };
        let Some(limit) = time.written.parse::<SlurmTime>().ok().and_then(|time| time.seconds()) else {
            return;
        };
        if seconds >= limit && !r.gives_way(&written.span, Some(&time.span)) {
            r.report(
                Finding::new(Mistake::Conflict("Workers would be asked to end before they begin".to_owned()))
                    .label(written.span.clone(), "so long before the time limit")
                    .label(time.span.clone(), "which is not longer")
                    .help("Shorten `end_before`, or leave it out"),
            );
        }
    }
}
