//! The imports of world `worker-loop`, one file per interface, implemented over [`rush_network::Worker`].

mod context;
mod convert;
mod fetch;
mod hashes;
mod link;
mod log;
mod refusal;
mod size;
mod table;
mod tasks;
mod worker;

pub(crate) use link::add_to_linker;
