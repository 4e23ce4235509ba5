//! What a worker is given: stored in Redis, named by its content, without any power or secret.

use std::time::Duration;

use rush_network::{Network, StopConditions};
use rush_run_file::RunFile;
use serde::{Deserialize, Serialize};

use crate::{exit_code::ExitCode, failure::Failure};

/// The form of this document; another one is refused, not guessed at.
const VERSION: u32 = 1;

/// The configuration of workers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Configuration {
    version: u32,
    /// The worker loop.
    pub(crate) worker_loop: Component,
    /// Its arguments, one JSON document.
    pub(crate) args: String,
    /// Bytes that one encoded value may have.
    pub(crate) max_value: u64,
    /// Where all random streams come from.
    pub(crate) seed: u64,
    /// Time between two beats.
    pub(crate) period: Duration,
    /// How long a beat lives.
    pub(crate) expire: Duration,
    /// When the run is over.
    pub(crate) stop: StopConditions,
    /// How long workers have to end after that.
    pub(crate) grace: Duration,
}

/// A component as workers find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Component {
    /// What errors call it.
    pub(crate) name: String,
    /// Its content's name in Redis.
    pub(crate) sha256: String,
    /// Bytes of memory that one instance may have.
    pub(crate) memory: u64,
}

/// When the run is over, as the run file says.
pub(crate) fn stop_conditions(run_file: &RunFile) -> StopConditions {
    let stop = &run_file.stop;
    StopConditions {
        finished: stop.finished,
        exact: stop.exact,
        failed: stop.failed,
        after: stop.after.map(rush_run_file::Duration::as_std),
    }
}

impl Configuration {
    pub(crate) fn new(run_file: &RunFile, component: String, seed: u64) -> Self {
        let name = run_file.worker_loop.component.path().map(|path| path.display().to_string());
        Self {
            version: VERSION,
            worker_loop: Component {
                name: name.unwrap_or_default(),
                sha256: component,
                memory: run_file.worker_loop.limits.memory.bytes(),
            },
            args: serde_json::Value::Object(run_file.worker_loop.args.clone()).to_string(),
            max_value: run_file.tasks.max_value.bytes(),
            seed,
            period: run_file.heartbeat.period.as_std(),
            expire: run_file.heartbeat.expire.as_std(),
            stop: stop_conditions(run_file),
            grace: run_file.stop.grace.as_std(),
        }
    }

    pub(crate) async fn store(&self, network: &Network) -> Result<String, Failure> {
        let text = serde_json::to_string(self).map_err(Failure::internal)?;
        Ok(network.store_config(&text).await?)
    }

    pub(crate) async fn load(network: &Network, sha256: &str) -> Result<Self, Failure> {
        let missing = || {
            Failure::with_hint(
                ExitCode::Redis,
                format!("network `{}` holds no configuration {sha256}", network.id()),
                "it was reset since, or this is another Redis: start the workers again from the run file",
            )
        };
        let text = network.config(sha256).await?.ok_or_else(missing)?;
        let read: Self = serde_json::from_str(&text).map_err(|error| {
            Failure::with_hint(
                ExitCode::Redis,
                format!("the configuration {sha256} cannot be read: {error}"),
                "it was stored by another version of rush-host: use the same on all machines",
            )
        })?;
        if read.version == VERSION { Ok(read) } else { Err(missing()) }
    }

    /// The seed of the worker of this index. Streams of neighbouring indices must have nothing in common, so both numbers are
    /// mixed by SHA-256.
    pub(crate) fn seed_of(&self, index: u64) -> u64 {
        use sha2::{Digest as _, Sha256};
        let hash =
            Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(index.to_le_bytes()).finalize();
        u64::from_le_bytes(std::array::from_fn(|byte| hash[byte]))
    }
}
