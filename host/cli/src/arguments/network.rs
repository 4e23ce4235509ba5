//! Commands about a network as a whole.

use clap::Args;

use super::{BuildFirst, Common, Format, WorkerState};

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
    /// Only workers in these states
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) state: Vec<WorkerState>,
    /// Format of the output
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Reset {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only the tasks: workers stay, and go on
    #[arg(long)]
    pub(crate) tasks: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DetectLost {
    #[command(flatten)]
    pub(crate) common: Common,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pub(crate) first: BuildFirst,
    /// Only show every key that holds, with its value and where that comes from
    #[arg(long, conflicts_with = "build")]
    pub(crate) show: bool,
    /// Format of what --show shows
    #[arg(long, value_enum, default_value_t = Format::Table, requires = "show")]
    pub(crate) format: Format,
}
