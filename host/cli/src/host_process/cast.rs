//! What each worker of a process runs: its loop, and its objective.

use std::{path::Path, sync::Arc};

use rush_launch::{Configuration, Role};
use rush_network::{End, Network, Worker};
use rush_runtime::{Evaluator, GuestContext, Limits, Output, PreparedLoop, PreparedObjective, Unheard};

use crate::{
    failure::Failure,
    host_process::{
        alone::{self, Ended},
        data_files::{self, DataFiles},
        preparing::Prepared,
        revocable::Revocable,
        voice::Voice,
    },
};

/// Both components with what they are told, shared by all workers of a process.
#[derive(Clone)]
pub(super) struct Cast {
    worker_loop: PreparedLoop,
    limits: Limits,
    told: Told,
    objective: Option<(PreparedObjective, Told)>,
}

/// What a component is told, but for its seed.
#[derive(Clone)]
struct Told {
    args: Arc<str>,
    data: DataFiles,
}

impl Told {
    fn with_seed(&self, seed: u64) -> GuestContext {
        GuestContext { args: Arc::clone(&self.args), seed, data: Arc::clone(&self.data) }
    }
}

impl Cast {
    /// Loads the files that the components get.
    pub(super) async fn new(
        network: &Network,
        configuration: &Configuration,
        prepared: Prepared,
        large_objects: Option<&Path>,
    ) -> Result<Self, Failure> {
        let data = data_files::load(network, Role::WorkerLoop, &configuration.data, large_objects).await?;
        let told = Told { args: configuration.args.as_str().into(), data };
        let objective = match configuration.objective.as_ref().zip(prepared.objective) {
            Some((stored, objective)) => {
                let data = data_files::load(network, Role::Objective, &stored.data, large_objects).await?;
                Some((objective, Told { args: stored.args.as_str().into(), data }))
            }
            None => None,
        };
        Ok(Self { worker_loop: prepared.worker_loop, limits: prepared.limits, told, objective })
    }

    /// Finds out, before there is any worker, whether its objective can have a process, if it is to have one.
    pub(super) async fn check(&self) -> Result<(), Failure> {
        let Some(mut evaluator) = self.evaluator(0, Arc::new(Unheard)) else { return Ok(()) };
        Ok(evaluator.warm().await?)
    }

    /// Runs the loop of one worker, with an objective of its own, until it ends.
    pub(super) async fn play(&self, worker: &Worker, seed: u64, voice: &Arc<Voice>, is_alone: bool) -> End {
        let context = self.told.with_seed(seed);
        let loops: Arc<dyn Output> = Arc::clone(voice) as Arc<dyn Output>;
        let objectives: Arc<dyn Output> = voice.of_objective();
        if !is_alone {
            let evaluator = self.evaluator(seed, objectives);
            return self.worker_loop.run(worker.clone(), context, loops, evaluator).await;
        }
        let (loops, objectives) = (Revocable::new(loops), Revocable::new(objectives));
        let evaluator = self.evaluator(seed, Arc::clone(&objectives) as Arc<dyn Output>);
        let output = Arc::clone(&loops) as Arc<dyn Output>;
        let run =
            alone::run(self.worker_loop.clone(), worker.clone(), context, output, evaluator, self.limits);
        match run.await {
            Ended::Itself(end) => end,
            Ended::NotItself(end) => {
                loops.revoke();
                objectives.revoke();
                end
            }
        }
    }

    fn evaluator(&self, seed: u64, output: Arc<dyn Output>) -> Option<Evaluator> {
        let (objective, told) = self.objective.as_ref()?;
        let context = told.with_seed(Configuration::objective_seed_of(seed));
        Some(objective.evaluator(context, output))
    }
}
