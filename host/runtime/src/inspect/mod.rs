//! Looks at a component before anything is compiled: what it is, what it exports, what it wants from its host.
//!
//! Order of the questions: is it a component at all ([`sniff`]) · is it whole ([`read`]) · is it a worker loop and does
//! the host offer what it imports ([`judge`], against [`offer`]).

mod judge;
mod offer;
mod plugin;
mod read;
mod refusal;
mod sniff;

pub use plugin::{Interface, Needs, Plugin};
pub use refusal::{Refusal, RefusedImport};
