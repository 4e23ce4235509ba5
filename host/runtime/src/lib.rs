//! Runs worker loops: WebAssembly components that share tasks through [`rush_network`].
//!
//! A host process takes five steps:
//!
//! 1. [`Plugin::worker_loop`] looks at the component: what is wrong with it is said before anything is compiled.
//! 2. [`Engine::new`] makes room for the workers of the process.
//! 3. [`PreparedLoop::new`] takes compiled code from the [`CodeCache`], or compiles it, and links it.
//! 4. [`PreparedLoop::run`], once per worker, runs the guest as an async task until it ends.
//! 5. The [`End`](rush_network::End) that this returns is recorded by the caller.
//!
//! ```no_run
//! use std::sync::Arc;
//! use rush_runtime::{Capacity, Compiler, Engine, Limits, LoopContext, Output, Plugin, PreparedLoop};
//!
//! # async fn example(worker: rush_network::Worker, output: Arc<dyn Output>) -> Result<(), Box<dyn std::error::Error>> {
//! let plugin = Plugin::worker_loop("random_search.wasm", std::fs::read("random_search.wasm")?)?;
//! let engine = Engine::new(Capacity { workers: 8, needs: plugin.needs() })?;
//! let compiler = Compiler::with_cache_in("/home/me/.cache/rush-host/code");
//! let prepared = PreparedLoop::new(&engine, &compiler, &plugin, Limits::default())?;
//! let end = prepared.run(worker.clone(), LoopContext::new(42), output).await;
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
mod end;
mod engine;
mod guest;
mod imports;
mod inspect;
mod interrupt;
mod limits;
mod line_stream;
mod link_error;
mod output;
mod random;
mod tables;
mod ticker;
mod trap;
mod wasi;
mod worker_loop;

pub use bytes_text::BytesText;
pub use compile::{CacheError, CodeCache, CompileMode, Compiler};
pub use component_error::{ComponentError, Problem, Stranger, World};
pub use context::LoopContext;
pub use engine::{Capacity, Engine, EngineError};
pub use inspect::{Interface, Needs, Plugin, Refusal, RefusedImport};
pub use limits::Limits;
pub use output::{Level, LogMessage, MAX_LINE, MAX_LOGGER, MAX_MESSAGE, Output, Stream};
pub use worker_loop::PreparedLoop;
