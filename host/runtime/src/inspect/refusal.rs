//! Imports that the host does not offer.

use std::fmt;

/// An import that the host does not offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedImport {
    /// The interface as the component names it, e.g. `wasi:sockets/tcp@0.2.3`.
    pub interface: String,
    /// Its functions and resources, if only some of them are refused.
    pub items: Vec<String>,
    /// Whether anything can be done about it.
    pub refusal: Refusal,
}

/// Why an import is refused, and what would allow it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// No grant opens it.
    Never {
        /// Why not.
        reason: &'static str,
    },
    /// Only worker loops may have it.
    OnlyLoops {
        /// Why objectives may not.
        reason: &'static str,
    },
    /// The host has the interface in another version.
    OtherVersion {
        /// The version that this host has.
        offered: &'static str,
    },
    /// The host has the interface, but without these functions: the component was made for a newer one.
    NewerInterface {
        /// The version that this host has.
        offered: &'static str,
    },
    /// Not an interface of this host.
    Unknown,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never { reason } => write!(formatter, "never: {reason}; no grant allows it"),
            Self::OnlyLoops { reason } => formatter.write_str(reason),
            Self::OtherVersion { offered } => {
                write!(formatter, "this host has version {offered}; build for that")
            }
            Self::NewerInterface { offered } => {
                write!(formatter, "not part of version {offered}, which this host has; build for that")
            }
            Self::Unknown => formatter.write_str("never: not an interface of this host; no grant allows it"),
        }
    }
}

impl fmt::Display for RefusedImport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.interface)?;
        if !self.items.is_empty() {
            write!(formatter, " ({})", self.items.join(", "))?;
        }
        write!(formatter, ": {}", self.refusal)
    }
}
