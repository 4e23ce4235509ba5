//! Who takes turns, and how each is started.

use std::{fmt, process::Command};

use rush_benches::{Result, tool};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
const REQUIREMENTS: &str = include_str!("../../../peers/requirements.txt");

/// One of those that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Peer {
    /// Workers of one `rush-host worker`.
    RushHost,
    /// R rush, with workers that it starts itself.
    RRush,
    /// Optuna on its journal storage for Redis.
    Optuna,
    /// RQ's worker without child processes.
    RqSimple,
    /// RQ's worker as it is by default.
    RqFork,
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::RushHost => "rush-host",
            Self::RRush => "R rush",
            Self::Optuna => "Optuna, journal in Redis",
            Self::RqSimple => "RQ, SimpleWorker",
            Self::RqFork => "RQ, Worker (default)",
        })
    }
}

/// A script of Optuna's or RQ's side, with the Python that `cargo xtask bench` sets up for them.
pub(crate) fn python(script: &str, command: &str, url: &str, number: u32) -> Result<Command> {
    let mut python = Command::new(tool("peers-python")?);
    python.arg(format!("{SCRIPTS}/{script}")).args([command, url, &number.to_string()]);
    Ok(python)
}

/// The script of R rush's side.
pub(crate) fn r_script(command: &str, url: &str, number: u32) -> Command {
    let mut r = Command::new("Rscript");
    r.arg(format!("{SCRIPTS}/r_rush_peer.R")).args([command, url, &number.to_string()]);
    // Where rush's own workers, and what it starts beside them, look for Redis.
    r.env("REDIS_URL", url);
    r
}

/// The version of R rush that is installed here, or why it cannot take part.
pub(crate) fn r_rush() -> std::result::Result<String, &'static str> {
    let asked = Command::new("Rscript").arg(format!("{SCRIPTS}/r_rush_peer.R")).arg("version").output();
    let Ok(output) = asked else { return Err("there is no Rscript on the PATH") };
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match version.split('.').next().and_then(|major| major.parse::<u32>().ok()) {
        Some(1..) => Ok(version),
        Some(0) => Err("the R package rush is older than 1.0"),
        None => Err("the R package rush is not installed"),
    }
}

/// The packages of Python that take part, each with its version.
pub(crate) fn packages() -> impl Iterator<Item = (&'static str, &'static str)> {
    REQUIREMENTS.lines().filter_map(|line| line.split_once("=="))
}
