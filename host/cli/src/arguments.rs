//! The command line.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Runs WebAssembly workers that share tasks through Redis.
#[derive(Debug, Parser)]
#[command(name = "rush-host", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 ok, 1 internal error, 2 usage, 3 run file, 4 Redis, 5 component, 6 launcher, 7 no workers left, \
8 failed tasks (--fail-on-failed), 9 a loop ended with an error, 10 timed out, 130 Ctrl-C, 143 SIGTERM

Data goes to standard output, everything else to standard error. RUSH_LOG=debug says more.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the workers of a run file, watch them, and report
    Run(Run),
    /// Start workers and return as soon as they are registered
    Start(Start),
    /// Be one host process (what launchers start)
    #[command(hide = true)]
    Worker(Worker),
    /// Show how many workers and tasks are in each state
    Status(Status),
    /// Show the workers, how each ended, and what it did
    Workers(Workers),
    /// Show the tasks, or write them to a file
    Tasks(Tasks),
    /// Queue tasks from a file: CSV, JSON lines, Parquet or Arrow
    Push(Push),
    /// Wait until tasks are done
    ///
    /// Without --tasks and --keys: until no task is queued or running and no worker runs, or nothing has happened for a second.
    /// (Loops that create their own tasks have none for a moment between two. If that takes longer, give --tasks.)
    Wait(Wait),
    /// Fail all queued tasks, so that nobody works on them
    EmptyQueue(EmptyQueue),
    /// Cancel tasks that are still queued
    Cancel(Cancel),
    /// Ask workers to end after their task; after the run file's `grace` those left are killed
    Stop(Stop),
    /// Delete everything that the network has in Redis
    Reset(Reset),
    /// Validate a run file and everything that it names, without starting anything
    Check(Check),
    /// Print the JSON Schema of run files
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Keep a private Redis (what a run without a Redis starts)
    #[command(hide = true)]
    Keeper {
        /// What the starter says.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<std::ffi::OsString>,
    },
}

/// What every command about a run file takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The run file
    #[arg(value_name = "RUN.toml")]
    pub(crate) run_file: PathBuf,
    /// Override a key of the run file, e.g. `--set workers.count=16`
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) overrides: Vec<String>,
    /// URL of Redis; wins over the run file. It shows in `ps`: put passwords into the run file's `${VARIABLE}`s
    #[arg(long, value_name = "URL")]
    pub(crate) redis: Option<String>,
}

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
pub(crate) struct Status {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Workers {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Tasks {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only tasks in these states
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) state: Vec<TaskState>,
    /// Sort by this column; missing values come last
    #[arg(long, value_name = "COLUMN")]
    pub(crate) sort: Option<String>,
    /// Largest first
    #[arg(long, requires = "sort")]
    pub(crate) descending: bool,
    /// At most so many
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// Only these columns, in this order
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Format of the output; without it what the extension of FILE says, and a table without a FILE
    #[arg(long, value_enum)]
    pub(crate) format: Option<TasksFormat>,
    /// Write to this file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Push {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The file, one task a row; `-` reads standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Format of the file, if its extension does not say it
    #[arg(long, value_enum)]
    pub(crate) format: Option<FileFormat>,
    /// Only show what would be pushed; this needs no Redis
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only for this worker, which takes them before others
    #[arg(long, value_name = "WORKER")]
    pub(crate) to: Option<String>,
    /// Only these columns, in this order
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// These columns lie beside the points: they become `xs_extra`
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) xs_extra: Vec<String>,
    /// Leave out so many rows at the beginning, e.g. those that are pushed already
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) skip: u64,
    /// In CSV, this text means a missing value, as an empty one does, e.g. `--missing NA`
    #[arg(long, value_name = "TEXT")]
    pub(crate) missing: Vec<String>,
    /// Print the keys of the tasks, one a line
    #[arg(long)]
    pub(crate) print_keys: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Wait {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Until so many tasks are finished
    #[arg(long, value_name = "N", conflicts_with = "keys")]
    pub(crate) tasks: Option<u64>,
    /// Until these tasks are finished or failed
    #[arg(long, value_name = "KEY", value_delimiter = ',')]
    pub(crate) keys: Vec<String>,
    /// At most so long, e.g. `10s` (then the exit code is 10)
    #[arg(long, value_name = "TIME")]
    pub(crate) timeout: Option<rush_run_file::Duration>,
}

#[derive(Debug, Args)]
pub(crate) struct EmptyQueue {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only those that are still queued; without a KEY, all of them
    #[arg(long, required_unless_present = "keys")]
    pub(crate) queued: bool,
    /// Keys of tasks
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,
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

#[derive(Debug, Args)]
pub(crate) struct Reset {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) common: Common,
}

/// How data are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
}

/// How tasks are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TasksFormat {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file.
    Arrow,
}

impl TasksFormat {
    /// As a format of files; none is for people.
    pub(crate) fn of_files(self) -> Option<rush_formats::Format> {
        match self {
            Self::Table => None,
            Self::Json => Some(rush_formats::Format::Json),
            Self::Jsonl => Some(rush_formats::Format::Jsonl),
            Self::Csv => Some(rush_formats::Format::Csv),
            Self::Parquet => Some(rush_formats::Format::Parquet),
            Self::Arrow => Some(rush_formats::Format::Arrow),
        }
    }
}

/// What can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow IPC file.
    Arrow,
}

impl From<FileFormat> for rush_formats::Format {
    fn from(format: FileFormat) -> Self {
        match format {
            FileFormat::Csv => Self::Csv,
            FileFormat::Jsonl => Self::Jsonl,
            FileFormat::Parquet => Self::Parquet,
            FileFormat::Arrow => Self::Arrow,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TaskState {
    Queued,
    Running,
    Finished,
    Failed,
}

impl From<TaskState> for rush_network::State {
    fn from(state: TaskState) -> Self {
        match state {
            TaskState::Queued => Self::Queued,
            TaskState::Running => Self::Running,
            TaskState::Finished => Self::Finished,
            TaskState::Failed => Self::Failed,
        }
    }
}

impl Worker {
    pub(crate) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout)
    }

    pub(crate) fn unavailable_after(&self) -> Duration {
        Duration::from_millis(self.unavailable_after)
    }
}
