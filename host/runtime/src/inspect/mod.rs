//! Looks at a component before anything is compiled: what it is, what it exports, what it wants from its host.
//!
//! Order of the questions: is it a component at all ([`sniff`]) · is it whole ([`read`]) · is it a worker loop or an
//! objective ([`judge`], against [`contract`]) and does the host offer it what it imports (against [`offer`]).

mod contract;
mod judge;
mod needs;
mod offer;
mod plugin;
mod producers;
mod read;
mod refusal;
mod shape;
mod sniff;

pub use needs::Needs;
pub use plugin::{Interface, Plugin};
pub use producers::Producer;
pub use refusal::{Refusal, RefusedImport};
