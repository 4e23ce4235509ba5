//! One OS process that carries many workers.
//!
//! Two runtimes: guests run on one with as many threads as cores; beats, wake-ups and signals on a thread of their own,
//! because a guest that computes holds a thread of the former for a whole tick.

mod carry;
mod patience;
mod pulse;
mod voice;

pub(crate) use carry::carry;
