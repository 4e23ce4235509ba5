//! Runs worker loops, WebAssembly components that share tasks through [`rush_network`], and the objectives that they evaluate, components
//! that nobody has to trust.
//!
//! A host process takes five steps:
//!
//! 1. [`Plugin::worker_loop`] looks at the component: what is wrong with it is said before anything is compiled.
//! 2. [`Engine::new`] makes room for the workers of the process.
//! 3. [`PreparedLoop::new`] takes compiled code from the [`CodeCache`], or compiles it, and links it.
//! 4. [`PreparedLoop::run`], once per worker, runs the guest as an async task until it ends. If the loop has an objective, it is given an
//!    [`Evaluator`] of a [`PreparedObjective`], which is made in the same steps.
//! 5. The [`End`](rush_network::End) that this returns is recorded by the caller.
//!
//! ```no_run
//! use std::sync::Arc;
//! use rush_runtime::{
//!     Build, Capacity, Compiler, Engine, GuestContext, InstancePolicy, Output, Plugin, PreparedLoop, PreparedObjective, Settings,
//! };
//!
//! # async fn example(worker: rush_network::Worker, output: Arc<dyn Output>) -> Result<(), Box<dyn std::error::Error>> {
//! let compiler = Compiler::with_cache_in("/home/me/.cache/rush-host/code");
//! let settings = Settings::default();
//! let build = Build::of(&settings.limits);
//!
//! let plugin = Plugin::objective("branin.wasm", std::fs::read("branin.wasm")?)?;
//! let engine = Engine::new(Capacity { workers: 8, needs: plugin.needs() }, build)?;
//! let objective = PreparedObjective::new(&engine, &compiler, &plugin, &settings, InstancePolicy::Reuse)?;
//!
//! let plugin = Plugin::worker_loop("random_search.wasm", std::fs::read("random_search.wasm")?)?;
//! let engine = Engine::new(Capacity { workers: 8, needs: plugin.needs() }, build)?;
//! let prepared = PreparedLoop::new(&engine, &compiler, &plugin, &settings)?;
//! let evaluator = objective.evaluator(GuestContext::new(43), output.clone());
//! let end = prepared.run(worker.clone(), GuestContext::new(42), output, Some(evaluator)).await;
//! worker.end(&end).await?;
//! # Ok(()) }
//! ```

mod answer;
mod backtrace;
mod bindings;
mod bytes_text;
mod clock;
mod compile;
mod component_error;
mod context;
mod core_dump;
mod end;
mod engine;
mod exceeded;
mod failure;
mod folders;
mod guest;
mod imports;
mod inspect;
mod interrupt;
mod limited;
mod limits;
mod line_stream;
mod link_error;
mod meter;
mod objective;
mod orphan;
mod output;
mod process;
mod random;
mod settings;
mod surroundings;
mod tables;
mod ticker;
mod trap;
mod volume;
mod wasi;
mod worker_loop;

pub use bytes_text::BytesText;
pub use compile::{
    CacheError, CodeCache, CompileChild, CompileChildError, CompileFailure, CompileLimits, CompileMode,
    Compiler, compile_in_child,
};
pub use component_error::{ComponentError, Problem, Stranger, World};
pub use context::GuestContext;
pub use end::{ended_by, time_limit_reached, wall_limit_reached};
pub use engine::{Build, Capacity, Engine, EngineError};
pub use inspect::{Interface, Needs, Plugin, Producer, Refusal, RefusedImport};
pub use limits::Limits;
pub use meter::RunningTime;
pub use objective::{Evaluator, InstancePolicy, PreparedObjective};
pub use output::{Level, LogMessage, MAX_LINE, MAX_LOGGER, MAX_MESSAGE, Output, Stream, Unheard};
/// For fuzzing alone: what a child says, as its parent hears it.
#[cfg(feature = "fuzzing")]
pub use process::said_by_a_child::hear as hear_a_child;
pub use process::{EvaluatorError, EvaluatorProgram, ServeError, serve_evaluations};
pub use settings::{GrantError, GrantedDir, Grants, Settings};
pub use worker_loop::PreparedLoop;
