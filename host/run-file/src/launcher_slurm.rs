//! `[launcher.slurm]`: host processes as jobs of a cluster.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bytes::ByteSize;
use crate::path::{Name, WrittenPath};
use crate::resolve::Resolver;
use crate::spanned::{At, Text};

/// Starts host processes as an array of jobs of Slurm.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "slurm")]
pub(crate) struct RawSlurmLauncher {
    /// Partition.
    pub(crate) partition: Option<Text<Name>>,
    /// Account.
    pub(crate) account: Option<Text<Name>>,
    /// Quality of service.
    pub(crate) qos: Option<Text<Name>>,
    /// Time limit of a job, as Slurm writes it.
    #[schemars(extend("examples" = ["01:00:00"]))]
    pub(crate) time: Option<Text<Name>>,
    /// Cores for each host process.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) cpus: Option<At<u32>>,
    /// Memory for each host process.
    pub(crate) memory: Option<Text<ByteSize>>,
    /// Generic resources, such as GPUs.
    #[schemars(extend("examples" = ["gpu:1"]))]
    pub(crate) gres: Option<Text<Name>>,
    /// Features that a node must have.
    pub(crate) constraint: Option<Text<Name>>,
    /// How many jobs of the array may run at once.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) array_limit: Option<At<u32>>,
    /// Lines of shell that run before the host process.
    #[schemars(extend("examples" = [["module load redis"]]))]
    pub(crate) prologue: Option<Vec<Text<Name>>>,
    /// Further directives, each without `#SBATCH`.
    #[schemars(extend("examples" = [["--exclusive"]]))]
    pub(crate) directives: Option<Vec<Text<Name>>>,
    /// Folder for the jobs' output.
    pub(crate) log: Option<Text<WrittenPath>>,
    /// Path of `rush-host` on the nodes.
    #[schemars(extend("default" = "rush-host"))]
    pub(crate) binary: Option<Text<Name>>,
    /// Copy `rush-host` there, once.
    #[schemars(extend("default" = false))]
    pub(crate) copy: Option<At<bool>>,
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
    /// Time limit of a job, as Slurm writes it.
    pub time: Option<String>,
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
    /// Folder for the jobs' output.
    pub log: Option<PathBuf>,
    /// Path of `rush-host` on the nodes. Default: found on their `PATH`.
    pub binary: String,
    /// Whether `rush-host` is copied there.
    pub copy: bool,
}

impl RawSlurmLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> SlurmLauncher {
        SlurmLauncher {
            partition: r.name(self.partition.as_ref()),
            account: r.name(self.account.as_ref()),
            qos: r.name(self.qos.as_ref()),
            time: r.name(self.time.as_ref()),
            cpus: self.cpus.as_ref().map(|cpus| cpus.value),
            memory: r.parse(self.memory.as_ref()),
            gres: r.name(self.gres.as_ref()),
            constraint: r.name(self.constraint.as_ref()),
            array_limit: self.array_limit.as_ref().map(|limit| limit.value),
            prologue: r.names(self.prologue.as_ref()),
            directives: r.names(self.directives.as_ref()),
            log: r.path(self.log.as_ref()),
            binary: r.name(self.binary.as_ref()).unwrap_or_else(|| "rush-host".to_owned()),
            copy: self.copy.as_ref().is_some_and(|copy| copy.value),
        }
    }
}
