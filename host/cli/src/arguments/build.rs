//! What concerns the components of a run file before they run.

use clap::{Args, ValueEnum};

use super::Common;

#[derive(Debug, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Build this component alone
    #[arg(long)]
    pub(crate) only: Option<Buildable>,
}

/// What a run file can say how to build.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Buildable {
    /// [loop]
    Loop,
    /// [objective]
    Objective,
}

/// What commands take that begin with a build, if they are asked to.
#[derive(Debug, Clone, Args)]
pub(crate) struct BuildFirst {
    /// Run the build commands of the run file first, as `rush-host build` does
    #[arg(long)]
    pub(crate) build: bool,
}
