//! Waiting.

use std::{num::NonZeroUsize, str::FromStr, time::Duration};

use clap::Args;

use super::Common;

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
    /// Until so many workers have registered; with --worker, so many of those
    #[arg(long, value_name = "N", conflicts_with_all = ["tasks", "keys"])]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Until this worker has registered; can be given more than once
    #[arg(long, value_name = "WORKER", value_delimiter = ',', conflicts_with_all = ["tasks", "keys"])]
    pub(crate) worker: Vec<String>,
    /// At most so long, e.g. `10s` (then the exit code is 10); 0 looks once. For workers it is `[workers] start_timeout` if not given
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    pub(crate) timeout: Option<Timeout>,
}

/// How long to wait, which may be not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeout(pub(crate) Duration);

impl FromStr for Timeout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "0" | "0s" => Ok(Self(Duration::ZERO)),
            text => match text.parse::<rush_run_file::Duration>() {
                Ok(time) => Ok(Self(time.as_std())),
                Err(error) => Err(format!("{error}. For example 10s, 2m or 500ms; 0 looks once")),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_needs_no_unit_and_everything_else_does() {
        let parsed = |text: &str| text.parse::<Timeout>().ok().map(|timeout| timeout.0.as_millis());
        assert_eq!(["0", "0s", "1.5s", "5", "-1s"].map(parsed), [Some(0), Some(0), Some(1500), None, None]);
    }
}
