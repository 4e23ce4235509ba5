//! One OS process that carries many workers.
//!
//! Two runtimes: guests run on one with as many threads as cores; beats, wake-ups and signals on a thread of their own,
//! because a guest that computes holds a thread of the former for a whole tick.

mod carry;
mod data_files;
mod log_files;
mod log_sink;
mod log_thresholds;
mod patience;
mod pulse;
mod registering;
mod restarting;
mod terminal;
mod voice;

pub(crate) use carry::carry;
