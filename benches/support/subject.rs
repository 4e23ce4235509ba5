//! What can be measured in `loop-cost`: the twin or the host, each with its threads laid out in one way or another.

use std::{fmt, path::PathBuf, process::Command, str::FromStr};

use crate::{Result, Stored, artifacts};

/// Where the task runs that drives the connection for commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Driver {
    /// On the runtime of the loops.
    #[default]
    Loops,
    /// On the thread that beats.
    Pulse,
}

/// One of the programs that are compared.
///
/// As text: `twin`, `twin:pulse` or `wasm`, `wasm=PATH` (another build of `rush-host`), each perhaps with `@THREADS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    program: Program,
    /// Threads of the loops' runtime; as many as cores without a number.
    threads: Option<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Program {
    Twin(Driver),
    Host(Option<PathBuf>),
}

impl Subject {
    /// The command that carries so many workers in a network.
    pub fn command(&self, url: &str, stored: &Stored, workers: u32) -> Result<Command> {
        let mut command = match &self.program {
            Program::Twin(driver) => {
                let mut command = Command::new(artifacts::beside("native_twin")?);
                command.args(["--driver", if *driver == Driver::Pulse { "pulse" } else { "loops" }]);
                command
            }
            Program::Host(path) => {
                let path = path.clone().map_or_else(artifacts::host, Ok)?;
                let mut command = Command::new(path);
                command.args(["worker", "--config", &stored.config]);
                command
            }
        };
        command.args(["--network", &stored.network, "--workers", &workers.to_string()]);
        command.env("REDIS_URL", url).stdin(std::process::Stdio::null());
        match self.threads {
            // Both build their runtime without a number, so that tokio asks this variable.
            Some(threads) => command.env("TOKIO_WORKER_THREADS", threads.to_string()),
            None => command.env_remove("TOKIO_WORKER_THREADS"),
        };
        Ok(command)
    }

    /// Whether this is `rush-host` with a WebAssembly component.
    pub fn is_host(&self) -> bool {
        matches!(self.program, Program::Host(_))
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let (program, threads) = match text.rsplit_once('@') {
            Some((program, threads)) => {
                let threads = threads.parse().ok().filter(|threads| *threads > 0);
                (program, Some(threads.ok_or("a number of threads is expected after `@`")?))
            }
            None => (text, None),
        };
        let program = match (program, program.strip_prefix("wasm=")) {
            ("twin", _) => Program::Twin(Driver::Loops),
            ("twin:pulse", _) => Program::Twin(Driver::Pulse),
            ("wasm", _) => Program::Host(None),
            (_, Some(path)) => Program::Host(Some(path.into())),
            _ => {
                return Err(
                    "expected `twin`, `twin:pulse`, `wasm` or `wasm=PATH`, perhaps with `@THREADS`".into()
                );
            }
        };
        Ok(Self { program, threads })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.program {
            Program::Twin(Driver::Loops) => formatter.write_str("twin")?,
            Program::Twin(Driver::Pulse) => formatter.write_str("twin:pulse")?,
            Program::Host(None) => formatter.write_str("wasm")?,
            Program::Host(Some(path)) => write!(formatter, "wasm={}", path.display())?,
        }
        self.threads.map_or(Ok(()), |threads| write!(formatter, "@{threads}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_as_it_is_written() {
        for text in ["twin", "twin:pulse", "twin:pulse@1", "wasm", "wasm@2", "wasm=/tmp/rush-host@1"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for text in ["", "native", "twin@", "twin@0", "twin@two", "wasm:pulse"] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }
}
