//! Commands that start and end workers.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use clap::{
    Args,
    builder::{OsStringValueParser, PathBufValueParser, TypedValueParser as _},
};
use rush_launch::{Permission, UnknownPermission};
use rush_network::{Invalid, LaunchId};

use super::{BuildFirst, Common};

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) first: BuildFirst,
    /// Delete what the network holds, and begin anew
    #[arg(long)]
    pub(crate) fresh: bool,
    /// So many workers, whatever the run file says
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) workers: Option<u32>,
    /// Show everything that guests write and log, not only warnings and errors
    #[arg(long)]
    pub(crate) debug: bool,
    /// End with code 8 if a task failed
    #[arg(long)]
    pub(crate) fail_on_failed: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Start {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) first: BuildFirst,
    /// So many workers, whatever the run file says; those that run already go on, and these come to them
    #[arg(short = 'n', long = "workers", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) workers: Option<u32>,
    /// Delete what the network holds first
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Only print what would be started or submitted, without secrets; touches neither Redis nor other machines
    #[arg(long, conflicts_with = "fresh")]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Script {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Write a file for `sh` with everything in it, also the URL of Redis; nobody else can read it (0600)
    #[arg(short, long, value_name = "FILE", value_parser = PathBufValueParser::new().try_map(no_dash))]
    pub(crate) output: Option<PathBuf>,
    /// So many workers each time, whatever the run file says
    #[arg(short = 'n', long = "workers", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) workers: Option<u32>,
    /// Path of rush-host where the script will run, if it is not the same as here
    #[arg(long, value_name = "PATH")]
    pub(crate) program: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Restart {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Workers that have ended
    #[arg(value_name = "WORKER", required = true)]
    pub(crate) workers: Vec<String>,
}

#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct Worker {
    /// Network to work in
    #[arg(long)]
    pub(crate) network: String,
    /// SHA-256 of the stored configuration
    #[arg(long, value_name = "SHA256")]
    pub(crate) config: String,
    /// So many workers
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) workers: u32,
    /// Threads for the loops; default: one for each core, but not more than workers
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) threads: Option<u32>,
    /// Id of a worker, once for each; others get friendly ones
    #[arg(long = "id", value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Index of the first worker; taken from the network if missing
    #[arg(long, value_name = "INDEX")]
    pub(crate) first_index: Option<u64>,
    /// Incarnation that the worker of the same place among the ids had, which has ended; if somebody else has started it again
    /// since, it is left alone
    #[arg(long, value_name = "INCARNATION")]
    pub(crate) again: Vec<u64>,
    /// The launch that this process belongs to: which workers it carries stands there
    #[arg(long, value_name = "LAUNCH", value_parser = launch_id, requires = "process",
        conflicts_with_all = ["ids", "first_index", "again"])]
    pub(crate) launch: Option<LaunchId>,
    /// Which process of the launch this is, counted from 0
    #[arg(long, value_name = "K", requires = "launch")]
    pub(crate) process: Option<u32>,
    /// Where this process was launched, as its launcher calls it: a host, a job, a pod
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) place: String,
    /// How often the launcher has begun this process again by itself
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) attempt: u32,
    /// File for what this process says once its workers are registered; others cannot read it (0600)
    #[arg(long, value_name = "FILE")]
    pub(crate) log_file: Option<PathBuf>,
    /// Line for `sh` that has this process begun again elsewhere: run at its end, if the time of its machine was up (SIGUSR1) and
    /// workers of it are to be started again
    #[arg(long, value_name = "LINE")]
    pub(crate) successor: Option<String>,
    /// File with the URL of Redis (0600); else it comes from `REDIS_URL`
    #[arg(long, value_name = "FILE", conflicts_with = "private")]
    pub(crate) redis_file: Option<PathBuf>,
    /// The first line of standard input is the URL of Redis
    #[arg(long, conflicts_with_all = ["private", "redis_file"])]
    pub(crate) redis_stdin: bool,
    /// Data folder of a private Redis
    #[arg(long, value_name = "FOLDER")]
    pub(crate) private: Option<PathBuf>,
    /// What started this process
    #[arg(long, default_value = "script")]
    pub(crate) launcher: String,
    /// Name of the machine that it was launched from: elsewhere, workers are remote
    #[arg(long, value_name = "HOSTNAME")]
    pub(crate) launched_from: Option<String>,
    /// Folder for a file per worker with what it wrote to stderr
    #[arg(long, value_name = "FOLDER")]
    pub(crate) message_log: Option<PathBuf>,
    /// Folder for a file per worker with what it wrote to stdout
    #[arg(long, value_name = "FOLDER")]
    pub(crate) output_log: Option<PathBuf>,
    /// Folder for core dumps of components that trap
    #[arg(long, value_name = "FOLDER")]
    pub(crate) core_dumps: Option<PathBuf>,
    /// What components may be granted, once for each: env, clock, random, read=FOLDER, write=FOLDER. Without it, nothing,
    /// whatever the configuration asks for
    #[arg(long, value_name = "GRANT", value_parser = OsStringValueParser::new().try_map(permission))]
    pub(crate) allow: Vec<Permission>,
    /// Folder that all machines see, for what is too large for Redis
    #[arg(long, value_name = "FOLDER")]
    pub(crate) large_objects: Option<PathBuf>,
    /// End when standard input closes
    #[arg(long)]
    pub(crate) supervised: bool,
    /// Outlive the terminal
    #[arg(long, conflicts_with = "supervised")]
    pub(crate) detached: bool,
    /// Leave it to a manager to start lost workers again, as a supervised process does
    #[arg(long)]
    pub(crate) managed: bool,
    /// Show everything that guests write and log
    #[arg(long)]
    pub(crate) debug: bool,
    /// How long connecting to Redis may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    pub(crate) connect_timeout: u64,
    /// How long a call waits for a Redis that went away, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    pub(crate) unavailable_after: u64,
}

#[derive(Debug, Args)]
pub(crate) struct Stop {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only ask: workers end after their task, however long it takes
    #[arg(long, conflicts_with = "kill")]
    pub(crate) terminate: bool,
    /// End them at once; their running tasks fail
    #[arg(long)]
    pub(crate) kill: bool,
    /// Only these workers; all without any, also those that wait to begin
    #[arg(value_name = "WORKER")]
    pub(crate) workers: Vec<String>,
}

/// The file holds a password: it must be one that nobody else can read.
fn no_dash(path: PathBuf) -> Result<PathBuf, &'static str> {
    if path.as_os_str() == "-" {
        return Err(
            "the script holds the URL of Redis, so it goes into a file; without -o, a line without secrets is printed",
        );
    }
    Ok(path)
}

#[expect(clippy::needless_pass_by_value, reason = "this is how clap calls it")]
fn permission(word: OsString) -> Result<Permission, UnknownPermission> {
    Permission::parse(&word)
}

fn launch_id(word: &str) -> Result<LaunchId, Invalid> {
    LaunchId::parse(word)
}

impl Worker {
    /// Whether a manager looks after the workers, as long as it lives: then nobody else starts them again.
    pub(crate) fn has_manager(&self) -> bool {
        self.supervised || self.managed
    }

    /// The launch that this process belongs to, and which of its processes it is.
    pub(crate) fn of_launch(&self) -> Option<(&LaunchId, u32)> {
        self.launch.as_ref().zip(self.process)
    }

    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout)
    }

    pub(crate) fn unavailable_after(&self) -> Duration {
        Duration::from_millis(self.unavailable_after)
    }
}
