//! From what a run file says about a component to what the runtime makes of it: the same for who compiles it ahead, for host
//! processes, and for `eval`.

use rush_run_file::{Instance, Isolation};
use rush_runtime::{
    Build, Capacity, Engine, EvaluatorProgram, GrantedDir, Grants, InstancePolicy, Limits, Plugin,
    PreparedLoop, PreparedObjective, Settings,
};

use crate::{compiler::compiler, failure::Failure, session::this_program};

/// How a component is run.
#[derive(Debug, Clone)]
pub(crate) struct HowToRun {
    pub(crate) settings: Settings,
    pub(crate) isolation: Isolation,
    /// Whether what traps leaves an image of its memory behind.
    pub(crate) core_dumps: bool,
}

impl HowToRun {
    /// As a run file says; whether the grants are allowed is up to the caller.
    pub(crate) fn new(
        limits: &rush_run_file::Limits,
        grants: &rush_run_file::Grants,
        isolation: Isolation,
        core_dumps: bool,
    ) -> Self {
        let settings = Settings { limits: self::limits(limits), grants: self::grants(grants) };
        Self { settings, isolation, core_dumps }
    }

    /// With these grants instead: as folders really are.
    pub(crate) fn grant(&mut self, grants: &rush_run_file::Grants) {
        self.settings.grants = self::grants(grants);
    }

    /// Without the folders, which workers may have elsewhere: to compile it for them.
    pub(crate) fn without_folders(&self) -> Self {
        let mut runs = self.clone();
        runs.settings.grants.dirs.clear();
        runs
    }

    fn build(&self) -> Build {
        let build = Build::of(&self.settings.limits).with_core_dumps(self.core_dumps);
        match self.isolation {
            Isolation::Instance => build,
            Isolation::Process => build.uninterruptible(),
        }
    }

    /// Compiles a loop, or takes its code from the cache, for so many workers of this process.
    pub(crate) fn prepare_loop(&self, plugin: &Plugin, workers: u32) -> Result<PreparedLoop, Failure> {
        let needs = plugin.needs().with_room_for(&self.settings.limits);
        let engine = Engine::new(Capacity { workers, needs }, self.build())?;
        Ok(PreparedLoop::new(&engine, &compiler(plugin)?, plugin, &self.settings)?)
    }

    /// Compiles an objective, or takes its code from the cache, for so many workers of this process.
    pub(crate) fn prepare_objective(
        &self,
        plugin: &Plugin,
        instance: Instance,
        workers: u32,
    ) -> Result<PreparedObjective, Failure> {
        let policy = match instance {
            Instance::Reuse => InstancePolicy::Reuse,
            Instance::Fresh => InstancePolicy::Fresh,
        };
        let compiler = compiler(plugin)?;
        let needs = plugin.needs().with_room_for(&self.settings.limits);
        match self.isolation {
            Isolation::Instance => {
                let engine = Engine::new(Capacity { workers, needs }, self.build())?;
                Ok(PreparedObjective::new(&engine, &compiler, plugin, &self.settings, policy)?)
            }
            // Instances live in the children; this process only knows the code.
            Isolation::Process => {
                let engine = Engine::new(Capacity { workers: 1, needs }, self.build())?;
                let program = EvaluatorProgram {
                    program: this_program()?.path().to_owned(),
                    arguments: vec!["evaluator".into()],
                };
                let settings = &self.settings;
                Ok(PreparedObjective::in_processes(&engine, &compiler, plugin, settings, policy, program)?)
            }
        }
    }
}

fn limits(limits: &rush_run_file::Limits) -> Limits {
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    Limits {
        memory: limits.memory.bytes(),
        table_elements: size(limits.table_elements.into()),
        instances: size(limits.instances.into()),
        host_call: size(limits.value.bytes()),
        time: limits.time.map(Into::into),
        wall: limits.wall.map(Into::into),
        fuel: limits.fuel,
        stack: size(limits.stack.bytes()),
        log: limits.log.map(rush_run_file::ByteSize::bytes),
    }
}

fn grants(grants: &rush_run_file::Grants) -> Grants {
    let dir = |dir: &rush_run_file::Dir| GrantedDir {
        host: dir.host.clone(),
        guest: dir.guest.clone(),
        write: dir.write,
    };
    Grants {
        env: grants.env.clone(),
        dirs: grants.dirs.iter().map(dir).collect(),
        clock: grants.clock,
        random: grants.random,
    }
}
