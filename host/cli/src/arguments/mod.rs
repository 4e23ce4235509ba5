//! The command line.

mod build;
mod command;
mod common;
mod formats;
mod log;
mod network;
mod new;
#[cfg(test)]
mod reference;
mod tasks;
mod wait;
mod workers;

pub(crate) use build::{Build, BuildFirst, Buildable};
pub(crate) use command::{Arguments, Command};
pub(crate) use common::Common;
pub(crate) use formats::{EvalFormat, FileFormat, Format, TaskState, TasksFormat, WorkerState};
pub(crate) use log::Log;
pub(crate) use network::{Check, DetectLost, Reset, Status, Workers};
pub(crate) use new::New;
pub(crate) use tasks::{Cancel, EmptyQueue, Eval, Push, Tasks};
pub(crate) use wait::Wait;
pub(crate) use workers::{Restart, Run, Script, Start, Stop, Worker};
