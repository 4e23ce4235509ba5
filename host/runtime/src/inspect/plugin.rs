//! A component that was looked at.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{judge, read, sniff};
use crate::component_error::{ComponentError, Problem};
use crate::limits::Limits;

/// A component, and what it imports, exports and needs. Nothing is compiled yet; looking at it takes about a millisecond a megabyte.
#[derive(Clone)]
pub struct Plugin {
    source: String,
    bytes: Arc<[u8]>,
    sha256: [u8; 32],
    found: Found,
}

/// What was found in a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) imports: Vec<Interface>,
    pub(super) exports: Vec<Interface>,
    pub(super) needs: Needs,
    /// Whether `run`, if exported, is `func() -> result<_, string>`.
    pub(super) run_fits: bool,
}

/// Something that a component imports or exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name, e.g. `rush:worker/tasks@0.1.0`, or `run` for a function that stands by itself.
    pub name: String,
    /// The functions and resources in it, e.g. `push`; empty for a function that stands by itself.
    pub items: Vec<String>,
}

/// What one instance of a component takes, counted without running it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Core instances, nested components included.
    pub core_instances: u32,
    /// Memories.
    pub memories: u32,
    /// Tables.
    pub tables: u32,
    /// The size of the largest table at the beginning.
    pub table_elements: u64,
    /// Bytes of all memories at the beginning.
    pub memory: u64,
}

impl Plugin {
    /// Looks at a component of any world. `source` is what errors call it: its path in the run file.
    pub fn new(source: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Result<Self, ComponentError> {
        let (source, bytes) = (source.into(), bytes.into());
        match sniff::problem(&bytes).map_or_else(|| read::read(&bytes), Err) {
            Ok(found) => Ok(Self { sha256: Sha256::digest(&bytes).into(), source, bytes, found }),
            Err(problem) => Err(ComponentError { component: source, problem }),
        }
    }

    /// Looks at a component that is to be a worker loop: it must export `run`, and the host must offer all that it imports.
    pub fn worker_loop(
        source: impl Into<String>,
        bytes: impl Into<Arc<[u8]>>,
    ) -> Result<Self, ComponentError> {
        let plugin = Self::new(source, bytes)?;
        match judge::worker_loop(&plugin.found) {
            None => Ok(plugin),
            Some(problem) => Err(plugin.error(problem)),
        }
    }

    /// What errors call it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The component itself.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of its bytes, in hexadecimal: what a run file can pin.
    pub fn sha256(&self) -> String {
        hex::encode(self.sha256)
    }

    /// What it imports.
    pub fn imports(&self) -> &[Interface] {
        &self.found.imports
    }

    /// What it exports.
    pub fn exports(&self) -> &[Interface] {
        &self.found.exports
    }

    /// What one instance takes.
    pub fn needs(&self) -> Needs {
        self.found.needs
    }

    /// Refuses a component that could not even begin within `limits`.
    pub fn check_limits(&self, limits: &Limits) -> Result<(), ComponentError> {
        let Needs { memory, core_instances, .. } = self.found.needs;
        if memory > limits.memory {
            return Err(self.error(Problem::Memory { initial: memory, limit: limits.memory }));
        }
        if core_instances as usize > limits.instances {
            return Err(self.error(Problem::Instances { count: core_instances, limit: limits.instances }));
        }
        Ok(())
    }

    pub(crate) fn error(&self, problem: Problem) -> ComponentError {
        ComponentError { component: self.source.clone(), problem }
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Plugin")
            .field("source", &self.source)
            .field("sha256", &self.sha256())
            .field("found", &self.found)
            .finish_non_exhaustive()
    }
}
