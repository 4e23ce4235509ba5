//! Commands about tasks.

use std::path::PathBuf;

use clap::Args;

use super::{BuildFirst, Common, EvalFormat, FileFormat, TaskState, TasksFormat};

#[derive(Debug, Args)]
pub(crate) struct Tasks {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only tasks in these states
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) state: Vec<TaskState>,
    /// Only this task, whole: each value on a line of its own, and the backtrace of a failed evaluation; may be repeated
    #[arg(long = "key", value_name = "KEY", value_delimiter = ',', conflicts_with = "state")]
    pub(crate) keys: Vec<String>,
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
pub(crate) struct Eval {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) first: BuildFirst,
    /// The point: one JSON object, e.g. `{"x1": 1, "x2": 2}`. `@FILE` reads it from a file, `-` from standard input
    #[arg(long, value_name = "JSON")]
    pub(crate) xs: String,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = EvalFormat::Json)]
    pub(crate) format: EvalFormat,
}

#[derive(Debug, Args)]
pub(crate) struct EmptyQueue {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("which").args(["keys", "queued", "running"]).required(true).multiple(true))]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only tasks that are still queued; without a KEY, all of them
    #[arg(long)]
    pub(crate) queued: bool,
    /// Only tasks that are running: their evaluations end, their workers go on; without a KEY, all of them. A loop that works on a
    /// task itself, without an objective, is not interrupted, but what it says of the task is refused
    #[arg(long)]
    pub(crate) running: bool,
    /// Keys of tasks, queued or running
    #[arg(value_name = "KEY")]
    pub(crate) keys: Vec<String>,
}
