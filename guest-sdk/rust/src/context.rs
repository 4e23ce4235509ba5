//! What an objective was given.

use serde::de::DeserializeOwned;

use crate::{
    Result, WorkerRng,
    backend::{Backend, Calls},
    given,
};

/// What the run file gives to an objective: its arguments, its data, and a seed.
///
/// One lives as long as the instance of the objective: with `instance = "reuse"` until an evaluation fails in a way that leaves it in
/// an unknown state, with `"fresh"` for one evaluation.
#[derive(Debug)]
pub struct Context {
    backend: Backend,
    rng: Option<WorkerRng>,
}

impl Context {
    pub(crate) fn new(backend: Backend) -> Self {
        Self { backend, rng: None }
    }

    /// `[objective.args]` of the run file. An error names the argument that does not fit.
    ///
    /// They are read anew with every call, so what is evaluated often should keep them: see
    /// [`objective!`](crate::objective!#state).
    pub fn args<T: DeserializeOwned>(&self) -> Result<T> {
        given::args("objective.args", &self.backend.args())
    }

    /// A file of `[objective.data]` in the run file, byte for byte as it was when the worker was started; none if the run file does
    /// not name it. Every call copies it into the objective's memory.
    pub fn data(&self, name: &str) -> Option<Vec<u8>> {
        self.backend.data(name)
    }

    /// The seed of the worker that evaluates.
    pub fn seed(&self) -> u64 {
        self.backend.seed()
    }

    /// Random numbers, seeded with [`seed`](Self::seed): one stream, which goes on with every evaluation of the same instance. A fresh
    /// instance begins it anew, so an objective whose noise must differ from evaluation to evaluation wants `instance = "reuse"`.
    pub fn rng(&mut self) -> &mut WorkerRng {
        let Self { backend, rng } = self;
        rng.get_or_insert_with(|| WorkerRng::new(backend.seed()))
    }
}
