//! Objectives in each isolation.

use std::{fs, path::Path, sync::Arc};

use rush_benches::{Failure, Result, host};
use rush_runtime::{
    Build, Capacity, Compiler, Engine, Evaluator, EvaluatorProgram, GuestContext, InstancePolicy, Plugin,
    PreparedObjective, Settings, Unheard,
};

/// What stands between an objective and its host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isolation {
    Instance,
    Process,
}

/// Reads a component.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(Failure::system(format!("read {}", path.display())))
}

/// An evaluator of this component, without limits but those of memory and the like.
pub(crate) fn evaluator(component: &Path, isolation: Isolation, policy: InstancePolicy) -> Result<Evaluator> {
    let plugin = Plugin::objective(component.display().to_string(), bytes(component)?)?;
    let settings = Settings::default();
    let build = Build::of(&settings.limits);
    let capacity = Capacity { workers: 1, needs: plugin.needs() };
    // In its own folder: what the user has cached neither helps nor is touched.
    let compiler = Compiler::without_cache();
    let prepared = match isolation {
        Isolation::Instance => {
            PreparedObjective::new(&Engine::new(capacity, build)?, &compiler, &plugin, &settings, policy)?
        }
        Isolation::Process => {
            let program = EvaluatorProgram { program: host()?, arguments: vec!["evaluator".into()] };
            let engine = Engine::new(capacity, build.uninterruptible())?;
            PreparedObjective::in_processes(&engine, &compiler, &plugin, &settings, policy, program)?
        }
    };
    Ok(prepared.evaluator(GuestContext::new(42), Arc::new(Unheard)))
}
