//! An objective, ready to be evaluated.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Evaluator, PreparedInstance};
use crate::compile::Compiler;
use crate::component_error::{ComponentError, Problem};
use crate::context::GuestContext;
use crate::engine::Engine;
use crate::folders::Folders;
use crate::inspect::Plugin;
use crate::link_error;
use crate::output::Output;
use crate::process::{EvaluatorProgram, PreparedProcesses};
use crate::settings::Settings;

/// Whether one instance serves many evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum InstancePolicy {
    /// One instance evaluates until an evaluation fails: what it keeps in its memory is there the next time.
    #[default]
    Reuse,
    /// Each evaluation gets an instance of its own.
    Fresh,
}

/// An objective that is compiled and linked. Made once per component and process, cheap to clone, shared by all workers.
#[derive(Clone)]
pub struct PreparedObjective {
    isolation: Isolation,
}

#[derive(Clone)]
enum Isolation {
    Instance(Arc<PreparedInstance>),
    Process(Arc<PreparedProcesses>),
}

impl PreparedObjective {
    /// Evaluated in this process. Compiles the component (or takes its code from the cache) and links it, which blocks, possibly for seconds.
    pub fn new(
        engine: &Engine,
        compiler: &Compiler,
        plugin: &Plugin,
        settings: &Settings,
        policy: InstancePolicy,
    ) -> Result<Self, ComponentError> {
        plugin.check_limits(&settings.limits)?;
        let folders = Folders::of(plugin, &settings.grants)?;
        let component = compiler.component(engine, plugin)?;
        let prepared = PreparedInstance::new(engine, &component, settings.clone(), folders, policy)
            .map_err(|error| link_error::of(plugin, &error))?;
        Ok(Self { isolation: Isolation::Instance(Arc::new(prepared)) })
    }

    /// Evaluated in processes of their own, one for each worker: `program` run as a child, killed if an evaluation takes too much or is given
    /// up. `engine` makes code [without interruptions](crate::Build::uninterruptible). Compiles like [`PreparedObjective::new`].
    pub fn in_processes(
        engine: &Engine,
        compiler: &Compiler,
        plugin: &Plugin,
        settings: &Settings,
        policy: InstancePolicy,
        program: EvaluatorProgram,
    ) -> Result<Self, ComponentError> {
        plugin.check_limits(&settings.limits)?;
        let folders = Folders::of(plugin, &settings.grants)?;
        let code = compiler.code_file(engine, plugin)?;
        let prepared = PreparedProcesses::new(program, code, engine.build(), settings, folders, policy)
            .map_err(|error| plugin.error(Problem::Compile { detail: error.to_string() }))?;
        Ok(Self { isolation: Isolation::Process(Arc::new(prepared)) })
    }

    /// For one worker. What the objective says goes to `output`.
    pub fn evaluator(&self, context: GuestContext, output: Arc<dyn Output>) -> Evaluator {
        match &self.isolation {
            Isolation::Instance(prepared) => Evaluator::in_instance(Arc::clone(prepared), context, output),
            Isolation::Process(prepared) => Evaluator::in_processes(Arc::clone(prepared), context, output),
        }
    }
}
