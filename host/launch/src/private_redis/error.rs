//! What can go wrong between a run and its private Redis, each case with what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

/// Why a private Redis could not be opened. [`help`](Self::help) says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PrivateRedisError {
    /// Neither `redis-server` nor `valkey-server` is on the search path.
    #[error("No redis-server (or valkey-server) on PATH")]
    NotInstalled,

    /// The server found is older than the scripts of a network need.
    #[error("{} is version {version}, but 7.0 or newer is needed", server.display())]
    TooOld {
        /// The program found.
        server: PathBuf,
        /// What it says of itself.
        version: String,
    },

    /// The server found does not say its version as Redis and Valkey do, or does not start at all.
    #[error("Cannot learn the version of {}: {detail}", server.display())]
    VersionUnknown {
        /// The program found.
        server: PathBuf,
        /// What it printed, or why it did not run.
        detail: String,
    },

    /// The folder for the data cannot be made, or nothing can be written to it.
    #[error("The data folder {} of the private Redis is not writable", path.display())]
    DataFolder {
        /// The folder, or the file in it.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },

    /// The folder for socket, log and locks cannot be used, or not safely.
    #[error("The folder {} for the socket of the private Redis is not usable: {reason}", path.display())]
    RuntimeFolder {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// Another server works on this data, and it cannot be reached from here.
    #[error("Another Redis server works on {} ({holder})", data.display())]
    InUse {
        /// The data folder.
        data: PathBuf,
        /// The machine and the folder that it was started from.
        holder: String,
    },

    /// The append-only file is damaged in the middle (a torn end is repaired by the server itself).
    #[error("The append-only file in {} is damaged{}", data.display(), tail(log_tail))]
    Damaged {
        /// The data folder.
        data: PathBuf,
        /// The end of the server's log.
        log_tail: String,
    },

    /// No space is left for the data.
    #[error("No space is left in {} for the private Redis{}", data.display(), tail(log_tail))]
    DiskFull {
        /// The data folder.
        data: PathBuf,
        /// The end of the server's log.
        log_tail: String,
    },

    /// The server ended before it was ready, for a reason that we do not know better than its log.
    #[error("{} ended before it was ready ({status}){}", server.display(), tail(log_tail))]
    StartFailed {
        /// The program.
        server: PathBuf,
        /// How it ended.
        status: String,
        /// Its log.
        log: PathBuf,
        /// The end of the log.
        log_tail: String,
    },

    /// The keeper cannot be started, or it ended without a word.
    #[error("The keeper of the private Redis failed: {detail}")]
    Keeper {
        /// What happened.
        detail: String,
        /// Its log.
        log: PathBuf,
    },

    /// Something took longer than anyone should wait.
    #[error("Gave up after {} s while waiting for {what}", after.as_secs())]
    TimedOut {
        /// What was waited for.
        what: String,
        /// For how long.
        after: Duration,
    },

    /// The operating system refuses a lock.
    #[error("Cannot lock {}", path.display())]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl PrivateRedisError {
    /// What the user can do, in one or a few lines without a `hint:` in front.
    pub fn help(&self) -> String {
        match self {
            Self::NotInstalled => "install one of them, or name a [redis] url in the run file:\n  \
                 Debian, Ubuntu:  sudo apt install redis-server\n  \
                 Fedora, RHEL:    sudo dnf install valkey\n  \
                 Arch:            sudo pacman -S valkey\n  \
                 macOS:           brew install redis"
                .into(),
            Self::TooOld { .. } => {
                "install Redis 7.0 or newer, or Valkey, and put it first on PATH; or name a [redis] url".into()
            }
            Self::VersionUnknown { server, .. } => {
                format!("try `{} --version`; or name a [redis] url in the run file", server.display())
            }
            Self::DataFolder { .. } => "the data of a private Redis lives beside the run file, in `.rush`: \
                 copy the run file to a folder that you may write to, or name a [redis] url"
                .into(),
            Self::RuntimeFolder { path, .. } => format!(
                "look at it with `ls -ld {}`; remove it if it is yours and nothing is running, \
                 or set XDG_RUNTIME_DIR to a folder of your own; or name a [redis] url",
                path.display()
            ),
            Self::InUse { .. } => "stop its workers there (`rush-host stop`), or name a [redis] url that every machine reaches; \
                 copy the run file to another folder to begin anew"
                .into(),
            Self::Damaged { data, .. } => format!(
                "make a copy of {0}, then drop what cannot be read with\n  \
                 redis-check-aof --fix {0}/appendonlydir/appendonly.aof.manifest",
                data.display()
            ),
            Self::DiskFull { data, .. } => {
                format!("free some space (`df -h {}`) and try again: what was stored is still there", data.display())
            }
            Self::StartFailed { log, .. } => format!("the whole log is {}", log.display()),
            Self::Keeper { log, .. } => format!("its log is {}", log.display()),
            Self::TimedOut { .. } => "another process may be stopped while it holds a lock: \
                 look for it with `ps -C rush-host -o pid,stat,args`"
                .into(),
            Self::Lock { .. } => "locks need a local file system: set XDG_RUNTIME_DIR to a folder on one".into(),
        }
    }
}

fn tail(log: &str) -> String {
    if log.is_empty() { String::new() } else { format!("; the end of its log:\n{log}") }
}
