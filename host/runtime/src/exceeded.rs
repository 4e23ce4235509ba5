//! Limits that the host itself watches, as errors that end a guest.

use std::fmt;
use std::time::Duration;

use crate::bytes_text::BytesText;
use crate::limits::Limits;

/// A limit that a guest went beyond. What it asked the limiter for, and did not get, is [`Denied`](crate::limits::Denied).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// Its own running.
    Time { limit: Duration },
    /// The clock on the wall.
    Wall { limit: Duration },
    /// Instructions.
    Fuel { limit: u64 },
    /// Frames.
    Stack { limit: usize },
    /// What one call hands over.
    HostCall { limit: usize },
    /// What it logs and writes.
    Log { limit: u64 },
    /// Streams, pollables, files, that it holds at once.
    Handles { limit: usize },
}

impl Exceeded {
    /// The limit of fuel, which wasmtime watches.
    pub(crate) fn fuel(limits: &Limits) -> Self {
        Self::Fuel { limit: limits.fuel.unwrap_or_default() }
    }
}

impl fmt::Display for Exceeded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time { limit } => {
                write!(formatter, "time limit of {limit:?} reached: the guest itself ran for as long")
            }
            Self::Wall { limit } => write!(formatter, "wall limit of {limit:?} reached: so long it took"),
            Self::Fuel { limit } => {
                write!(formatter, "fuel limit of {limit} reached: so many instructions it ran")
            }
            Self::Stack { limit } => write!(
                formatter,
                "stack limit of {} reached: the guest's recursion is too deep",
                BytesText(*limit as u64)
            ),
            Self::HostCall { limit } => write!(
                formatter,
                "value limit of {} reached: one call of the guest handed its host more; hand over less at once",
                BytesText(*limit as u64)
            ),
            Self::Log { limit } => write!(
                formatter,
                "log limit of {} reached: so much the guest logged and wrote",
                BytesText(*limit)
            ),
            Self::Handles { limit } => write!(
                formatter,
                "limit of {limit} handles reached: so many streams, pollables and files the guest held at once"
            ),
        }
    }
}

impl std::error::Error for Exceeded {}
