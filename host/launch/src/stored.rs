//! Storing what the workers of a run file are given, where every machine finds it.

use std::{collections::BTreeMap, path::PathBuf};

use crate::{
    ComponentFile, ComponentFiles, Configuration, LaunchError, Role, Session, StoredData, StoredFile,
    regular_file,
};

/// A configuration that is stored, together with all that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name: what `rush-host worker --config` takes.
    pub config: String,
    /// The seed of all random streams; drawn, if the run file does not fix it.
    pub seed: u64,
}

impl Session {
    /// Stores what the run file's workers are given: the components, the files of their `data`, and the configuration that
    /// names them. All of it is named by its content, so doing this twice changes nothing but a drawn seed.
    pub async fn store(&self, components: &ComponentFiles) -> Result<Stored, LaunchError> {
        let Self { run_file, network, .. } = self;
        let seed = run_file.workers.seed.map_or_else(rand::random, |seed| seed.0);
        self.store_component(Role::WorkerLoop, &components.worker_loop).await?;
        if let Some(objective) = &components.objective {
            self.store_component(Role::Objective, objective).await?;
        }
        let mut data = StoredData {
            worker_loop: self.store_files(Role::WorkerLoop, &run_file.worker_loop.data).await?,
            ..StoredData::default()
        };
        if let Some(objective) = &run_file.objective {
            data.objective = self.store_files(Role::Objective, &objective.data).await?;
        }
        let config = Configuration::new(run_file, components, data, seed).store(network).await?;
        Ok(Stored { config, seed })
    }

    async fn store_component(&self, role: Role, component: &ComponentFile) -> Result<(), LaunchError> {
        let large_objects = self.run_file.data.large_objects.as_deref();
        let stored = self.network.store_blob(&component.bytes, large_objects).await;
        stored.map_err(|error| too_large(error, || format!("the {role} `{}`", component.name)))?;
        Ok(())
    }

    async fn store_files(
        &self,
        role: Role,
        files: &BTreeMap<String, PathBuf>,
    ) -> Result<BTreeMap<String, StoredFile>, LaunchError> {
        let large_objects = self.run_file.data.large_objects.as_deref();
        let mut data = BTreeMap::new();
        for (name, path) in files {
            let file = path.clone();
            let read = tokio::task::spawn_blocking(move || regular_file::read(&file)).await;
            let content = read.map_err(LaunchError::panicked)?.map_err(|source| LaunchError::Data {
                role,
                name: name.clone(),
                path: path.clone(),
                source,
            })?;
            let stored = self.network.store_blob(&content, large_objects).await;
            let what = || format!("`{name}` of [{}.data], `{}`,", role.table(), path.display());
            let sha256 = stored.map_err(|error| too_large(error, what))?;
            data.insert(name.clone(), StoredFile { sha256, size: content.len() as u64 });
        }
        Ok(data)
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
