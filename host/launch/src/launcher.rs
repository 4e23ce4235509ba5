//! What starts host processes: this machine, or a program of the user's.

use rush_run_file::{CommandLauncher, RedisLocation, RunFile};

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
        match Self::named(run_file)? {
            Self::Command(_) if is_private => {
                Err(LaunchError::PrivateElsewhere { launcher: "[launcher.command]" })
            }
            launcher => Ok(launcher),
        }
    }

    /// The one that a run file names.
    fn named(run_file: &RunFile) -> Result<Self, LaunchError> {
        let unsupported = |launcher| Err(LaunchError::Unsupported { launcher });
        match &run_file.launcher {
            rush_run_file::Launcher::Local => Ok(Self::Local),
            rush_run_file::Launcher::Command(command) => Ok(Self::Command(command.clone())),
            rush_run_file::Launcher::Ssh(_) => unsupported("ssh"),
            rush_run_file::Launcher::Slurm(_) => unsupported("slurm"),
            rush_run_file::Launcher::Kubernetes(_) => unsupported("kubernetes"),
        }
    }

    /// What it is called in the table of workers.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Command(_) => "command",
        }
    }

    /// Whether the end of what was started is the end of a host process.
    pub fn sees_ends(&self) -> bool {
        *self == Self::Local
    }
}
