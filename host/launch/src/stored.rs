//! Storing what the workers of a run file are given, where every machine finds it.

use std::collections::BTreeMap;

use crate::{ComponentFile, Configuration, LaunchError, Session, StoredFile, regular_file};

/// A configuration that is stored, together with all that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name: what `rush-host worker --config` takes.
    pub config: String,
    /// The seed of all random streams; drawn, if the run file does not fix it.
    pub seed: u64,
}

impl Session {
    /// Stores what the run file's workers are given: the component, the files of `[loop.data]`, and the configuration that
    /// names them. All of it is named by its content, so doing this twice changes nothing but a drawn seed.
    pub async fn store(&self, component: &ComponentFile) -> Result<Stored, LaunchError> {
        let Self { run_file, network, .. } = self;
        let seed = run_file.workers.seed.map_or_else(rand::random, |seed| seed.0);
        let large_objects = run_file.data.large_objects.as_deref();
        let component_stored = network.store_blob(&component.bytes, large_objects).await;
        component_stored
            .map_err(|error| too_large(error, || format!("the worker loop `{}`", component.name)))?;
        let mut data = BTreeMap::new();
        for (name, path) in &run_file.worker_loop.data {
            let file = path.clone();
            let read = tokio::task::spawn_blocking(move || regular_file::read(&file)).await;
            let content = read.map_err(LaunchError::panicked)?.map_err(|source| LaunchError::Data {
                name: name.clone(),
                path: path.clone(),
                source,
            })?;
            let stored = network.store_blob(&content, large_objects).await;
            let what = || format!("`{name}` of [loop.data], `{}`,", path.display());
            let sha256 = stored.map_err(|error| too_large(error, what))?;
            data.insert(name.clone(), StoredFile { sha256, size: content.len() as u64 });
        }
        let config = Configuration::new(run_file, component, data, seed).store(network).await?;
        Ok(Stored { config, seed })
    }
}

/// Says which of the files it is.
fn too_large(error: rush_network::Error, what: impl FnOnce() -> String) -> LaunchError {
    match error {
        rush_network::Error::TooLargeForRedis { size, limit } => {
            LaunchError::TooLarge { what: what(), size, limit }
        }
        error => error.into(),
    }
}
