//! The command line.

mod command;
mod common;
mod formats;
mod network;
mod tasks;
mod workers;

pub(crate) use command::{Arguments, Command};
pub(crate) use common::Common;
pub(crate) use formats::{FileFormat, Format, TaskState, TasksFormat};
pub(crate) use network::{Check, Reset, Status, Workers};
pub(crate) use tasks::{Cancel, EmptyQueue, Push, Tasks, Wait};
pub(crate) use workers::{Run, Start, Stop, Worker};
