//! What every command about a run file takes.

use std::path::PathBuf;

use clap::Args;

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
