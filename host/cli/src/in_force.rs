//! What this machine's kernel holds a process with that has a component for itself, for `check`.

use std::sync::Arc;

use rush_run_file::{Isolation, RunFile};
use rush_runtime::{GuestContext, PreparedObjective, Unheard};
use rush_sandbox::{Confinement, Profile};

use crate::{components::Components, exit_code::ExitCode, failure::Failure};

/// What holds the processes of each component; nothing for one without.
pub(crate) struct InForce {
    pub(crate) worker_loop: Option<String>,
    pub(crate) objective: Option<String>,
}

impl InForce {
    /// Finds out by doing it. An evaluator is started for this; its component is compiled, unless the cache has its code.
    pub(crate) async fn here(run_file: &RunFile, components: &Components) -> Result<Self, Failure> {
        let objective = match &components.objective {
            Some(objective) if objective.runs.isolation == Isolation::Process => {
                let prepare = objective.without_folders();
                evaluators(&crate::components::compile(prepare).await?).await?
            }
            _ => None,
        };
        let worker_loop = match run_file.worker_loop.isolation {
            Isolation::Process => Some(workers()?),
            Isolation::Instance => None,
        };
        Ok(Self { worker_loop, objective })
    }
}

async fn evaluators(objective: &PreparedObjective) -> Result<Option<String>, Failure> {
    let mut evaluator = objective.evaluator(GuestContext::new(0), Arc::new(Unheard));
    evaluator.warm().await.map_err(|error| {
        let hint = "`[objective] isolation = \"instance\"` does without";
        Failure::with_hint(ExitCode::Launcher, error.to_string(), hint)
    })?;
    Ok(evaluator.in_force().map(str::to_owned))
}

/// Takes from this very process what workers take from themselves. It misses none of it, since whoever asks is about to end.
fn workers() -> Result<String, Failure> {
    let confinement = Confinement { programs: true, ..Confinement::new(Profile::Worker) };
    confinement.apply().map(|in_force| in_force.to_string()).map_err(|error| {
        let hint = "`[loop] isolation = \"instance\"` does without";
        Failure::with_hint(ExitCode::Launcher, format!("this process cannot confine itself: {error}"), hint)
    })
}
