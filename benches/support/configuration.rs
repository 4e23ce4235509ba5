//! What `rush-host worker` finds in Redis, stored as `run` and `start` store it, but without starting anything.

use std::{fs, path::Path};

use rush_network::{Network, NetworkId, Settings};
use serde_json::json;

use crate::{Failure, Result};

/// A network that workers can be started in.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Its name.
    pub network: String,
    /// The digest of its configuration.
    pub config: String,
}

/// Stores this component and a configuration for it, without any stop condition: the bench says when it is over.
///
/// The form is that of `host/cli/src/configuration.rs`, which refuses a document with one key more or less: a bench that was
/// left behind fails, it does not measure something else.
pub fn store(url: &str, network: &str, component: &Path, args: &serde_json::Value) -> Result<Stored> {
    let bytes = fs::read(component).map_err(Failure::system(format!("read {}", component.display())))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::system("start a runtime"))?;
    runtime.block_on(async {
        let id = NetworkId::parse(network).map_err(rush_network::Error::from)?;
        let client = Network::connect(id, &Settings::new(url)).await?;
        let duration = |secs: u64| json!({ "secs": secs, "nanos": 0 });
        let document = json!({
            "version": 1,
            "worker_loop": {
                "name": component.display().to_string(),
                "sha256": client.store_blob(&bytes).await?,
                "memory": 256_u64 << 20,
            },
            "args": args.to_string(),
            "max_value": 4_u64 << 20,
            "seed": 42,
            "period": duration(1),
            "expire": duration(10),
            "stop": { "finished": null, "failed": null, "after": null },
            "grace": duration(30),
        });
        let config = client.store_config(&document.to_string()).await?;
        Ok(Stored { network: network.to_owned(), config })
    })
}
