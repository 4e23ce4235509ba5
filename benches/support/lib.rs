//! What the benches share: a Redis of their own, the processes they measure, and how figures are summed up.
//!
//! Every figure is one of a series that was measured in turns with its reference (A B A B), on the same Redis; time on the
//! processor stands beside time on the clock, because it is the steadier one.

mod artifacts;
mod cell;
mod claim;
mod configuration;
mod delay;
mod failure;
mod filling;
mod machine;
mod measured;
mod native;
mod output;
mod readme;
mod report;
mod results;
mod server;
mod spread;
mod subject;
mod table;
mod transport;
mod turn;

pub use artifacts::{beside, host, plugin, test_guest, tool};
pub use cell::Cell;
pub use claim::Claim;
pub use configuration::{Stored, store, store_run};
pub use delay::Delay;
pub use failure::{Failure, Result};
pub use filling::{fill_finished, fill_queued, task_key};
pub use machine::Machine;
pub use measured::{Cpu, Measured, memory_of};
pub use native::Native;
pub use output::{print_json, print_line};
pub use readme::{CLAIMS, ReadmeError, blocks};
pub use report::{OutputArguments, Report};
pub use results::Readme;
pub use server::{Load, Progress, Server};
pub use spread::Spread;
pub use subject::{Driver, Subject, Work};
pub use table::{Column, Row, Table};
pub use transport::{SocketAddress, Stream, Transport};
pub use turn::{Fleet, Turn, Window};
