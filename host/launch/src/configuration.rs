//! What a worker is given: stored in Redis, named by its content, without any power or secret.

use std::{collections::BTreeMap, time::Duration};

use rush_network::{Network, StopConditions, digest};
use rush_run_file::{Grants, Instance, Isolation, Limits, LogLevel, OnLost, Restart, RunFile};
use serde::{Deserialize, Serialize};

use crate::{ComponentFile, ComponentFiles, LaunchError, allow};

/// The form of this document; another one is refused, not guessed at.
const VERSION: u32 = 3;

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
    /// What the loop evaluates, if that is a component of its own.
    pub objective: Option<StoredObjective>,
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
    /// What stands between it and the host.
    pub isolation: Isolation,
    /// What it may use.
    pub limits: Limits,
    /// What it asks to see of the world. Nobody grants it for that reason alone, see [`Allow`](crate::Allow).
    pub grants: Grants,
}

/// An objective as workers find it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredObjective {
    /// The component.
    pub component: StoredComponent,
    /// Whether one instance serves many evaluations.
    pub instance: Instance,
    /// Its arguments, one JSON document.
    pub args: String,
    /// The files of `[objective.data]`, by their names.
    pub data: BTreeMap<String, StoredFile>,
}

/// The files of both components as workers find them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredData {
    /// Those of `[loop.data]`, by their names.
    pub worker_loop: BTreeMap<String, StoredFile>,
    /// Those of `[objective.data]`.
    pub objective: BTreeMap<String, StoredFile>,
}

impl StoredComponent {
    fn new(file: &ComponentFile, isolation: Isolation, limits: &Limits, grants: &Grants) -> Self {
        Self {
            name: file.name.clone(),
            sha256: file.sha256.clone(),
            isolation,
            limits: limits.clone(),
            grants: allow::whole(grants),
        }
    }
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
    /// What a run file gives to its workers, with these components, these files, and this seed.
    pub fn new(run_file: &RunFile, components: &ComponentFiles, data: StoredData, seed: u64) -> Self {
        let worker_loop = &run_file.worker_loop;
        let objective = run_file.objective.as_ref().zip(components.objective.as_ref());
        let max_restarts = match run_file.workers.restart {
            Restart::Never => 0,
            Restart::OnLost { max_restarts } => max_restarts,
        };
        Self {
            version: VERSION,
            worker_loop: StoredComponent::new(
                &components.worker_loop,
                worker_loop.isolation,
                &worker_loop.limits,
                &worker_loop.grants,
            ),
            args: serde_json::Value::Object(worker_loop.args.clone()).to_string(),
            data: data.worker_loop,
            objective: objective.map(|(objective, file)| StoredObjective {
                component: StoredComponent::new(
                    file,
                    objective.isolation,
                    &objective.limits,
                    &objective.grants,
                ),
                instance: objective.instance,
                args: serde_json::Value::Object(objective.args.clone()).to_string(),
                data: data.objective,
            }),
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
        Ok(network.store_config(&self.text()?).await?)
    }

    /// The name that it gets where it is stored.
    pub(crate) fn name(&self) -> Result<String, LaunchError> {
        Ok(digest(self.text()?.as_bytes()))
    }

    fn text(&self) -> Result<String, LaunchError> {
        serde_json::to_string(self).map_err(LaunchError::panicked)
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
        Self::worker_seed_of(self.seed, index)
    }

    /// The same for any seed of a run.
    pub fn worker_seed_of(run: u64, index: u64) -> u64 {
        mixed(&[&run.to_le_bytes(), &index.to_le_bytes()])
    }

    /// The seed of the objective of a worker with this seed: another stream than the worker's own, fixed by it.
    pub fn objective_seed_of(worker: u64) -> u64 {
        mixed(&[&worker.to_le_bytes(), b"objective"])
    }
}

fn mixed(parts: &[&[u8]]) -> u64 {
    use sha2::{Digest as _, Sha256};
    let hash = parts.iter().fold(Sha256::new(), Sha256::chain_update).finalize();
    u64::from_le_bytes(std::array::from_fn(|byte| hash[byte]))
}

#[cfg(test)]
mod tests {
    use rush_run_file::Options;

    use super::*;

    fn configuration(tables: &str) -> Configuration {
        let text = format!("network = 'test'\n[loop]\ncomponent = 'loop.wasm'\n{tables}");
        let run_file = RunFile::parse(&text, "run.toml", &Options::of_this_process()).unwrap();
        let file = |name: &str| ComponentFile { name: name.into(), bytes: [].into(), sha256: "0".repeat(64) };
        let objective = run_file.objective.is_some().then(|| file("objective.wasm"));
        let components = ComponentFiles { worker_loop: file("loop.wasm"), objective };
        let stored = StoredFile { sha256: "1".repeat(64), size: 3 };
        let data = StoredData { objective: [("train".to_owned(), stored)].into(), ..StoredData::default() };
        Configuration::new(&run_file, &components, data, 42)
    }

    #[test]
    fn what_is_stored_is_what_is_read() {
        for tables in [
            "[loop.args]\nlower = [1.0, 2.0]\n[stop]\nfinished = 3\n",
            "[objective]\ncomponent = 'objective.wasm'\nisolation = 'process'\ninstance = 'fresh'\nargs = { a = 1 }\n\
             [objective.limits]\ntime = '5s'\nfuel = 7\n[objective.grants]\nenv = { A = '1' }\nclock = true\n",
        ] {
            let stored = configuration(tables);
            assert_eq!(Configuration::parse(&serde_json::to_string(&stored).unwrap()), Ok(stored));
        }
    }

    #[test]
    fn folders_are_stored_as_whole_paths() {
        let stored = configuration(
            "[loop.grants]\ndirs = [{ host = 'data', guest = '/data' }, { host = '/a', guest = '/a' }]\n",
        );
        let hosts: Vec<_> = stored.worker_loop.grants.dirs.into_iter().map(|dir| dir.host).collect();
        assert_eq!(hosts, [std::env::current_dir().unwrap().join("data"), "/a".into()]);
    }

    #[test]
    fn another_version_is_refused_before_its_fields_are_looked_at() {
        let refused = Configuration::parse(r#"{"version":2,"anything":2}"#).unwrap_err();
        assert_eq!(refused, "it has version 2 instead of 3");
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
        let objectives: std::collections::BTreeSet<u64> =
            seeds.iter().map(|seed| Configuration::objective_seed_of(*seed)).collect();
        assert_eq!(objectives.len(), 1000);
        assert!(objectives.is_disjoint(&seeds));
    }
}
