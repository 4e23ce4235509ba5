//! What tests of anything that talks to Redis need, and nothing that they test: no library of ours is used here.
//!
//! - [`TestRedis`]: a real `redis-server` of one's own, gone when it is dropped.
//! - [`Proxy`]: stands before it and breaks connections on purpose.
//! - [`Snapshot`]: everything that a network has in Redis, read raw and at one moment, and what must hold for it.

#![expect(clippy::missing_panics_doc, reason = "a test has no better answer to a Redis that does not work")]

mod proxy;
mod server;
mod snapshot;
mod violations;

pub use proxy::{Fault, Proxy};
pub use server::{Elsewhere, Options, TestRedis};
pub use snapshot::{Snapshot, Task, Worker};
