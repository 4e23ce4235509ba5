//! The component of a run file: read, pinned, inspected.

use std::{path::PathBuf, sync::Arc};

use rush_run_file::RunFile;
use rush_runtime::{Capacity, Compiler, Engine, Limits, Plugin, PreparedLoop};

use crate::{environment, failure::Failure, loop_data};

/// A component that can be run, as far as can be seen without compiling it.
pub(crate) struct ComponentFile {
    pub(crate) file: rush_launch::ComponentFile,
    pub(crate) plugin: Plugin,
    limits: Limits,
}

impl ComponentFile {
    /// Reads the worker loop of a run file, and looks at the files that it is to get.
    pub(crate) fn read(run_file: &RunFile) -> Result<Self, Failure> {
        loop_data::check(run_file)?;
        let file = rush_launch::ComponentFile::read(run_file)?;
        let plugin = Plugin::worker_loop(&*file.name, Arc::clone(&file.bytes))?;
        let limits = limits(run_file.worker_loop.limits.memory.bytes(), run_file.tasks.max_value.bytes());
        plugin.check_limits(&limits)?;
        Ok(Self { file, plugin, limits })
    }

    /// Compiles it into the cache, so that no host process has to, and all that compiling and linking can say is said here.
    pub(crate) fn compile_ahead(&self) -> Result<(), Failure> {
        let engine = Engine::new(Capacity { workers: 1, needs: self.plugin.needs() })?;
        PreparedLoop::new(&engine, &compiler(), &self.plugin, self.limits)?;
        Ok(())
    }
}

/// The compiler, with its cache in the user's cache folder, or where `RUSH_CACHE_DIR` says.
pub(crate) fn compiler() -> Compiler {
    use etcetera::BaseStrategy as _;
    let named = environment::get(environment::RUSH_CACHE_DIR).map(PathBuf::from);
    let users = || etcetera::choose_base_strategy().ok().map(|base| base.cache_dir().join("rush-host"));
    match named.or_else(users) {
        Some(folder) => Compiler::with_cache_in(folder.join("code")),
        None => Compiler::without_cache(),
    }
}

/// The limits of a worker loop.
pub(crate) fn limits(memory: u64, max_value: u64) -> Limits {
    let limits = Limits { memory, ..Limits::default() };
    limits.for_values_of(usize::try_from(max_value).unwrap_or(usize::MAX))
}
