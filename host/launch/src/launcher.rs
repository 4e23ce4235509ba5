//! What starts host processes: this machine, a program of the user's, or a cluster.

use rush_run_file::{
    CommandLauncher, KubernetesLauncher, RedisLocation, RunFile, SlurmLauncher, SshLauncher,
};

use crate::{LaunchError, Session};

/// What starts host processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Launcher {
    /// They are children of this process.
    Local,
    /// A program starts them, anywhere: one run of it for each host process.
    ///
    /// Its end says nothing about its workers, once they are registered: `sbatch` returns at once, an `ssh` may break. What is
    /// known of them then is in Redis.
    Command(CommandLauncher),
    /// ssh starts them on other machines: one connection for each host process.
    Ssh(SshLauncher),
    /// Slurm starts them: one array of jobs for each launch.
    Slurm(SlurmLauncher),
    /// Kubernetes starts them: one indexed Job for each launch.
    Kubernetes(KubernetesLauncher),
}

impl Launcher {
    /// The one that a run file names. A private Redis is refused where others could not reach it.
    pub fn of(session: &Session) -> Result<Self, LaunchError> {
        Self::reaching(&session.run_file, session.redis.private().is_some())
    }

    /// Whether the one that a run file names could start workers with this Redis: asked before a private one is begun in vain.
    pub fn check(run_file: &RunFile, redis: &RedisLocation) -> Result<(), LaunchError> {
        Self::reaching(run_file, *redis == RedisLocation::Private).map(drop)
    }

    fn reaching(run_file: &RunFile, is_private: bool) -> Result<Self, LaunchError> {
        let launcher = Self::named(run_file);
        let table = match &launcher {
            Self::Local => return Ok(launcher),
            Self::Command(_) => "[launcher.command]",
            Self::Ssh(_) => "[launcher.ssh]",
            Self::Slurm(_) => "[launcher.slurm]",
            Self::Kubernetes(_) => "[launcher.kubernetes]",
        };
        if is_private { Err(LaunchError::PrivateElsewhere { launcher: table }) } else { Ok(launcher) }
    }

    /// The one that a run file names.
    pub fn named(run_file: &RunFile) -> Self {
        match &run_file.launcher {
            rush_run_file::Launcher::Local => Self::Local,
            rush_run_file::Launcher::Command(command) => Self::Command(command.clone()),
            rush_run_file::Launcher::Ssh(ssh) => Self::Ssh(ssh.clone()),
            rush_run_file::Launcher::Slurm(slurm) => Self::Slurm(slurm.clone()),
            rush_run_file::Launcher::Kubernetes(kubernetes) => Self::Kubernetes(kubernetes.clone()),
        }
    }

    /// What it is called in the table of workers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Command(_) => "command",
            Self::Ssh(_) => "ssh",
            Self::Slurm(_) => "slurm",
            Self::Kubernetes(_) => "kubernetes",
        }
    }

    /// What it is called in sentences.
    pub(crate) fn title(&self) -> &'static str {
        match self {
            Self::Local => "this machine",
            Self::Command(_) => "the launcher",
            Self::Ssh(_) => "ssh",
            Self::Slurm(_) => "Slurm",
            Self::Kubernetes(_) => "Kubernetes",
        }
    }

    /// Whether the end of what was started is the end of a host process.
    pub fn sees_ends(&self) -> bool {
        *self == Self::Local
    }
}
