//! What `rush-host worker` finds in Redis, stored as `run` and `start` store it, but without starting anything.

use std::{fmt::Write as _, iter, path::Path};

use rush_launch::{ComponentFiles, Configuration, StoredData};
use rush_network::{Network, NetworkId, Settings};
use rush_run_file::{Options, RunFile};

use crate::{Failure, Result};

/// A network that workers can be started in.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its name.
    pub network: String,
    /// The digest of its configuration.
    pub config: String,
}

/// The same numbers in each round.
const SEED: u64 = 42;

/// Stores this component and a configuration for it, without any stop condition: the bench says when it is over.
pub fn store(url: &str, network: &str, component: &Path, args: &serde_json::Value) -> Result<Stored> {
    let component = component.display().to_string();
    let mut text = format!("network = {network:?}\n[loop]\ncomponent = {component:?}\n[loop.args]\n");
    // Numbers and lists of them, which JSON and TOML write in the same way.
    for (name, value) in args.as_object().into_iter().flatten() {
        // Writing to a text does not fail.
        let _ = writeln!(text, "{name} = {value}");
    }
    store_run(url, &text)
}

/// Stores what a run file with this text declares.
pub fn store_run(url: &str, text: &str) -> Result<Stored> {
    let options = Options { environment: &|_| None, ..Options::of_this_process() };
    let run_file = RunFile::parse(text, "bench.toml", &options)?;
    let components = ComponentFiles::read(&run_file)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::system("start a runtime"))?;
    runtime.block_on(async {
        let id = NetworkId::parse(run_file.network.as_str()).map_err(rush_network::Error::from)?;
        let network = id.to_string();
        let client = Network::connect(id, &Settings::new(url)).await?;
        for component in iter::once(&components.worker_loop).chain(&components.objective) {
            client.store_blob(&component.bytes, None).await?;
        }
        let configuration = Configuration::new(&run_file, &components, StoredData::default(), SEED);
        Ok(Stored { network, config: configuration.store(&client).await? })
    })
}
