//! A work queue: workers evaluate what somebody else queues, be it a program, another worker, or `rush-host push`.
//!
//! `[loop.args]` of the run file are [`Args`].

mod args;
mod work_queue;

pub use args::{Args, Patience};
pub use work_queue::work_queue;

rush_worker::main!(work_queue);
