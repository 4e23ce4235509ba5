//! The imports of worlds `worker-loop` and `objective`, one file per interface, implemented over [`rush_network::Worker`].

mod context;
pub(crate) mod convert;
mod evaluator;
mod fetch;
mod hashes;
mod link;
mod log;
mod refusal;
mod room;
mod size;
mod table;
mod tasks;
mod worker;

pub(crate) use link::{add_to_linker, add_to_objective};
pub(crate) use room::{Left, Room};
