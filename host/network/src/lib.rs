//! rush for Rust: tasks that any number of workers share through one Redis, without a coordinator.
//!
//! The model is the R package [rush](https://rush.mlr-org.com); keys and their meanings are those of rush 1.2, so that an
//! operator who knows one knows the other. `rush-host` builds on this crate, and a native Rust program can as well.
//!
//! - [`Network`]: a handle on the shared state; what a manager needs: push, cancel, counts, tasks, hashes, workers, kill, reset.
//! - [`Worker`]: a registered worker: push, pop, finish, fail. What it writes counts as long as it is registered.
//! - [`Heart`]: one per process: beats for all its workers, listens for wake-ups, buries the dead.
//! - [`Table`]: tasks as columns, fetched by [`Network::fetch`] and [`Worker::fetch_new`]; arrow arrays.
//! - [`Codec`]: how values become bytes; [`MessagePack`] by default.
//!
//! A worker in a native program (needs a Redis, so it is compiled but not run here):
//!
//! ```no_run
//! use rush_network::{Heart, HeartSettings, Network, NetworkId, Outcome, Registration, Settings, fields};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let id = NetworkId::parse("branin")?;
//! let network = Network::connect(id, &Settings::new("redis://127.0.0.1")).await?;
//! let heart = Heart::start(&network, HeartSettings::default()).await?;
//! let worker = network.register(Registration::default()).await?;
//! while !worker.terminated() && worker.count().await?.finished < 100 {
//!     let xs = fields! { "x1" => 1.5, "x2" => 2.0 };
//!     let keys = worker.push_running(&[xs.into()]).await?;
//!     let outcomes = keys.into_iter().map(|key| Outcome::new(key, fields! { "y" => 3.0 }));
//!     worker.finish(&outcomes.collect::<Vec<_>>()).await?;
//! }
//! worker.end(&rush_network::End::returned()).await?;
//! heart.stop().await;
//! # Ok(()) }
//! ```
//!
//! # For those who know R rush
//!
//! | R | here |
//! |---|---|
//! | `rsh()`, `rush$network_id`, `rush$config` | [`Network::connect`], [`Network::id`], [`Network::settings`] |
//! | `RushWorker$new()`, `worker$set_terminated()` | [`Network::register`], [`Worker::end`] |
//! | `push_tasks` with `xss`, `xss_extra` | [`Network::push`], [`Worker::push`]; a [`NewTask`] has both |
//! | `push_running_tasks`, `finish_tasks`, `fail_tasks` | [`Worker::push_running`], [`Worker::finish`], [`Worker::fail`]; in one trip [`Worker::finish_and_push_running`] |
//! | `push_finished_tasks`, `push_failed_tasks` | [`Network::push_finished`], [`Network::push_failed`], and of a worker |
//! | `pop_task(timeout)` | [`Worker::pop`] |
//! | `n_queued_tasks` … `n_failed_tasks` | [`Network::counts`] |
//! | `queued_tasks` … `tasks_with_state` | [`Network::task_keys`] |
//! | what `fetch_failed_tasks` says, counted | [`Network::failures_by_kind`] |
//! | `is_running_task`, `is_failed_task` | [`Network::has_state`], [`Network::states`] |
//! | `fetch_tasks`, `fetch_finished_tasks`, `fetch_tasks_with_state` | [`Network::fetch`]: a [`Table`]; [`Network::tasks`]: rows |
//! | `fetch_new_tasks(timeout)`, `reset_cache()` | [`Worker::fetch_new`], [`Worker::reset_cache`] |
//! | `wait_for_tasks` | [`Network::wait_for_tasks`] |
//! | `empty_queue()` | [`Network::empty_queue`]; [`Network::cancel_queued`] for some of it, [`Network::cancel`] also for running tasks |
//! | `write_hashes`, `read_hashes(flatten)` | [`Network::write_hashes_by_entry`], [`Network::read_hashes`], [`Network::read_hashes_flat`] |
//! | `worker_info`, `worker_ids`, `running_worker_ids` … | [`Network::workers`], [`Network::running_workers`], [`Network::worker_counts`] |
//! | `wait_for_workers(n, worker_ids, timeout)` | [`Network::wait_for_workers`] |
//! | `stop_workers(type = "terminate" \| "kill")` | [`Network::terminate`], [`Network::kill`] |
//! | `worker$terminated` | [`Worker::terminated`] |
//! | `detect_lost_workers()` | every [`Heart`] does it; [`Network::detect_lost`] without one; [`Network::bury`] for one that is known to be gone |
//! | `restart_workers` (0.4) | [`Network::register`] with the id of one that ended; [`Network::claimed_restarts`] for those that were lost |
//! | `reset()`, `reset(workers = FALSE)` | [`Network::reset`], [`Network::reset_tasks`] |
//! | `read_log()`, `print_log()` | [`Network::read_log`] from a [`LogPosition`]; [`Network::follow_log`] |
//! | `reconnect()` | happens by itself; [`Network::reconnect`] to be sure |
//!
//! Runnable examples: `examples/manager.rs` and `examples/worker.rs`.

mod budget;
mod cancelling;
mod cancels;
mod check;
mod codec;
mod end;
mod error;
mod failures;
mod fetch;
mod fetch_new;
mod finished_cache;
mod goal;
mod group;
mod hash_pages;
mod hashes;
mod heart;
mod hostname;
mod ids;
mod keys;
mod large;
mod launches;
mod link;
mod local;
mod log;
mod manager;
mod network;
mod patience;
mod punctuality;
mod queues;
mod read;
mod reading;
mod registration;
mod remedy;
mod reply;
mod reset;
mod reset_tasks;
mod restarts;
mod running_cache;
mod script;
mod server;
mod silent;
mod stop;
mod stored;
mod table;
mod task;
mod task_hash;
mod transitions;
mod value;
mod wake_up;
mod words;
mod worker;
mod worker_info;

pub use cancelling::Cancelled;
pub use codec::{Codec, DecodeError, MessagePack, fields_to_json, value_to_json};
pub use end::{Burial, End, EndKind};
pub use error::{Error, Invalid, Result};
pub use goal::{WaitedFor, WorkersGoal};
pub use hashes::{Entries, bare};
pub use heart::{Heart, HeartSettings};
pub use hostname::hostname;
pub use ids::{LaunchId, NetworkId, WorkerId};
pub use launches::{LaunchRecord, LaunchedProcess, LaunchedWorker};
pub use link::Settings;
pub use local::Verdict;
pub use log::{Log, LogEvent, LogFollower, LogLevel, LogPosition};
pub use network::Network;
pub use registration::{OnLost, Registration};
#[doc(hidden)]
pub use script::{SCRIPT_NAMES, script_name_of};
pub use stop::{StopConditions, StopReason};
pub use stored::{LARGEST_BLOB, digest};
pub use table::{ColumnError, ColumnKind, Factor, Parts, Table};
pub use task::{
    Condition, Counts, FailedTask, Failure, FinishedTask, NewTask, Outcome, State, Task, TaskKey,
};
pub use value::{Field, Fields, Value, field};
pub use worker::Worker;
pub use worker_info::{WorkerInfo, WorkerState};
