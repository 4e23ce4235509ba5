//! Why workers could not be started, each case with what to do about it.

use std::{fmt, io, path::PathBuf, process::ExitStatus};

use rush_network::LaunchId;
use rush_run_file::PasswordFileError;

use crate::{
    NotAllowed, Role, kubernetes::KubernetesError, local::SpawnError, private_redis::PrivateRedisError,
    quote::Unquotable, slurm::SlurmError, ssh::SshError,
};

/// Why workers could not be started. [`help`](Self::help) says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// The network, or its Redis.
    #[error(transparent)]
    Network(#[from] rush_network::Error),

    /// The private Redis could not be opened.
    #[error(transparent)]
    PrivateRedis(#[from] PrivateRedisError),

    /// The file with the password of Redis could not be read.
    #[error(transparent)]
    Password(#[from] PasswordFileError),

    /// There is no private Redis yet, and the caller is not to begin one.
    #[error("there is no private Redis in {} yet", data.display())]
    NoPrivateRedis {
        /// Its data folder.
        data: PathBuf,
    },

    /// A private Redis can be reached from this machine alone.
    #[error("a private Redis cannot be reached by workers that are started through {launcher}")]
    PrivateElsewhere {
        /// What starts them.
        launcher: &'static str,
    },

    /// The component is in a registry.
    #[error("components from registries are not supported yet: {name}")]
    Registry {
        /// As the run file names it.
        name: String,
    },

    /// The component cannot be read.
    #[error("the {role} `{name}` cannot be read: {source}")]
    Component {
        /// What it is for.
        role: Role,
        /// Its path.
        name: String,
        /// What the operating system says.
        source: io::Error,
    },

    /// The component is not the one that the run file pins.
    #[error("the {role} `{name}` has the SHA-256 {found}, but the run file pins {pinned}")]
    Pin {
        /// What it is for.
        role: Role,
        /// Its path.
        name: String,
        /// What the run file asks for.
        pinned: String,
        /// What is there.
        found: String,
    },

    /// A file of `[loop.data]` or `[objective.data]` cannot be read.
    #[error("`{name}` of [{}.data] cannot be read from `{}`: {source}", role.table(), path.display())]
    Data {
        /// What gets it.
        role: Role,
        /// Its name in the run file.
        name: String,
        /// Its path.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },

    /// A file that workers are given is larger than Redis takes.
    #[error("{what} has {size} bytes, but Redis takes at most {limit} in one value")]
    TooLarge {
        /// What it is for, and its path.
        what: String,
        /// Its bytes.
        size: usize,
        /// What Redis takes.
        limit: usize,
    },

    /// The network holds no configuration of this name.
    #[error("network `{network}` holds no configuration {sha256}")]
    NoConfiguration {
        /// The network.
        network: String,
        /// The configuration's name.
        sha256: String,
    },

    /// What is stored as a configuration is none that this version knows.
    #[error("the configuration {sha256} cannot be read: {cause}")]
    ConfigurationUnreadable {
        /// Its name.
        sha256: String,
        /// What is wrong with it.
        cause: String,
    },

    /// A component asks for what a worker may not grant.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),

    /// A path or an argument that no command line can hold.
    #[error(transparent)]
    Unquotable(#[from] Unquotable),

    /// A host process of this machine could not be started.
    #[error("{spawn}: {}", spawn.source)]
    Spawn {
        /// Which, and why.
        #[from]
        spawn: SpawnError,
    },

    /// The program of `[launcher.command]` could not be started.
    #[error("the launcher `{}` cannot be started: {}", spawn.program.display(), spawn.source)]
    Program {
        /// Which, and why.
        spawn: SpawnError,
    },

    /// A host process of this machine ended before its workers were registered.
    #[error("a host process ended before its workers were registered ({status}){}", told(said))]
    EndedEarly {
        /// How.
        status: Status,
        /// The end of what it wrote to stderr, as far as we have it.
        said: String,
    },

    /// The program of `[launcher.command]` failed before its workers were registered.
    #[error("the launcher `{program}` failed before its workers were registered ({status}){}", told(said))]
    ProgramFailed {
        /// Which program.
        program: String,
        /// How it ended.
        status: Status,
        /// The end of what it wrote to stderr, as far as we have it.
        said: String,
    },

    /// ssh, or what it was to start.
    #[error(transparent)]
    Ssh(#[from] SshError),

    /// Slurm did not take a job, or does not answer.
    #[error(transparent)]
    Slurm(#[from] SlurmError),

    /// Kubernetes did not take a job, or does not answer.
    #[error(transparent)]
    Kubernetes(#[from] KubernetesError),

    /// A job of a batch system ended before its workers were registered.
    #[error("{launcher} has ended `{place}` before its workers were registered: {reason}")]
    JobEnded {
        /// What the batch system is called.
        launcher: &'static str,
        /// What it calls the host process.
        place: String,
        /// Why, in its words.
        reason: String,
    },

    /// Somebody took back the permission to start workers, while they were starting.
    #[error("launch {launch} was withdrawn before all of its workers were registered")]
    Withdrawn {
        /// Which.
        launch: LaunchId,
    },

    /// Not all workers were registered in time.
    #[error("only {registered} of {workers} workers are registered after {after:?}{}", told(said))]
    NotRegistered {
        /// How long we have waited.
        after: std::time::Duration,
        /// How many have come.
        registered: usize,
        /// How many were started.
        workers: usize,
        /// The end of what their processes wrote to stderr, as far as we have it.
        said: String,
    },

    /// A mistake of ours.
    #[error("{0}")]
    Internal(String),
}

/// How a process ended, or why nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Its exit code; one that was ended by a signal has none.
    pub code: Option<i32>,
    text: String,
}

impl From<io::Result<ExitStatus>> for Status {
    fn from(status: io::Result<ExitStatus>) -> Self {
        match status {
            Ok(status) => Self { code: status.code(), text: status.to_string() },
            Err(error) => Self { code: None, text: error.to_string() },
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn is_too_long(spawn: &SpawnError) -> bool {
    spawn.source.kind() == io::ErrorKind::ArgumentListTooLong
}

fn told(said: &str) -> String {
    let said = said.trim();
    if said.is_empty() { String::new() } else { format!(":\n{said}") }
}

impl LaunchError {
    /// Something that cannot happen, unless we are wrong.
    pub(crate) fn panicked(error: impl fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// What to do about it; nothing where the error says it, or where it comes from elsewhere.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::PrivateRedis(error) => return Some(error.help()),
            Self::NoPrivateRedis { .. } => {
                "`rush-host run` and `rush-host start` begin one; a network elsewhere is named with --redis, `[redis] url` or REDIS_URL"
            }
            Self::PrivateElsewhere { .. } => {
                "name a [redis] url that the workers' machines reach: url = \"redis://redis.example.org:6379/0\""
            }
            Self::Component { .. } => {
                "`component` is relative to the run file; plugins of this repository are built by `cargo xtask guests`"
            }
            Self::Pin { .. } => {
                "it was changed since: use the pinned one again, or, if you trust the change, pin the new one"
            }
            Self::TooLarge { .. } => {
                "`[data] large_objects` names a folder that all machines see, for what is too large for Redis"
            }
            Self::Data { .. } => "paths in a run file are relative to it",
            Self::NotAllowed(error) => return Some(error.help()),
            Self::NoConfiguration { .. } => {
                "it was reset since, or this is another Redis: start the workers again from the run file"
            }
            Self::ConfigurationUnreadable { .. } => {
                "it was stored by another version of rush-host: use the same on all machines"
            }
            Self::Spawn { spawn } | Self::Program { spawn } if is_too_long(spawn) => {
                "the ids of its workers do not fit into one command line: more `[workers] processes` carry fewer each"
            }
            Self::Program { .. } => {
                "`[launcher.command] argv` begins with a program on PATH, or with the path of one"
            }
            Self::ProgramFailed { .. } => {
                "`[launcher.command] argv` must start a shell command where {script} stands; try it by hand with the line that `rush-host script` prints"
            }
            Self::NotRegistered { .. } => "`[workers] start_timeout` allows more time",
            Self::Ssh(error) => return error.help(),
            Self::Slurm(error) => return error.help(),
            Self::Kubernetes(error) => return error.help(),
            Self::JobEnded { .. } => "what it wrote before that says why: see the log of the job",
            Self::Withdrawn { .. } => {
                "somebody has stopped or reset the network meanwhile: start the workers again"
            }
            Self::Network(_)
            | Self::Password(_)
            | Self::Registry { .. }
            | Self::Unquotable(_)
            | Self::Spawn { .. }
            | Self::EndedEarly { .. }
            | Self::Internal(_) => return None,
        };
        Some(text.to_owned())
    }
}
