//! Commands that start and end workers.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::Common;

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) common: Common,
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
    /// So many workers, whatever the run file says
    #[arg(short = 'n', long = "workers", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) workers: Option<u32>,
    /// Delete what the network holds first
    #[arg(long)]
    pub(crate) fresh: bool,
}

#[derive(Debug, Args)]
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
    /// Id of a worker, once for each; others get friendly ones
    #[arg(long = "id", value_name = "ID")]
    pub(crate) ids: Vec<String>,
    /// Index of the first worker; taken from the network if missing
    #[arg(long, value_name = "INDEX")]
    pub(crate) first_index: Option<u64>,
    /// File with the URL of Redis (0600); else it comes from `REDIS_URL`
    #[arg(long, value_name = "FILE", conflicts_with = "private")]
    pub(crate) redis_file: Option<PathBuf>,
    /// Data folder of a private Redis
    #[arg(long, value_name = "FOLDER")]
    pub(crate) private: Option<PathBuf>,
    /// What started this process
    #[arg(long, default_value = "script")]
    pub(crate) launcher: String,
    /// End when standard input closes
    #[arg(long)]
    pub(crate) supervised: bool,
    /// Outlive the terminal
    #[arg(long, conflicts_with = "supervised")]
    pub(crate) detached: bool,
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
    /// Only these workers; all without any
    #[arg(value_name = "WORKER")]
    pub(crate) workers: Vec<String>,
}

impl Worker {
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout)
    }

    pub(crate) fn unavailable_after(&self) -> Duration {
        Duration::from_millis(self.unavailable_after)
    }
}
