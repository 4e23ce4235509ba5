//! The component of a run file: read, pinned, inspected.

use std::{path::PathBuf, sync::Arc};

use rush_network::digest;
use rush_run_file::{ComponentSource, RunFile};
use rush_runtime::{Capacity, Compiler, Engine, Limits, Plugin, PreparedLoop};

use crate::{environment, exit_code::ExitCode, failure::Failure};

/// A component that can be run, as far as can be seen without compiling it.
pub(crate) struct ComponentFile {
    /// What errors call it: its path.
    pub(crate) name: String,
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) sha256: String,
    pub(crate) plugin: Plugin,
    limits: Limits,
}

impl ComponentFile {
    /// Reads the worker loop of a run file.
    pub(crate) fn read(run_file: &RunFile) -> Result<Self, Failure> {
        let worker_loop = &run_file.worker_loop;
        let path = match &worker_loop.component {
            ComponentSource::Path(path) => path,
            ComponentSource::Oci(name) => {
                return Err(Failure::new(
                    ExitCode::RunFile,
                    format!("components from registries are not supported yet: {name}"),
                ));
            }
        };
        let name = path.display().to_string();
        let bytes = std::fs::read(path).map_err(|error| {
            Failure::with_hint(
                ExitCode::Component,
                format!("the worker loop `{name}` cannot be read: {error}"),
                "`component` is relative to the run file; plugins of this repository are built by `cargo xtask guests`",
            )
        })?;
        let sha256 = digest(&bytes);
        if let Some(pinned) = &worker_loop.sha256
            && pinned.to_string() != sha256
        {
            return Err(Failure::with_hint(
                ExitCode::Component,
                format!("the worker loop `{name}` has the SHA-256 {sha256}, but the run file pins {pinned}"),
                "it was changed since: use the pinned one again, or, if you trust the change, pin the new one",
            ));
        }
        let bytes: Arc<[u8]> = bytes.into();
        let plugin = Plugin::worker_loop(&*name, Arc::clone(&bytes))?;
        let limits = limits(worker_loop.limits.memory.bytes(), run_file.tasks.max_value.bytes());
        plugin.check_limits(&limits)?;
        Ok(Self { name, bytes, sha256, plugin, limits })
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
