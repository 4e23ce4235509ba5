//! An objective as an instance in this process.

use std::sync::Arc;
use std::time::{Duration, Instant};

use wasmtime::Store;
use wasmtime::component::{Component, Linker};

use super::{InstancePolicy, condition};
use crate::bindings::objective::{Objective, ObjectivePre};
use crate::bindings::rush::worker::types as wit;
use crate::context::GuestContext;
use crate::core_dump::Remains;
use crate::engine::Engine;
use crate::failure::{FailureKind, Role, explain};
use crate::folders::Folders;
use crate::meter::Meter;
use crate::output::Output;
use crate::settings::Settings;
use crate::surroundings::{self, Surrounded, Surroundings};
use crate::{imports, limited, wasi};

/// An objective that is linked, for any number of evaluators.
pub(crate) struct PreparedInstance {
    engine: Engine,
    instance: ObjectivePre<Guest>,
    settings: Settings,
    folders: Folders,
    policy: InstancePolicy,
}

/// There are no values.
pub(crate) struct Failed {
    /// Why.
    pub(crate) condition: wit::Condition,
    /// Of whom an image should be made.
    pub(crate) remains: Option<Box<Remains>>,
    /// It got no more memory.
    wants_memory: Option<WantsMemory>,
}

struct WantsMemory {
    /// What counted its running time, if that is limited.
    meter: Option<Arc<Meter>>,
}

impl From<wit::Condition> for Failed {
    fn from(condition: wit::Condition) -> Self {
        Self { condition, remains: None, wants_memory: None }
    }
}

impl Failed {
    /// The whole condition, after an image is made and kept.
    async fn settle(self, output: &Arc<dyn Output>) -> wit::Condition {
        let mut condition = self.condition;
        if let Some(remains) = self.remains
            && let Some(path) = remains.keep(output).await
        {
            condition.details.push(condition::core_dump(path));
        }
        condition
    }
}

/// The data of an objective's store.
pub(crate) struct Guest {
    surroundings: Surroundings,
}

impl Surrounded for Guest {
    fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    fn surroundings_mut(&mut self) -> &mut Surroundings {
        &mut self.surroundings
    }
}

impl PreparedInstance {
    pub(crate) fn new(
        engine: &Engine,
        component: &Component,
        settings: Settings,
        folders: Folders,
        policy: InstancePolicy,
    ) -> wasmtime::Result<Self> {
        let mut linker = Linker::new(engine.wasmtime());
        wasi::add_to_linker(&mut linker)?;
        imports::add_to_objective(&mut linker)?;
        let instance = ObjectivePre::new(linker.instantiate_pre(component)?)?;
        Ok(Self { engine: engine.clone(), instance, settings, folders, policy })
    }

    /// Whether nothing remains of an evaluation but its result, and what it said.
    fn may_evaluate_again(&self) -> bool {
        !self.settings.grants.dirs.iter().any(|dir| dir.write)
    }
}

/// Evaluates in one instance after another.
pub(crate) struct InstanceEvaluator {
    prepared: Arc<PreparedInstance>,
    context: GuestContext,
    output: Arc<dyn Output>,
    /// Nothing before the first evaluation, during one, and after one that failed or was given up.
    live: Option<Box<Live>>,
}

struct Live {
    store: Store<Guest>,
    /// Nothing until it has begun, which is a part of its first evaluation.
    objective: Option<Objective>,
}

impl InstanceEvaluator {
    pub(crate) fn new(
        prepared: Arc<PreparedInstance>,
        context: GuestContext,
        output: Arc<dyn Output>,
    ) -> Self {
        Self { prepared, context, output, live: None }
    }

    /// Evaluates; an image of a guest that trapped is made and kept away from the threads of the guests.
    pub(crate) async fn evaluate_and_settle(
        &mut self,
        xs: &wit::Fields,
    ) -> Result<wit::Fields, wit::Condition> {
        match self.evaluate(xs).await {
            Ok(ys) => Ok(ys),
            Err(failed) => Err(failed.settle(&self.output).await),
        }
    }

    /// Evaluates. What earlier evaluations left behind in the instance is not this one's fault (the memory of a component never shrinks, and
    /// some languages lose a little each time), so one that runs out of memory there is tried again in a fresh instance. Limits on time hold
    /// for both tries together, as they do where they are watched from outside of a process.
    pub(crate) async fn evaluate(&mut self, xs: &wit::Fields) -> Result<wit::Fields, Failed> {
        let is_used = self.live.as_ref().is_some_and(|live| live.objective.is_some());
        let begun = self.prepared.settings.limits.wall.map(|_| Instant::now());
        let first = match self.evaluate_once(xs, &Spent::default()).await {
            Err(failed) if is_used && failed.wants_memory.is_some() && self.prepared.may_evaluate_again() => {
                failed
            }
            done => return done,
        };
        let meter = first.wants_memory.and_then(|wants| wants.meter);
        // What is left of the instance makes room.
        drop(first.remains);
        let wall = begun.map(|begun| begun.elapsed()).unwrap_or_default();
        self.evaluate_once(xs, &Spent { wall, meter }).await
    }

    async fn evaluate_once(&mut self, xs: &wit::Fields, spent: &Spent) -> Result<wit::Fields, Failed> {
        let prepared = Arc::clone(&self.prepared);
        let mut live = match self.live.take() {
            Some(mut live) => {
                live.store.data_mut().surroundings.begin_again();
                surroundings::refuel(&mut live.store, &prepared.settings);
                live
            }
            None => prepared.store(self.context.clone(), &self.output)?,
        };
        let meter = live.store.data().surroundings.meter.clone();
        if let (Some(meter), Some(before)) = (&meter, &spent.meter) {
            meter.go_on_from(before);
        }
        let evaluation = live.evaluate(&prepared, xs);
        match limited::run(&prepared.settings.limits, spent.wall, meter.as_deref(), evaluation).await {
            Ok(result) => {
                if prepared.policy == InstancePolicy::Reuse {
                    self.live = Some(live);
                }
                result.map_err(|condition| condition::returned(condition).into())
            }
            Err(error) => Err(failed(&prepared, &*self.output, error, live.store)),
        }
    }
}

/// What an earlier try has taken of the limits on time.
#[derive(Default)]
struct Spent {
    wall: Duration,
    meter: Option<Arc<Meter>>,
}

impl PreparedInstance {
    /// What an instance will live in.
    fn store(&self, context: GuestContext, output: &Arc<dyn Output>) -> Result<Box<Live>, wit::Condition> {
        let Self { engine, settings, folders, .. } = self;
        let surroundings = Surroundings::new(settings, folders, engine.build(), context, Arc::clone(output))
            .map_err(|error| condition::of_the_host(&error.to_string()))?;
        let store = surroundings::store(engine.wasmtime(), engine.build(), settings, Guest { surroundings });
        Ok(Box::new(Live { store, objective: None }))
    }
}

impl Live {
    /// Limits hold for all of it, so an objective gains nothing by computing while it begins.
    async fn evaluate(
        &mut self,
        prepared: &PreparedInstance,
        xs: &wit::Fields,
    ) -> wasmtime::Result<Result<wit::Fields, wit::Condition>> {
        let Self { store, objective } = self;
        let objective = if let Some(objective) = objective {
            objective
        } else {
            let begun = prepared.instance.instantiate_async(&mut *store).await?;
            store.data_mut().surroundings.limiter.started();
            objective.insert(begun)
        };
        objective.rush_worker_evaluator().call_evaluate(&mut *store, xs).await
    }
}

fn failed(
    prepared: &PreparedInstance,
    output: &dyn Output,
    error: wasmtime::Error,
    store: Store<Guest>,
) -> Failed {
    let failure = explain(Role::Objective, &error, &store.data().surroundings, &prepared.settings);
    let meter = store.data().surroundings.meter.clone();
    let wants_memory = (failure.kind == FailureKind::Memory).then_some(WantsMemory { meter });
    let remains = Remains::of(store, error, "objective", output).map(Box::new);
    Failed { condition: condition::failed(failure), remains, wants_memory }
}
