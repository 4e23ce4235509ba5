//! One OS process that carries many workers.
//!
//! Two runtimes: guests run on one, with as many threads as there are cores for this process; beats, wake-ups and signals on a thread of their own,
//! because a guest that computes holds a thread of the former for a whole tick.

mod alone;
mod carried;
mod carry;
mod cast;
mod core_dumps;
mod data_files;
mod launch;
mod log_files;
mod log_sink;
mod log_thresholds;
mod mappings;
mod own_log;
mod patience;
mod predecessor;
mod preparing;
mod pulse;
mod registering;
mod restarting;
mod revocable;
mod terminal;
mod time_up;
mod voice;

pub(crate) use carry::carry;
pub(crate) use core_dumps::{CoreDumpFolder, CoreDumps};
