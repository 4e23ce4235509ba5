//! Worker loops and objectives for rush-host.
//!
//! A worker loop decides for itself what to evaluate next, looking at what the others have done. It is a function
//! that takes a [`Worker`], compiled to a WebAssembly component:
//!
//! ```
//! use rush_worker::prelude::*;
//!
//! #[derive(Serialize)]
//! struct Point { x1: f64, x2: f64 }
//! #[derive(Serialize)]
//! struct Outcome { y: f64 }
//!
//! fn random_search(worker: &mut Worker) -> Result<()> {
//!     while !worker.terminated() {
//!         let xs = Point {
//!             x1: worker.rng().uniform(-5.0, 10.0),
//!             x2: worker.rng().uniform(0.0, 15.0),
//!         };
//!         let key = worker.push_running_one(&xs)?;
//!         worker.finish_one(&key, &Outcome { y: xs.x1.powi(2) + xs.x2.powi(2) })?;
//!     }
//!     Ok(())
//! }
//!
//! rush_worker::main!(random_search);
//! #
//! # fn main() -> Result<()> {
//! #     let network = rush_worker::testing::TestNetwork::new().stop_when_finished(100);
//! #     random_search(&mut network.worker())?;
//! #     assert_eq!(network.count().finished, 100);
//! #     Ok(())
//! # }
//! ```
//!
//! The crate of a loop, or of an objective, has `crate-type = ["cdylib", "rlib"]`. Build it with `cargo build --release --target
//! wasm32-wasip2`, which gives a component, or for `wasm32-unknown-unknown` and turn the core module into a component
//! with `wit-component`; the latter can do nothing that the host did not grant it.
//!
//! Only what a loop calls becomes an import of its component.
//!
//! # Room
//!
//! A run may have an exact budget, and Redis may be full. [`Worker::when_there_is_room`] makes a call again until it is not refused
//! for want of room; [`Worker::push_running_what_fits`] pushes as much of a batch as the budget has room for.
//!
//! # Objectives
//!
//! The function that a loop evaluates is a component of its own, which `[objective]` of the run file names. It may be of another author
//! and another language, and nobody has to trust it: see [`objective!`] for how one is written. A loop asks for an evaluation with
//! [`Worker::evaluate`]; [`Worker::evaluate_task`] and [`Worker::evaluate_all`] also save what came of it:
//!
//! ```
//! # use rush_worker::{prelude::*, testing::TestNetwork};
//! # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
//! # #[derive(Serialize)] struct Outcome { y: f64 }
//! fn random_search(worker: &mut Worker) -> Result<()> {
//!     while !worker.terminated() {
//!         let xs = Point { x: worker.rng().random() };
//!         let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else { break };
//!         worker.evaluate_task(&key, &xs)?;
//!     }
//!     Ok(())
//! }
//! # fn main() -> Result<()> {
//! let network = TestNetwork::new().stop_when_finished(10).objective(|Point { x }| Outcome { y: x * x });
//! random_search(&mut network.worker())?;
//! # assert_eq!(network.count().finished, 10);
//! # Ok(())
//! # }
//! ```
//!
//! # Rows
//!
//! Points and results are whatever implements serde's traits: see [`to_fields()`] for how values are stored, and
//! [`Task::xs`] for the way back. [`Row`] adds what lies beside them.
//!
//! # Looking at what others have done
//!
//! [`Worker::fetch`] gives a [`Table`] of the tasks in some states, [`Worker::fetch_new`] one of those finished tasks that this
//! worker has not seen:
//!
//! | what for | call |
//! |---|---|
//! | a column, to compute with | [`Table::numbers`], [`integers`](Table::integers), [`booleans`](Table::booleans), [`texts`](Table::texts) |
//! | where it has values | [`Table::valid`] |
//! | a column of anything: lists, bytes, nested values | [`Table::values`] |
//! | which columns there are, and of what kind | [`Table::columns`] |
//! | rows of a type of yours | [`Table::rows_as`] |
//! | tasks, with keys, conditions and workers | [`Table::tasks`], [`Table::iter`] |
//! | keys and states alone | [`Table::keys`], [`Table::states`] |
//! | all of it as JSON | [`Table::json`] |
//!
//! Data that is no task, such as a model that others can use, is stored with [`Worker::write_hash`] and read with
//! [`Worker::read_hash`].
//!
//! # Logs
//!
//! Use the macros of the `log` crate, which the [`prelude`] has. The target is the name of the logger:
//! `info!(target: "mlr3/rush", "fitted in {} steps", steps)`. Panics are logged before they become traps, under the name `panic`.
//!
//! Every message goes to the host, which never holds the loop up for it. What becomes of it is up to the run file: `[log] loggers`
//! says what is stored in Redis, where `rush-host log` finds it, by a threshold for each logger (`mlr3` covers `mlr3/rush`, `root`
//! covers all); `message_log` names a folder for files with everything. Warnings and errors are on the terminal anyway.
//!
//! # Random numbers
//!
//! [`Worker::rng`] gives numbers that depend on nothing but the run's seed and the worker's index: [`uniform`](WorkerRng::uniform),
//! [`integer`](WorkerRng::integer), [`log_uniform`](WorkerRng::log_uniform) and [`choice`](WorkerRng::choice) draw the same in every
//! language that has an SDK, and the traits of the `rand` crate work with it, too.
//!
//! # Tests
//!
//! Natively a network in memory takes the host's place, so a loop is tested like any function: see
//! `testing::TestNetwork`.

pub mod bindings;
pub mod objective_bindings;
pub mod prelude;
#[cfg(not(target_arch = "wasm32"))]
pub mod testing;

mod backend;
mod condition;
mod context;
mod conversion_error;
mod error;
mod errors;
mod evaluating;
mod factor;
mod fetching;
mod from_fields;
mod given;
mod hashes;
#[cfg(target_arch = "wasm32")]
mod logger;
mod names;
mod objective;
mod parts;
mod rng;
mod room;
mod row;
mod run;
mod table;
mod task;
mod tasks;
#[cfg(not(target_arch = "wasm32"))]
mod test_log;
mod to_fields;
mod tree;
mod worker;

pub use bindings::rush::worker::tasks::{Factor, Kind as ColumnKind, Parts};
pub use bindings::rush::worker::types::{Counts, Field, Fields, State, Value};
pub use condition::Condition;
pub use context::Context;
pub use conversion_error::ConversionError;
pub use error::{Error, Result};
pub use from_fields::from_fields;
pub use hashes::{Entries, HashKey};
pub use log;
pub use rand;
pub use rng::WorkerRng;
pub use row::{Row, ToRow};
pub use serde;
pub use table::Table;
pub use task::{Key, Task};
pub use to_fields::to_fields;
pub use worker::Worker;

/// What the macros of this crate call.
#[doc(hidden)]
pub mod __private {
    #[cfg(not(target_arch = "wasm32"))]
    pub use crate::run::check;
    #[cfg(target_arch = "wasm32")]
    pub use crate::run::run;

    #[cfg(target_arch = "wasm32")]
    pub use crate::objective::with_instance;
    pub use crate::objective::{Anything, Function, Instance, Returned, call, ys};
}
