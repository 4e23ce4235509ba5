//! Messages of workers.

use clap::{Args, ValueEnum};

use super::{Common, Format};

#[derive(Debug, Args)]
pub(crate) struct Log {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only these workers; all without any
    #[arg(value_name = "WORKER")]
    pub(crate) workers: Vec<String>,
    /// Show what comes, too, until Ctrl-C
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only what came since your last look with --new at this run file
    #[arg(long)]
    pub(crate) new: bool,
    /// Only messages that are at least so important
    #[arg(long, value_enum)]
    pub(crate) level: Option<LogLevel>,
    /// Show the time since the message before, of the same worker
    #[arg(long)]
    pub(crate) time_differences: bool,
    /// Format of the output; a table is one line for each message, in UTC: time, level, worker, logger, message
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

/// How important a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl From<LogLevel> for rush_network::LogLevel {
    fn from(level: LogLevel) -> Self {
        match level {
            LogLevel::Trace => Self::Trace,
            LogLevel::Debug => Self::Debug,
            LogLevel::Info => Self::Info,
            LogLevel::Warn => Self::Warn,
            LogLevel::Error => Self::Error,
            LogLevel::Fatal => Self::Fatal,
        }
    }
}
