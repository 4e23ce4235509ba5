//! A worker loop, ready to run, and one run of it.

use std::sync::Arc;

use rush_network::{End, Worker};
use wasmtime::component::Linker;

use crate::bindings::WorkerLoopPre;
use crate::compile::Compiler;
use crate::component_error::{ComponentError, Problem};
use crate::context::LoopContext;
use crate::engine::Engine;
use crate::guest::Guest;
use crate::inspect::Plugin;
use crate::limits::Limits;
use crate::output::Output;
use crate::{end, imports, link_error, wasi};

/// A worker loop that is compiled and linked. Made once per component, cheap to clone, shared by all its workers.
#[derive(Clone)]
pub struct PreparedLoop {
    engine: Engine,
    instance: WorkerLoopPre<Guest>,
    limits: Limits,
}

impl PreparedLoop {
    /// Compiles a component (or takes it from the cache) and links it. Blocks meanwhile, possibly for seconds.
    pub fn new(
        engine: &Engine,
        compiler: &Compiler,
        plugin: &Plugin,
        limits: Limits,
    ) -> Result<Self, ComponentError> {
        plugin.check_limits(&limits)?;
        let component = compiler.component(engine, plugin)?;
        let link_error = |error| plugin.error(Problem::Link { detail: link_error::words(&error) });
        let linker = linker(engine.wasmtime()).map_err(link_error)?;
        let instance = linker.instantiate_pre(&component).and_then(WorkerLoopPre::new).map_err(link_error)?;
        Ok(Self { engine: engine.clone(), instance, limits })
    }

    /// Runs the loop as `worker` until it ends, in whichever way, and tells how. Recording the end is up to the caller.
    ///
    /// A worker that was killed, lost or removed ends as soon as its guest waits or gives way, at the latest after a tick of
    /// 10 ms: its future and its store are dropped together, and nothing of it is used again. The same happens when the
    /// returned future is dropped.
    ///
    /// Nothing that a guest does panics here. Should a mistake in the host panic, then within this future: run each worker in a
    /// task of its own, and the others do not notice ([`JoinError::is_panic`](tokio::task::JoinError::is_panic)).
    pub async fn run(&self, worker: Worker, context: LoopContext, output: Arc<dyn Output>) -> End {
        tokio::select! {
            // The verdict is asked first each time, so a killed guest is not entered again.
            biased;
            verdict = worker.verdict() => end::verdict(verdict),
            end = self.run_guest(worker.clone(), context, output) => {
                tokio::select! {
                    // A loop that hears in the middle of a call that it was killed ends with an error; that is not how it ended.
                    biased;
                    verdict = worker.verdict() => end::verdict(verdict),
                    () = std::future::ready(()) => end,
                }
            }
        }
    }

    async fn run_guest(&self, worker: Worker, context: LoopContext, output: Arc<dyn Output>) -> End {
        let mut store = Guest::store(self.engine.wasmtime(), self.limits, worker, context, output);
        let result = async {
            let instance = self.instance.instantiate_async(&mut store).await?;
            store.data_mut().limiter.started();
            instance.call_run(&mut store).await
        }
        .await;
        let guest = store.data();
        let denied = guest.limiter.denied();
        match result {
            Ok(result) => end::returned(result, denied),
            Err(error) => end::failed(&error, denied, guest.panic.as_deref(), &self.limits),
        }
    }
}

fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker)?;
    imports::add_to_linker(&mut linker)?;
    Ok(linker)
}
