//! What a worker loop is told about itself and its run.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What one worker's loop can read through `rush:worker/context`. Cheap to clone: but for the seed it is the same for
/// all workers of a run.
#[derive(Debug, Clone)]
pub struct GuestContext {
    /// `[loop.args]` as one JSON document.
    pub args: Arc<str>,
    /// The seed of this worker, derived from the run's seed and the worker's index.
    pub seed: u64,
    /// The files of `[loop.data]`, by name.
    pub data: Arc<BTreeMap<String, Arc<[u8]>>>,
}

impl GuestContext {
    /// No arguments, no data.
    pub fn new(seed: u64) -> Self {
        Self { args: "{}".into(), seed, data: Arc::default() }
    }
}
