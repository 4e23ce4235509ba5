//! The exit codes: stable, documented, tested. Scripts may rely on them.

use rush_launch::signals::EndSignal;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    /// All went well.
    Ok = 0,
    /// A mistake of ours.
    Internal = 1,
    /// The command line makes no sense. clap uses the same code.
    Usage = 2,
    /// The run file, or something that it names, is wrong.
    RunFile = 3,
    /// Redis cannot be reached, or will not do.
    Redis = 4,
    /// A component cannot be built, or cannot be run.
    Component = 5,
    /// Host processes could not be started.
    Launcher = 6,
    /// The run ended for want of workers: its stop conditions are not met, and nobody is left.
    NoWorkers = 7,
    /// Tasks failed, and `--fail-on-failed` was given; or the evaluation of `eval` failed.
    FailedTasks = 8,
    /// A worker loop ended with an error, a trap or an exit code, or went beyond a limit.
    LoopError = 9,
    /// What `wait` waited for did not come within `--timeout`.
    TimedOut = 10,
    /// Ctrl-C.
    Interrupted = 130,
    /// SIGUSR1, to a host process: the time of its machine was up.
    TimeUp = 138,
    /// SIGTERM.
    Terminated = 143,
}

impl ExitCode {
    /// What an exit code of a host process means, if it is one of ours.
    pub(crate) fn of_child(code: i32) -> Option<Self> {
        [
            Self::Internal,
            Self::Usage,
            Self::RunFile,
            Self::Redis,
            Self::Component,
            Self::Launcher,
            Self::LoopError,
        ]
        .into_iter()
        .find(|known| *known as i32 == code)
    }
}

impl From<EndSignal> for ExitCode {
    fn from(signal: EndSignal) -> Self {
        match signal {
            EndSignal::Interrupt => Self::Interrupted,
            EndSignal::Terminate => Self::Terminated,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code as u8)
    }
}
