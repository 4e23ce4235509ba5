//! Why a bench has no figures.

use std::{fmt, io, path::PathBuf, process::ExitStatus, time::Duration};

use crate::ReadmeError;

/// What the benches answer.
pub type Result<T> = std::result::Result<T, Failure>;

/// Why a bench has no figures.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// Something that `cargo xtask bench` builds is not there.
    #[error("there is no {what} at {}; `cargo xtask bench` builds it", path.display())]
    Missing {
        /// What it is.
        what: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action}: {cause}")]
    System {
        /// What was tried.
        action: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The Redis of the bench did not do what it was asked.
    #[error("the private Redis of this bench: {0}")]
    Redis(#[from] redis::RedisError),
    /// The network's client did not.
    #[error(transparent)]
    Network(#[from] rush_network::Error),
    /// A table of tasks has other columns than it should.
    #[error(transparent)]
    Column(#[from] rush_network::ColumnError),
    /// What workers are given cannot be stored.
    #[error(transparent)]
    Launch(#[from] rush_launch::LaunchError),
    /// A bench has written a run file that is none.
    #[error("{0:?}")]
    RunFile(#[from] rush_run_file::RunFileErrors),
    /// A component cannot be used.
    #[error(transparent)]
    Component(#[from] rush_runtime::ComponentError),
    /// This machine cannot run components.
    #[error(transparent)]
    Engine(#[from] rush_runtime::EngineError),
    /// A guest that is measured in this process failed.
    #[error("the guest failed: {message}")]
    Guest {
        /// How its loop ended.
        message: String,
    },
    /// A measured process did not do its work.
    #[error("`{name}` did not {what} within {patience:?}")]
    Late {
        /// Which one.
        name: String,
        /// What was awaited.
        what: &'static str,
        /// For how long.
        patience: Duration,
    },
    /// A measured process ended in another way than it was told to.
    #[error("`{name}` ended with {status}; what it said stands above")]
    Ended {
        /// Which one.
        name: String,
        /// How.
        status: ExitStatus,
    },
    /// Figures cannot be told.
    #[error("the figures cannot be written: {0}")]
    Output(#[from] serde_json::Error),
    /// What was recorded is not what these programs write.
    #[error("{} cannot be read: {cause}; record it again with `cargo xtask bench NAME --record`", path.display())]
    Recorded {
        /// Where it is.
        path: PathBuf,
        /// What is wrong with it.
        cause: serde_json::Error,
    },
    /// README has no place for figures.
    #[error(transparent)]
    Readme(#[from] ReadmeError),
    /// Figures of a program that nobody would run.
    #[error(
        "this program is not optimised, so its figures are not recorded; `cargo xtask bench NAME --record` builds in release mode"
    )]
    Unoptimised,
}

impl Failure {
    /// The system refused to do this.
    pub fn system(action: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let action = action.into();
        move |cause| Self::System { action, cause }
    }
}

/// A `main` that fails shows this form: the same words as for people.
impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}
