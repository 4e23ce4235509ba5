//! The machine that figures were measured on.

use std::{fmt, fs};

use serde::{Deserialize, Serialize};

use crate::{Result, Server, cell::number_or_nan};

/// What must be known to judge a figure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: usize,
    /// What the processor calls itself.
    pub processor: String,
    /// The kernel.
    pub kernel: String,
    /// The version of `redis-server`.
    pub redis: String,
    /// Load of the last minute before the bench began: more than about 0.3 says that others were at work, too.
    #[serde(deserialize_with = "number_or_nan")]
    pub load: f64,
}

impl Machine {
    /// This one.
    pub fn look(server: &mut Server) -> Result<Self> {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let uname = rustix::system::uname();
        let release = uname.release().to_string_lossy();
        // What follows the number is how whoever built it calls it.
        let release = release.split('-').next().unwrap_or_default();
        Ok(Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: processor.map_or_else(|| "unknown".to_owned(), |(_, name)| name.to_owned()),
            kernel: format!("{} {}", uname.sysname().to_string_lossy(), release),
            redis: server.version()?,
            load: load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN),
        })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, processor, kernel, redis, load } = self;
        write!(
            formatter,
            "{cores} cores ({processor}), {kernel}, Redis {redis} with an append-only file, load {load} before"
        )
    }
}
