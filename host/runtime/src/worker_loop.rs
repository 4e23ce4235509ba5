//! A worker loop, ready to run, and one run of it.

use std::sync::Arc;
use std::time::Duration;

use rush_network::{End, Worker};
use wasmtime::component::Linker;

use crate::bindings::WorkerLoopPre;
use crate::compile::Compiler;
use crate::component_error::ComponentError;
use crate::context::GuestContext;
use crate::core_dump::Remains;
use crate::engine::Engine;
use crate::folders::Folders;
use crate::guest::Guest;
use crate::inspect::Plugin;
use crate::meter::{Meter, RunningTime};
use crate::objective::Evaluator;
use crate::output::Output;
use crate::settings::Settings;
use crate::surroundings::{self, Surrounded as _, Surroundings};
use crate::{end, imports, limited, link_error, wasi};

/// A worker loop that is compiled and linked. Made once per component, cheap to clone, shared by all its workers.
#[derive(Clone)]
pub struct PreparedLoop {
    engine: Engine,
    instance: WorkerLoopPre<Guest>,
    settings: Settings,
    folders: Arc<Folders>,
    /// Of a loop that is watched from outside.
    meter: Option<Arc<Meter>>,
}

impl PreparedLoop {
    /// Compiles a component (or takes it from the cache) and links it. Blocks meanwhile, possibly for seconds.
    pub fn new(
        engine: &Engine,
        compiler: &Compiler,
        plugin: &Plugin,
        settings: &Settings,
    ) -> Result<Self, ComponentError> {
        plugin.check_limits(&settings.limits)?;
        let folders = Arc::new(Folders::of(plugin, &settings.grants)?);
        let component = compiler.component(engine, plugin)?;
        let instance = linker(engine.wasmtime())
            .and_then(|linker| linker.instantiate_pre(&component))
            .and_then(WorkerLoopPre::new)
            .map_err(|error| link_error::of(plugin, &error))?;
        Ok(Self { engine: engine.clone(), instance, settings: settings.clone(), folders, meter: None })
    }

    /// For one run of a loop that cannot be interrupted, whose running time is limited: whoever watches it can ask how long it has run.
    #[must_use]
    pub fn timed(mut self, limit: Duration) -> (Self, RunningTime) {
        let meter = Meter::new(limit);
        let time = RunningTime::of(&meter);
        self.meter = Some(meter);
        (self, time)
    }

    /// Runs the loop as `worker` until it ends, in whichever way, and tells how. Recording the end is up to the caller.
    ///
    /// A worker that was killed, lost or removed ends as soon as its guest waits or gives way, at the latest after a tick of
    /// 10 ms: its future and its store are dropped together, and nothing of it is used again. The same happens when the
    /// returned future is dropped. (A guest of an engine that is not [interruptible](crate::Build::interruptible) never gives way; it ends
    /// with its process.)
    ///
    /// Nothing that a guest does panics here. Should a mistake in the host panic, then within this future: run each worker in a
    /// task of its own, and the others do not notice ([`JoinError::is_panic`](tokio::task::JoinError::is_panic)).
    pub async fn run(
        &self,
        worker: Worker,
        context: GuestContext,
        output: Arc<dyn Output>,
        evaluator: Option<Evaluator>,
    ) -> End {
        tokio::select! {
            // The verdict is asked first each time, so a killed guest is not entered again.
            biased;
            verdict = worker.verdict() => end::ended_by(verdict),
            end = self.run_guest(worker.clone(), context, output, evaluator) => {
                tokio::select! {
                    // A loop that hears in the middle of a call that it was killed ends with an error; that is not how it ended.
                    biased;
                    verdict = worker.verdict() => end::ended_by(verdict),
                    () = std::future::ready(()) => end,
                }
            }
        }
    }

    async fn run_guest(
        &self,
        worker: Worker,
        context: GuestContext,
        output: Arc<dyn Output>,
        evaluator: Option<Evaluator>,
    ) -> End {
        let (engine, build, settings) = (self.engine.wasmtime(), self.engine.build(), &self.settings);
        let mut surroundings =
            match Surroundings::new(settings, &self.folders, build, context, Arc::clone(&output)) {
                Ok(surroundings) => surroundings,
                Err(error) => return end::not_granted(&error),
            };
        if let Some(meter) = &self.meter {
            surroundings.meter = Some(Arc::clone(meter));
        }
        let meter = surroundings.meter.clone();
        let guest = Guest::new(worker, surroundings, evaluator);
        let mut store = surroundings::store(engine, build, settings, guest);
        let run = async {
            let instance = self.instance.instantiate_async(&mut store).await?;
            store.data_mut().surroundings_mut().limiter.started();
            instance.call_run(&mut store).await
        };
        match limited::run(&settings.limits, Duration::ZERO, meter.as_deref(), run).await {
            Ok(result) => end::returned(result, store.data().surroundings().limiter.denied()),
            Err(error) => {
                let end = end::failed(&error, store.data().surroundings(), settings);
                if let Some(remains) = Remains::of(store, error, "loop", &*output) {
                    remains.keep(&output).await;
                }
                end
            }
        }
    }
}

fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<Guest>> {
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker)?;
    imports::add_to_linker(&mut linker)?;
    Ok(linker)
}
