//! The embedded default for Redis: a run that names none gets a real `redis-server` of its own.
//!
//! Who holds what, so that the last one out switches off the light, also after `kill -9`:
//!
//! | lock | in | held by | means |
//! |---|---|---|---|
//! | `users.lock`, shared | runtime folder | every process that uses the server, while it lives | somebody needs it |
//! | `users.lock`, exclusive | runtime folder | the keeper while it shuts the server down | nobody can come in |
//! | `start.lock`, exclusive | runtime folder | whoever looks whether to start a keeper | one starter at a time |
//! | `keeper.lock`, exclusive | runtime folder | the keeper, while it lives | the server has a parent |
//! | `server.lock`, exclusive | data folder | `redis-server` itself (its standard input) | somebody writes this data |
//!
//! Locks are the only truth: no pid file is ever read, so a reboot or a reused pid deceives nobody. All of them belong to
//! the operating system and vanish with their holder.
//!
//! - **A user comes while the keeper shuts down**: it waits for `users.lock`, finds no keeper, starts a new one.
//! - **The keeper is killed**: a shell that waits on a pipe of the keeper's ends `redis-server`; each user has a thread
//!   that waits for `keeper.lock`, and one of them starts a new keeper, unless it is confined: then its keeper would be, too. Connections
//!   break once, data do not.
//! - **`redis-server` is killed**: the keeper starts it again, with growing pauses, as long as there are users.
//! - **All are killed**: the shell ends the server; the next [`PrivateRedis::open`] removes the socket and starts anew.
//! - **Two runtime folders for one data folder** (another environment, another machine on a shared file system): the
//!   server holds `server.lock` in the data folder, where its holder's runtime folder is written, too. On this machine that
//!   folder is then used; on another it is [`PrivateRedisError::InUse`].
//!
//! A write is with the kernel before Redis acknowledges it, so a killed server loses nothing; the keeper brings it to the disk
//! within a second, and a shutdown does at once: only a crash of the machine can cost the last second.

mod data_folder;
mod error;
mod failure;
mod file_lock;
mod flusher;
mod guard;
pub mod keeper;
mod keeper_command;
mod keeper_report;
mod open;
mod patience;
mod probe;
mod runtime_folder;
mod server_process;
mod server_program;

pub use data_folder::data_folder;
pub use error::PrivateRedisError;
pub use keeper_command::KeeperCommand;
pub use open::PrivateRedis;
pub use runtime_folder::Environment;

/// Finds the server program that a private Redis would use, without starting it.
pub fn find_server() -> Result<std::path::PathBuf, PrivateRedisError> {
    server_program::find(std::env::var_os("PATH").as_deref())
}
