//! rush for Rust: tasks that any number of workers share through one Redis, without a coordinator.
//!
//! The model is the R package [rush](https://rush.mlr-org.com); keys and their meanings are those of rush 1.2, so that an
//! operator who knows one knows the other. `rush-host` builds on this crate, and a native Rust program can as well.
//!
//! - [`Network`]: a handle on the shared state; what a manager needs: push, counts, tasks, workers, kill, reset.
//! - [`Worker`]: a registered worker: push, pop, finish, fail. What it writes counts as long as it is registered.
//! - [`Heart`]: one per process: beats for all its workers, listens for wake-ups, buries the dead.
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

mod check;
mod codec;
mod end;
mod error;
mod heart;
mod ids;
mod keys;
mod link;
mod local;
mod manager;
mod network;
mod patience;
mod punctuality;
mod queues;
mod read;
mod reading;
mod remedy;
mod reply;
mod reset;
mod script;
mod server;
mod stop;
mod stored;
mod task;
mod transitions;
mod value;
mod wake_up;
mod words;
mod worker;
mod worker_info;

pub use codec::{Codec, DecodeError, MessagePack, fields_to_json, value_to_json};
pub use end::{Burial, End, EndKind};
pub use error::{Error, Invalid, Result};
pub use heart::{Heart, HeartSettings};
pub use ids::{NetworkId, WorkerId};
pub use link::Settings;
pub use local::Verdict;
pub use network::Network;
#[doc(hidden)]
pub use script::{SCRIPT_NAMES, script_name_of};
pub use stop::{StopConditions, StopReason};
pub use stored::digest;
pub use task::{
    Condition, Counts, FailedTask, Failure, FinishedTask, NewTask, Outcome, State, Task, TaskKey,
};
pub use value::{Field, Fields, Value, field};
pub use worker::{Registration, Worker};
pub use worker_info::{WorkerInfo, WorkerState};
