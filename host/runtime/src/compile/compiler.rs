//! Compiles components, or takes them from the cache.

use std::fs::File;

use wasmtime::component::Component;

use super::cache::CodeCache;
use super::child::{CompileChild, NoCode};
use super::seal::Sealed;
use super::{anonymous, load};
use crate::component_error::{ComponentError, Problem};
use crate::engine::Engine;
use crate::inspect::Plugin;

/// Where components are compiled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum CompileMode {
    /// In this process, on all cores and without limits: for components that are trusted.
    #[default]
    InProcess,
    /// In a limited process of its own, on all cores.
    Child(CompileChild),
}

/// Makes code of components. Compiling takes one to two seconds a megabyte of component on two cores; loading from the cache half a
/// millisecond, of which the seal is a seventh (BLAKE3, about 9 GB/s).
#[derive(Debug, Default)]
pub struct Compiler {
    mode: CompileMode,
    cache: Option<CodeCache>,
}

/// What wasmtime's compiler returned, in this process or in a child of it. Made nowhere else.
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

    /// Compiles as `mode` says.
    #[must_use]
    pub fn with_mode(self, mode: CompileMode) -> Self {
        Self { mode, ..self }
    }

    /// Code for a component, from the cache or compiled now. Blocks for as long as that takes.
    pub(crate) fn component(&self, engine: &Engine, plugin: &Plugin) -> Result<Component, ComponentError> {
        if let Some(sealed) = self.cached(engine, plugin) {
            match load::from_sealed(engine.wasmtime(), sealed) {
                Ok(component) => return Ok(component),
                Err(error) => {
                    tracing::warn!(
                        "cached code of `{}` is not for this host ({error:#}): it is compiled anew",
                        plugin.source()
                    );
                }
            }
        }
        let code = self.compile(engine, plugin)?;
        let loaded = match self.keep(engine, plugin, &code) {
            // Mapped from the file, it is shared by all processes that run it.
            Some(sealed) => load::from_sealed(engine.wasmtime(), sealed),
            None => load::from_memory(engine.wasmtime(), &code),
        };
        loaded.map_err(|error| refused(plugin, reason(&error)))
    }

    /// A file with the code of a component, open for reading, for a process that is to load it: the one of the cache, whose seal was checked,
    /// or one without a name. Blocks for as long as compiling takes, if it must.
    pub(crate) fn code_file(&self, engine: &Engine, plugin: &Plugin) -> Result<File, ComponentError> {
        if let Some(sealed) = self.cached(engine, plugin) {
            return Ok(sealed.into_file());
        }
        let code = self.compile(engine, plugin)?;
        if let Some(sealed) = self.keep(engine, plugin, &code) {
            return Ok(sealed.into_file());
        }
        anonymous::holding(code.bytes()).map_err(|error| {
            let detail = format!("its code cannot be handed to another process: {error}");
            plugin.error(Problem::Compile { detail })
        })
    }

    fn cached(&self, engine: &Engine, plugin: &Plugin) -> Option<Sealed> {
        self.cache.as_ref()?.find(&CodeCache::name(&plugin.sha256(), engine))
    }

    /// Keeps code in the cache, if there is one and it can be written to.
    fn keep(&self, engine: &Engine, plugin: &Plugin, code: &MachineCode) -> Option<Sealed> {
        let cache = self.cache.as_ref()?;
        cache.store(&CodeCache::name(&plugin.sha256(), engine), code).unwrap_or_else(|error| {
            tracing::warn!(
                "compiled code of `{}` cannot be kept in {}: {error}; it will be compiled again at the next start",
                plugin.source(),
                cache.folder().display()
            );
            None
        })
    }

    fn compile(&self, engine: &Engine, plugin: &Plugin) -> Result<MachineCode, ComponentError> {
        tracing::info!("compiling `{}`", plugin.source());
        let code = match &self.mode {
            CompileMode::InProcess => {
                let code = engine.wasmtime().precompile_component(plugin.bytes());
                code.map_err(|error| refused(plugin, reason(&error)))
            }
            CompileMode::Child(child) => {
                child.compile(engine.build(), plugin.bytes()).map_err(|error| match error {
                    NoCode::Refused(reason) => refused(plugin, reason),
                    NoCode::Failed(failure) => plugin.error(Problem::Compiler(failure)),
                })
            }
        };
        code.map(MachineCode)
    }
}

fn refused(plugin: &Plugin, detail: String) -> ComponentError {
    plugin.error(Problem::Compile { detail })
}

/// Why wasmtime refuses a component.
pub(super) fn reason(error: &wasmtime::Error) -> String {
    error.root_cause().to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::engine::{Build, Capacity};

    fn plugin() -> Plugin {
        let text = "(component (core module (func (export \"f\"))))";
        Plugin::new("test.wasm", wat::parse_str(text).unwrap()).unwrap()
    }

    fn engine(plugin: &Plugin) -> Engine {
        Engine::new(Capacity { workers: 1, needs: plugin.needs() }, Build::default()).unwrap()
    }

    #[test]
    fn a_file_with_code_can_be_handed_on_with_and_without_a_cache() {
        let root = tempfile::tempdir().unwrap();
        let (plugin, folder) = (plugin(), root.path().join("code"));
        let engine = engine(&plugin);
        let kept = Compiler::with_cache_in(&folder);
        for compiler in [&kept, &kept, &Compiler::without_cache()] {
            let file = compiler.code_file(&engine, &plugin).unwrap();
            load::from_open_file(engine.wasmtime(), &file).unwrap();
        }
        assert_eq!(fs::read_dir(folder).unwrap().count(), 2, "the code and the key");
    }

    #[test]
    fn what_takes_the_name_of_a_checked_file_is_not_loaded() {
        let root = tempfile::tempdir().unwrap();
        let (plugin, folder) = (plugin(), root.path().join("code"));
        let engine = engine(&plugin);
        let file = Compiler::with_cache_in(&folder).code_file(&engine, &plugin).unwrap();
        let name = CodeCache::name(&plugin.sha256(), &engine);
        fs::remove_file(folder.join(&name)).unwrap();
        fs::write(folder.join(&name), "another").unwrap();
        load::from_open_file(engine.wasmtime(), &file).unwrap();
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let plugin = plugin();
        let file = anonymous::holding(plugin.bytes()).unwrap();
        assert!(load::from_open_file(engine(&plugin).wasmtime(), &file).is_err());
    }
}
