//! Why a child did not compile a component.

use std::time::Duration;

use crate::bytes_text::BytesText;

/// Why the process that should compile a component did not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileFailure {
    /// Too large to begin with.
    #[error("it has {}, and the most that is compiled is {}", BytesText(*size), BytesText(*limit))]
    Input {
        /// Bytes of the component.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// Processor time is used up.
    #[error("compiling took more than {} s of processor time", limit.as_secs_f64())]
    Time {
        /// The limit.
        limit: Duration,
    },
    /// It takes for ever by the clock.
    #[error("compiling was not done after {} s", limit.as_secs_f64())]
    Wall {
        /// The limit.
        limit: Duration,
    },
    /// Memory is used up.
    #[error("compiling took more than {} of memory", BytesText(*limit))]
    Memory {
        /// The limit in bytes.
        limit: u64,
    },
    /// Too much code came out of it.
    #[error("it becomes more than {} of code", BytesText(*limit))]
    Output {
        /// The limit in bytes.
        limit: u64,
    },
    /// The compiler did not come to an end by itself.
    #[error("the compiler died ({how})")]
    Died {
        /// A signal or an exit code, and what it said last.
        how: String,
    },
    /// There was no compiler.
    #[error("the compiler `{program}` cannot be started: {cause}")]
    Start {
        /// The program.
        program: String,
        /// What the system said.
        cause: String,
    },
}

impl CompileFailure {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Input { .. } => "build it smaller: with optimisation, without debug information (`strip`)",
            Self::Time { .. } | Self::Wall { .. } => {
                "it may be made to be slow to compile. If you trust it, allow more: `RUSH_COMPILE_TIME=10m`"
            }
            Self::Memory { .. } => {
                "it may be made to need much. If you trust it, allow more: `RUSH_COMPILE_MEMORY=8GiB`"
            }
            Self::Output { .. } => "it may be made to become much; do not run it unless you know why",
            Self::Died { .. } => {
                "run it again; if it dies again, the component sets off a mistake in the compiler"
            }
            Self::Start { .. } => "it is this program itself: was it removed or replaced while it ran?",
        }
    }
}
