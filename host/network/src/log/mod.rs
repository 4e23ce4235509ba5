//! What workers log: stored in Redis, read from there by anybody.

mod event;
mod following;
mod reading;
mod writing;

pub use event::{LogEvent, LogLevel};
pub use following::LogFollower;
pub use reading::{Log, LogPosition};
