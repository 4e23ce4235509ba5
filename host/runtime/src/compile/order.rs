//! What the compiler's process is told, as its last argument.

use std::io;

use serde::{Deserialize, Serialize};

use super::limits::CompileLimits;
use crate::engine::Build;

/// What to do with the component that follows on the standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) build: Build,
    pub(super) limits: CompileLimits,
    /// Bytes of the component.
    pub(super) size: u64,
}

impl Order {
    pub(super) fn argument(&self) -> io::Result<String> {
        serde_json::to_string(self).map_err(io::Error::from)
    }

    pub(super) fn parse(argument: &str) -> io::Result<Self> {
        serde_json::from_str(argument).map_err(io::Error::from)
    }
}
