//! Starting host processes, and the Redis that a run without one gets.
//!
//! - [`private_redis`]: a real `redis-server` that starts with the first user and ends with the last;
//! - [`local`]: host processes on this machine, supervised by the manager or on their own;
//! - [`detach`], [`local::Watchdog`]: what those processes do on their side;
//! - [`quote`]: command lines for the shells of other machines;
//! - [`signals`]: Ctrl-C once, Ctrl-C twice.

pub mod detach;
pub mod local;
pub mod private_redis;
pub mod quote;
pub mod signals;
