//! A component that was looked at.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::{Needs, Producer, contract, judge, read, sniff};
use crate::component_error::{ComponentError, Problem, World};
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
    /// Whether `evaluate` of `rush:worker/evaluator`, if exported, is `func(xs: fields) -> result<fields, condition>`.
    pub(super) evaluate_fits: bool,
    pub(super) producers: Vec<Producer>,
}

/// Something that a component imports or exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// Its name, e.g. `rush:worker/tasks@0.1.0`, or `run` for a function that stands by itself.
    pub name: String,
    /// The functions and resources in it, e.g. `push`; empty for a function that stands by itself.
    pub items: Vec<String>,
}

impl Needs {
    /// The same with tables as large as these limits allow an instance to make them: for engines, which reserve room beforehand.
    #[must_use]
    pub fn with_room_for(self, limits: &Limits) -> Self {
        Self { table_elements: self.table_elements.max(limits.table_elements as u64), ..self }
    }
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
        Self::new(source, bytes)?.judged(judge::worker_loop)
    }

    /// Looks at a component that is to be an objective: it must export `evaluate`, and import no more than objectives may.
    pub fn objective(source: impl Into<String>, bytes: impl Into<Arc<[u8]>>) -> Result<Self, ComponentError> {
        Self::new(source, bytes)?.judged(judge::objective)
    }

    fn judged(self, judge: fn(&Found) -> Option<Problem>) -> Result<Self, ComponentError> {
        match judge(&self.found) {
            None => Ok(self),
            Some(problem) => Err(self.error(problem)),
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

    /// What it looks like, by its exports.
    pub fn world(&self) -> World {
        judge::world(&self.found.exports)
    }

    /// Whether it is a loop that evaluates the objective of its run file, and so needs one.
    pub fn needs_objective(&self) -> bool {
        self.found.imports.iter().any(|import| contract::is_evaluator(&import.name))
    }

    /// The languages and tools that it names as its makers, each once.
    pub fn producers(&self) -> &[Producer] {
        &self.found.producers
    }

    /// What one instance takes.
    pub fn needs(&self) -> Needs {
        self.found.needs
    }

    /// Refuses a component that could not even begin within `limits`.
    pub fn check_limits(&self, limits: &Limits) -> Result<(), ComponentError> {
        let Needs { memory, instances, core_instances, all_table_elements, .. } = self.found.needs;
        let count = core_instances.max(instances);
        if count as usize > limits.instances {
            return Err(self.error(Problem::Instances { count, limit: limits.instances }));
        }
        if all_table_elements > limits.table_elements as u64 {
            let (initial, limit) = (all_table_elements, limits.table_elements);
            return Err(self.error(Problem::TableElements { initial, limit }));
        }
        if memory > limits.memory {
            return Err(self.error(Problem::Memory { initial: memory, limit: limits.memory }));
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
