//! Compiles components, or takes them from the cache.

use wasmtime::component::Component;

use super::cache::CodeCache;
use super::load;
use crate::component_error::{ComponentError, Problem};
use crate::engine::Engine;
use crate::inspect::Plugin;

/// Where components are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CompileMode {
    /// In this process, on all cores.
    #[default]
    InProcess,
}

/// Makes code of components. Compiling takes one to two seconds a megabyte of component on two cores; loading from the cache half a
/// millisecond, of which the seal is a seventh (BLAKE3, about 9 GB/s).
#[derive(Debug, Default)]
pub struct Compiler {
    mode: CompileMode,
    cache: Option<CodeCache>,
}

/// What wasmtime's compiler returned in this process. Made nowhere else.
pub(super) struct MachineCode(Vec<u8>);

impl MachineCode {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Compiler {
    /// Compiles anew each time.
    pub fn without_cache() -> Self {
        Self::default()
    }

    /// Keeps code in `cache`.
    pub fn with_cache(cache: CodeCache) -> Self {
        Self { cache: Some(cache), ..Self::default() }
    }

    /// Keeps code in `folder`; if that cannot be used, compiles anew each time and says so once, as a warning.
    pub fn with_cache_in(folder: impl Into<std::path::PathBuf>) -> Self {
        match CodeCache::open(folder) {
            Ok(cache) => Self::with_cache(cache),
            Err(error) => {
                tracing::warn!("{error}; components are compiled at each start");
                Self::without_cache()
            }
        }
    }

    /// Code for a component, from the cache or compiled now. Blocks for as long as that takes.
    pub(crate) fn component(&self, engine: &Engine, plugin: &Plugin) -> Result<Component, ComponentError> {
        let engine = engine.wasmtime();
        let Some(cache) = &self.cache else {
            let code = self.compile(engine, plugin)?;
            return load::from_memory(engine, &code).map_err(|error| refused(plugin, &error));
        };
        let name = CodeCache::name(&plugin.sha256(), engine);
        if let Some(sealed) = cache.find(&name) {
            match load::from_file(engine, &sealed) {
                Ok(component) => return Ok(component),
                Err(error) => {
                    tracing::warn!(
                        "cached code {name} is not for this host ({error:#}): it is compiled anew"
                    );
                }
            }
        }
        let code = self.compile(engine, plugin)?;
        let loaded = match cache.store(&name, &code) {
            // Mapped from the file, it is shared by all processes that run it.
            Ok(Some(sealed)) => load::from_file(engine, &sealed),
            Ok(None) => load::from_memory(engine, &code),
            Err(error) => {
                tracing::warn!(
                    "compiled code of `{}` cannot be kept in {}: {error}; it will be compiled again at the next start",
                    plugin.source(),
                    cache.folder().display()
                );
                load::from_memory(engine, &code)
            }
        };
        loaded.map_err(|error| refused(plugin, &error))
    }

    fn compile(&self, engine: &wasmtime::Engine, plugin: &Plugin) -> Result<MachineCode, ComponentError> {
        tracing::info!("compiling `{}`", plugin.source());
        let CompileMode::InProcess = self.mode;
        engine.precompile_component(plugin.bytes()).map(MachineCode).map_err(|error| refused(plugin, &error))
    }
}

fn refused(plugin: &Plugin, error: &wasmtime::Error) -> ComponentError {
    plugin.error(Problem::Compile { detail: error.root_cause().to_string() })
}
