//! The components of a run file: read, pinned, inspected, and whether they fit together.

use std::{sync::Arc, time::Duration};

use rush_launch::{ComponentFile, ComponentFiles, LaunchError, Role};
use rush_run_file::{Objective, RunFile};
use rush_runtime::Plugin;

use crate::{
    building, component_data, exit_code::ExitCode, failure::Failure, folders, how_to_run::HowToRun,
    print::talk,
};

/// The components of a run file, as far as can be seen without compiling them.
pub(crate) struct Components {
    pub(crate) files: ComponentFiles,
    pub(crate) worker_loop: Plugin,
    worker_loop_runs: HowToRun,
    pub(crate) objective: Option<ObjectiveComponent>,
}

/// An objective, as far as can be seen without compiling it.
pub(crate) struct ObjectiveComponent {
    pub(crate) plugin: Plugin,
    pub(crate) runs: HowToRun,
    instance: rush_run_file::Instance,
}

/// Who waits for longer is told what for.
const PATIENCE: Duration = Duration::from_secs(1);

/// Does what may compile a component, which takes seconds if its code is not cached: meanwhile interrupts are heard.
pub(crate) async fn compile<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let mut work = tokio::task::spawn_blocking(work);
    let done = if let Ok(done) = tokio::time::timeout(PATIENCE, &mut work).await {
        done
    } else {
        talk::line(format_args!("Compiling; the next start finds the code"));
        work.await
    };
    done.map_err(Failure::internal)?
}

impl Components {
    /// Reads the components of a run file, and looks at the files and folders that they are to get.
    pub(crate) fn read(run_file: &RunFile) -> Result<Self, Failure> {
        component_data::check(run_file)?;
        folders::check_granted(run_file)?;
        let files = ComponentFiles::read(run_file).map_err(|error| unread(run_file, error))?;
        let file = &files.worker_loop;
        let worker_loop = Plugin::worker_loop(&*file.name, Arc::clone(&file.bytes))?;
        let table = &run_file.worker_loop;
        let core_dumps = run_file.log.core_dumps.is_some();
        let worker_loop_runs = HowToRun::new(&table.limits, &table.grants, table.isolation, core_dumps);
        worker_loop.check_limits(&worker_loop_runs.settings.limits)?;
        let objective = run_file.objective.as_ref().zip(files.objective.as_ref());
        let objective =
            objective.map(|(table, file)| ObjectiveComponent::new(table, file, core_dumps)).transpose()?;
        fit(&worker_loop, objective.as_ref().map(|objective| &objective.plugin))?;
        Ok(Self { files, worker_loop, worker_loop_runs, objective })
    }

    /// Compiles them into the cache, so that no host process has to, and all that compiling and linking can say is said here.
    pub(crate) fn compile_ahead(&self) -> Result<(), Failure> {
        self.worker_loop_runs.without_folders().prepare_loop(&self.worker_loop, 1)?;
        if let Some(objective) = &self.objective {
            let ObjectiveComponent { plugin, runs, instance } = objective;
            runs.without_folders().prepare_objective(plugin, *instance, 1)?;
        }
        Ok(())
    }
}

impl ObjectiveComponent {
    /// Reads the objective of a run file alone: what `eval` needs.
    pub(crate) fn read(run_file: &RunFile) -> Result<Self, Failure> {
        let Some(table) = &run_file.objective else { return Err(no_objective(run_file)) };
        component_data::of(run_file, Role::Objective)?;
        let file = ComponentFile::read(Role::Objective, &table.component, table.sha256.as_ref())
            .map_err(|error| unread(run_file, error))?;
        Self::new(table, &file, run_file.log.core_dumps.is_some())
    }

    fn new(table: &Objective, file: &ComponentFile, core_dumps: bool) -> Result<Self, Failure> {
        let plugin = Plugin::objective(&*file.name, Arc::clone(&file.bytes))?;
        let runs = HowToRun::new(&table.limits, &table.grants, table.isolation, core_dumps);
        plugin.check_limits(&runs.settings.limits)?;
        Ok(Self { plugin, runs, instance: table.instance })
    }

    /// Compiles it into the cache, for somewhere without the folders that it is granted.
    pub(crate) fn without_folders(
        &self,
    ) -> impl FnOnce() -> Result<rush_runtime::PreparedObjective, Failure> + Send + 'static {
        let (plugin, runs, instance) = (self.plugin.clone(), self.runs.without_folders(), self.instance);
        move || runs.prepare_objective(&plugin, instance, 1)
    }

    /// Compiles it for one worker, or takes its code from the cache.
    pub(crate) fn prepare(&self) -> Result<rush_runtime::PreparedObjective, Failure> {
        self.runs.prepare_objective(&self.plugin, self.instance, 1)
    }
}

/// Why a component cannot be read: perhaps because nobody has built it.
fn unread(run_file: &RunFile, error: LaunchError) -> Failure {
    let unbuilt = match &error {
        LaunchError::Component { role, .. } => building::unbuilt(run_file, *role),
        _ => None,
    };
    unbuilt.unwrap_or_else(|| error.into())
}

fn no_objective(run_file: &RunFile) -> Failure {
    Failure::with_hint(
        ExitCode::RunFile,
        format!("the run file {} has no [objective]", run_file.path.display()),
        "name the component of world `objective` that is to be evaluated: [objective] component = \"objective.wasm\"",
    )
}

/// Whether loop and objective go together.
fn fit(worker_loop: &Plugin, objective: Option<&Plugin>) -> Result<(), Failure> {
    match objective {
        None if worker_loop.needs_objective() => Err(Failure::with_hint(
            ExitCode::RunFile,
            format!(
                "the worker loop `{}` evaluates an objective, but the run file has no [objective]",
                worker_loop.source()
            ),
            "add the component that it is to evaluate: [objective] component = \"objective.wasm\"",
        )),
        Some(objective) if !worker_loop.needs_objective() => {
            talk::warning(format_args!(
                "the worker loop `{}` never evaluates an objective, so [objective], `{}`, has no effect",
                worker_loop.source(),
                objective.source()
            ));
            Ok(())
        }
        _ => Ok(()),
    }
}
