//! What a worker is given: stored in Redis, named by its content, without any power or secret.

use std::{collections::BTreeMap, time::Duration};

use rush_network::{Network, StopConditions};
use rush_run_file::{LogLevel, OnLost, Restart, RunFile};
use serde::{Deserialize, Serialize};

use crate::{ComponentFile, LaunchError};

/// The form of this document; another one is refused, not guessed at.
const VERSION: u32 = 2;

/// The configuration of workers. A second start never changes what the workers of the first were given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    version: u32,
    /// The worker loop.
    pub worker_loop: StoredComponent,
    /// Its arguments, one JSON document.
    pub args: String,
    /// The files of `[loop.data]`, by their names.
    pub data: BTreeMap<String, StoredFile>,
    /// Bytes that one encoded value may have.
    pub max_value: u64,
    /// Where all random streams come from.
    pub seed: u64,
    /// Time between two beats.
    pub period: Duration,
    /// How long a beat lives.
    pub expire: Duration,
    /// What becomes of a lost worker's tasks.
    pub on_lost: OnLost,
    /// How often a lost worker is started again.
    pub max_restarts: u32,
    /// How long workers may take to register.
    pub start_timeout: Duration,
    /// What of their messages is stored.
    pub log: StoredLog,
    /// When the run is over.
    pub stop: StopConditions,
    /// How long workers have to end after that.
    pub grace: Duration,
}

/// A component as workers find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredComponent {
    /// What errors call it.
    pub name: String,
    /// Its content's name in Redis.
    pub sha256: String,
    /// Bytes of memory that one instance may have.
    pub memory: u64,
}

/// A file as workers find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    /// Its content's name in Redis, or in the folder for large objects.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The part of `[log]` that travels to workers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredLog {
    /// Loggers to be stored in Redis, each with the lowest level that is.
    pub loggers: BTreeMap<String, LogLevel>,
    /// Messages that a worker gathers before it stores them.
    pub buffer: u32,
}

/// When the run is over, as a run file says.
pub fn stop_conditions(run_file: &RunFile) -> StopConditions {
    let stop = &run_file.stop;
    StopConditions {
        finished: stop.finished,
        exact: stop.exact,
        failed: stop.failed,
        after: stop.after.map(rush_run_file::Duration::as_std),
    }
}

impl Configuration {
    /// What a run file gives to its workers, with this component, these files, and this seed.
    pub fn new(
        run_file: &RunFile,
        component: &ComponentFile,
        data: BTreeMap<String, StoredFile>,
        seed: u64,
    ) -> Self {
        let max_restarts = match run_file.workers.restart {
            Restart::Never => 0,
            Restart::OnLost { max_restarts } => max_restarts,
        };
        Self {
            version: VERSION,
            worker_loop: StoredComponent {
                name: component.name.clone(),
                sha256: component.sha256.clone(),
                memory: run_file.worker_loop.limits.memory.bytes(),
            },
            args: serde_json::Value::Object(run_file.worker_loop.args.clone()).to_string(),
            data,
            max_value: run_file.tasks.max_value.bytes(),
            seed,
            period: run_file.heartbeat.period.as_std(),
            expire: run_file.heartbeat.expire.as_std(),
            on_lost: run_file.tasks.on_lost,
            max_restarts,
            start_timeout: run_file.workers.start_timeout.as_std(),
            log: StoredLog { loggers: run_file.log.loggers.clone(), buffer: run_file.log.buffer },
            stop: stop_conditions(run_file),
            grace: run_file.stop.grace.as_std(),
        }
    }

    /// Stores it, and answers its name.
    pub async fn store(&self, network: &Network) -> Result<String, LaunchError> {
        let text = serde_json::to_string(self).map_err(LaunchError::panicked)?;
        Ok(network.store_config(&text).await?)
    }

    /// Reads the one of this name.
    pub async fn load(network: &Network, sha256: &str) -> Result<Self, LaunchError> {
        let text = network.config(sha256).await?.ok_or_else(|| LaunchError::NoConfiguration {
            network: network.id().to_string(),
            sha256: sha256.to_owned(),
        })?;
        Self::parse(&text)
            .map_err(|cause| LaunchError::ConfigurationUnreadable { sha256: sha256.to_owned(), cause })
    }

    fn parse(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let Version { version } = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if version != VERSION {
            return Err(format!("it has version {version} instead of {VERSION}"));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The seed of the worker of this index. Streams of neighbouring indices must have nothing in common, so both numbers are
    /// mixed by SHA-256.
    pub fn seed_of(&self, index: u64) -> u64 {
        use sha2::{Digest as _, Sha256};
        let hash =
            Sha256::new().chain_update(self.seed.to_le_bytes()).chain_update(index.to_le_bytes()).finalize();
        u64::from_le_bytes(std::array::from_fn(|byte| hash[byte]))
    }
}

#[cfg(test)]
mod tests {
    use rush_run_file::Options;

    use super::*;

    fn configuration(tables: &str) -> Configuration {
        let text = format!("network = 'test'\n[loop]\ncomponent = 'loop.wasm'\n{tables}");
        let run_file = RunFile::parse(&text, "run.toml", &Options::of_this_process()).unwrap();
        let component = ComponentFile { name: "loop.wasm".into(), bytes: [].into(), sha256: "0".repeat(64) };
        Configuration::new(&run_file, &component, BTreeMap::new(), 42)
    }

    #[test]
    fn what_is_stored_is_what_is_read() {
        let stored = configuration("[loop.args]\nlower = [1.0, 2.0]\n[stop]\nfinished = 3\n");
        assert_eq!(Configuration::parse(&serde_json::to_string(&stored).unwrap()), Ok(stored));
    }

    #[test]
    fn another_version_is_refused_before_its_fields_are_looked_at() {
        let refused = Configuration::parse(r#"{"version":1,"anything":2}"#).unwrap_err();
        assert_eq!(refused, "it has version 1 instead of 2");
        let mut later = serde_json::to_value(configuration("")).unwrap();
        later["surprise"] = true.into();
        assert!(Configuration::parse(&later.to_string()).unwrap_err().contains("surprise"));
    }

    #[test]
    fn neighbours_draw_from_different_streams() {
        let configuration = configuration("");
        let seeds: std::collections::BTreeSet<u64> =
            (0..1000).map(|index| configuration.seed_of(index)).collect();
        assert_eq!(seeds.len(), 1000);
    }
}
