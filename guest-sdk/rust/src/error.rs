//! What can go wrong in a worker loop or an objective.

use crate::{ConversionError, bindings::rush::worker::types};

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong in a worker loop. Most loops pass all of it on with `?`.
///
/// Two cases are the ordinary end of a loop: see [`Error::LostOwnership`] and [`Error::BudgetExhausted`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The call makes no sense: lengths differ, names repeat, a key is unknown.
    #[error("{0}")]
    Invalid(String),
    /// This worker was declared lost, killed, or removed by a reset. Nothing it writes counts any more, so the loop
    /// should end, which `?` does.
    #[error("this worker is no longer part of the network: {0}")]
    LostOwnership(String),
    /// The run's exact budget does not allow this many tasks.
    #[error("the budget of this run allows {remaining} more tasks")]
    BudgetExhausted {
        /// So many more tasks would have been possible. A loop that passes on an error with 0 here ends as one that
        /// returned, and will not be there if a task fails whose place is to be taken:
        /// [`Worker::when_there_is_room`](crate::Worker::when_there_is_room) waits for that.
        remaining: u64,
    },
    /// Redis is full; nothing was written. Trying again later is reasonable, which
    /// [`Worker::when_there_is_room`](crate::Worker::when_there_is_room) does.
    #[error("the memory of Redis is full: {0}")]
    StorageFull(String),
    /// Redis cannot be reached within the time limit; whether the call took effect is settled on reconnect.
    #[error("Redis cannot be reached: {0}")]
    Unavailable(String),
    /// A value is larger than the run file allows; nothing was written.
    #[error("{0}")]
    LimitExceeded(String),
    /// Not granted to this component.
    #[error("not granted: {0}")]
    Denied(String),
    /// A row cannot become fields, or fields cannot become the row that was asked for.
    #[error(transparent)]
    Conversion(#[from] ConversionError),
    /// `[loop.args]` or `[objective.args]` of the run file is not what the component expects.
    #[error("`{at}` in the run file: {message}")]
    Args {
        /// Where: `loop.args.lower[1]`.
        at: String,
        /// What is wrong with it.
        message: String,
    },
    /// The loop's own message.
    #[error("{0}")]
    Message(String),
}

impl Error {
    /// An error of the loop's own.
    ///
    /// ```
    /// # use rush_worker::Error;
    /// assert_eq!(Error::message("`lower` exceeds `upper`").to_string(), "`lower` exceeds `upper`");
    /// ```
    pub fn message(text: impl Into<String>) -> Self {
        Self::Message(text.into())
    }
}

impl From<String> for Error {
    fn from(text: String) -> Self {
        Self::Message(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Self {
        Self::Message(text.to_owned())
    }
}

impl From<types::Error> for Error {
    fn from(error: types::Error) -> Self {
        match error {
            types::Error::Invalid(text) => Self::Invalid(text),
            types::Error::LostOwnership(text) => Self::LostOwnership(text),
            types::Error::BudgetExhausted(remaining) => Self::BudgetExhausted { remaining },
            types::Error::StorageFull(text) => Self::StorageFull(text),
            types::Error::Unavailable(text) => Self::Unavailable(text),
            types::Error::LimitExceeded(text) => Self::LimitExceeded(text),
            types::Error::Denied(text) => Self::Denied(text),
        }
    }
}
