//! What the benches share: a Redis of their own, the processes they measure, and how figures are summed up.
//!
//! Every figure is one of a series that was measured in turns with its reference (A B A B), on the same Redis; time on the
//! processor stands beside time on the clock, because it is the steadier one.

mod artifacts;
mod configuration;
mod failure;
mod machine;
mod measured;
mod native;
mod output;
mod server;
mod spread;
mod subject;

pub use artifacts::{beside, host, plugin, test_guest};
pub use configuration::{Stored, store};
pub use failure::{Failure, Result};
pub use machine::Machine;
pub use measured::{Cpu, Measured};
pub use native::Native;
pub use output::{print_json, print_line, print_table, verdict};
pub use server::{Load, Progress, Server};
pub use spread::Spread;
pub use subject::{Driver, Subject};
