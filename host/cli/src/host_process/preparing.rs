//! From a configuration to components that are ready to run, with no more than this process may grant.

use std::{path::Path, sync::Arc};

use rush_launch::{Allow, Configuration, LaunchError, Role, StoredComponent, StoredObjective, Writable};
use rush_network::Network;
use rush_run_file::Isolation;
use rush_runtime::{Limits, Plugin, PreparedLoop, PreparedObjective};

use crate::{exit_code::ExitCode, failure::Failure, folders, host_process::mappings, how_to_run::HowToRun};

/// Both components, shared by all workers of this process.
pub(super) struct Prepared {
    pub(super) worker_loop: PreparedLoop,
    /// Those of the loop.
    pub(super) limits: Limits,
    pub(super) objective: Option<PreparedObjective>,
}

/// How both components are run.
pub(super) struct Plan {
    worker_loop: HowToRun,
    objective: Option<HowToRun>,
}

impl Plan {
    /// Refuses what this process may not grant, and what a configuration asks of one process that only several can do.
    pub(super) fn new(
        configuration: &Configuration,
        allow: &Allow,
        core_dumps: bool,
        workers: u32,
    ) -> Result<Self, Failure> {
        let allow = allow.without_links();
        let objective = configuration.objective.as_ref().map(|objective| &objective.component.grants);
        let writable =
            Writable::by([Some(&configuration.worker_loop.grants), objective].into_iter().flatten());
        let how = |role, component: &StoredComponent| -> Result<HowToRun, Failure> {
            let grants = folders::granted(role, &component.grants, &writable)?;
            allow.permits(role.name(), &grants).map_err(LaunchError::from)?;
            Ok(HowToRun::new(&component.limits, &grants, component.isolation, core_dumps))
        };
        if configuration.worker_loop.isolation == Isolation::Process && workers > 1 {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!(
                    "one process cannot carry {workers} workers whose loop is to have a process of its own"
                ),
                "`[loop] isolation = \"process\"`: start a process for each worker, with --workers 1",
            ));
        }
        let is_instance = |objective: &StoredObjective| objective.component.isolation == Isolation::Instance;
        mappings::check(workers, configuration.objective.as_ref().is_some_and(is_instance))?;
        Ok(Self {
            worker_loop: how(Role::WorkerLoop, &configuration.worker_loop)?,
            objective: configuration
                .objective
                .as_ref()
                .map(|objective| how(Role::Objective, &objective.component))
                .transpose()?,
        })
    }

    /// Whether the loop has this process for itself.
    pub(super) fn is_alone(&self) -> bool {
        self.worker_loop.isolation == Isolation::Process
    }

    /// Whether evaluations start further processes.
    pub(super) fn has_children(&self) -> bool {
        self.objective.as_ref().is_some_and(|objective| objective.isolation == Isolation::Process)
    }

    /// Fetches the components, verified, and compiles them, unless the cache has their code.
    pub(super) async fn prepare(
        self,
        network: &Network,
        configuration: &Configuration,
        large_objects: Option<&Path>,
        workers: u32,
    ) -> Result<Prepared, Failure> {
        let worker_loop = &configuration.worker_loop;
        let bytes = component(network, worker_loop, large_objects).await?;
        let name = worker_loop.name.clone();
        let runs = self.worker_loop;
        let limits = runs.settings.limits;
        let worker_loop = move || -> Result<PreparedLoop, Failure> {
            runs.prepare_loop(&Plugin::worker_loop(name, bytes)?, workers)
        };
        let objective = match configuration.objective.as_ref().zip(self.objective) {
            Some((StoredObjective { component: stored, instance, .. }, runs)) => {
                let bytes = component(network, stored, large_objects).await?;
                Some((stored.name.clone(), bytes, *instance, runs))
            }
            None => None,
        };
        let objective = move || -> Result<Option<PreparedObjective>, Failure> {
            let Some((name, bytes, instance, runs)) = objective else { return Ok(None) };
            runs.prepare_objective(&Plugin::objective(name, bytes)?, instance, workers).map(Some)
        };
        // Compiling takes seconds, and there is no other work for this thread yet, but its timers should go on.
        let both = move || -> Result<Prepared, Failure> {
            Ok(Prepared { worker_loop: worker_loop()?, limits, objective: objective()? })
        };
        tokio::task::spawn_blocking(both).await.map_err(Failure::internal)?
    }
}

async fn component(
    network: &Network,
    component: &StoredComponent,
    large_objects: Option<&Path>,
) -> Result<Arc<[u8]>, Failure> {
    let bytes = network.blob(&component.sha256, large_objects).await?;
    bytes.map(Into::into).ok_or_else(|| {
        Failure::with_hint(
            ExitCode::Redis,
            format!("network `{}` does not hold the component {}", network.id(), component.sha256),
            "it was reset since: start the workers again from the run file",
        )
    })
}
