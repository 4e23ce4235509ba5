//! The build commands of a run file: what they are, how they are run, and which tools they lack.

mod builds;
mod missing;
mod process_group;
mod shell;
mod tools;
mod words;

pub(crate) use builds::{build, unbuilt};
