//! What is measured against what: the host, its native twin, or the wire floor.

use std::{
    fmt,
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    str::FromStr,
};

use rustix::process::Signal;

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

/// What workers do, over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Work {
    /// Push-running, finish: two round trips a task.
    #[default]
    TwoTrips,
    /// Finish-and-push-running: one.
    OneTrip,
    /// Pop, finish.
    Queue,
}

impl Work {
    /// How a reference is told.
    fn option(self) -> Option<&'static str> {
        match self {
            Self::TwoTrips => None,
            Self::OneTrip => Some("--one-trip"),
            Self::Queue => Some("--queue"),
        }
    }
}

/// One of the programs that are compared.
///
/// As text: `floor`, `twin`, `twin:pulse` or `wasm`, `twin=PATH` and `wasm=PATH` (other builds of `native_twin` and `rush-host`), each
/// perhaps with `@THREADS`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    program: Program,
    /// Threads of the loops' runtime; as many as cores without a number. The floor has but one.
    threads: Option<u16>,
    work: Work,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Program {
    Floor,
    Twin(Driver),
    OtherTwin(PathBuf),
    Host(Option<PathBuf>),
}

/// The floor sends the commands of so many workers at once, at most: more of them would be no faster.
const BATCH: u32 = 64;

impl Subject {
    /// The same with other work. What a host does is said by its component, which is stored.
    #[must_use]
    pub fn doing(&self, work: Work) -> Self {
        Self { work, ..self.clone() }
    }

    /// The command that carries so many workers in a network, as one of so many host processes on this machine.
    ///
    /// Like `rush-host run` it lets all of them together have as many threads as there are cores.
    pub fn command(&self, url: &str, stored: &Stored, workers: u32, processes: u32) -> Result<Command> {
        let mut command = Command::new(self.path()?);
        match &self.program {
            Program::Host(_) => {
                command.args(["worker", "--config", &stored.config]);
            }
            Program::Floor | Program::Twin(_) | Program::OtherTwin(_) => {
                command.args(self.work.option());
            }
        }
        if self.program == Program::Twin(Driver::Pulse) {
            command.args(["--driver", "pulse"]);
        }
        let workers = if self.is_floor() { workers.min(BATCH) } else { workers };
        command.args(["--network", &stored.network, "--workers", &workers.to_string()]);
        command.env("REDIS_URL", url).stdin(Stdio::null());
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let share = cores / usize::try_from(processes).unwrap_or(1).max(1);
        let threads = self.threads.map_or(share.max(1), usize::from);
        match &self.program {
            Program::Host(_) if self.threads.is_none() && processes == 1 => {}
            Program::Host(_) => {
                command.args(["--threads", &threads.to_string()]);
            }
            // As a host does. It builds its runtime without a number, so that tokio asks this variable.
            _ => {
                let threads = threads.min(usize::try_from(workers).unwrap_or(threads)).max(1);
                command.env("TOKIO_WORKER_THREADS", threads.to_string());
            }
        }
        Ok(command)
    }

    fn path(&self) -> Result<PathBuf> {
        match &self.program {
            Program::Floor => artifacts::beside("wire_floor"),
            Program::Twin(_) => artifacts::beside("native_twin"),
            Program::Host(None) => artifacts::host(),
            Program::OtherTwin(path) | Program::Host(Some(path)) => Ok(path.clone()),
        }
    }

    /// Whether this is how it ends when it is asked to.
    pub fn ends_with(&self, status: ExitStatus) -> bool {
        match self.program {
            Program::Floor | Program::Twin(_) | Program::OtherTwin(_) => status.success(),
            // It tells the signal.
            Program::Host(_) => status.code() == Some(128 + Signal::TERM.as_raw()),
        }
    }

    /// Whether this is `rush-host` with a WebAssembly component.
    pub fn is_host(&self) -> bool {
        matches!(self.program, Program::Host(_))
    }

    /// Whether this is the twin as it was built beside this bench, laid out as a host is: what others are compared with.
    pub fn is_twin(&self) -> bool {
        self.program == Program::Twin(Driver::Loops) && self.threads.is_none()
    }

    /// Whether this is the wire floor.
    pub fn is_floor(&self) -> bool {
        self.program == Program::Floor
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
        let program = match (program, program.split_once('=')) {
            ("floor", _) => Program::Floor,
            ("twin", _) => Program::Twin(Driver::Loops),
            ("twin:pulse", _) => Program::Twin(Driver::Pulse),
            ("wasm", _) => Program::Host(None),
            (_, Some(("twin", path))) => Program::OtherTwin(path.into()),
            (_, Some(("wasm", path))) => Program::Host(Some(path.into())),
            _ => {
                return Err(
                    "expected `floor`, `twin`, `twin:pulse`, `wasm`, `twin=PATH` or `wasm=PATH`, perhaps with `@THREADS`"
                        .into(),
                );
            }
        };
        Ok(Self { program, threads, work: Work::default() })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.program {
            Program::Floor => formatter.write_str("floor")?,
            Program::Twin(Driver::Loops) => formatter.write_str("twin")?,
            Program::Twin(Driver::Pulse) => formatter.write_str("twin:pulse")?,
            Program::OtherTwin(path) => write!(formatter, "twin={}", path.display())?,
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
        for text in [
            "floor",
            "twin",
            "twin:pulse",
            "twin:pulse@1",
            "twin=/tmp/native_twin",
            "wasm",
            "wasm@2",
            "wasm=/tmp/rush-host@1",
        ] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for text in ["", "native", "twin@", "twin@0", "twin@two", "wasm:pulse", "floor=/tmp/floor"] {
            assert!(text.parse::<Subject>().is_err(), "{text}");
        }
    }
}
