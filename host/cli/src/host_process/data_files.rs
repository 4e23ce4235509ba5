//! The files of `[loop.data]` and `[objective.data]`: read once for all workers of a process.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    sync::Arc,
};

use rush_launch::{Role, StoredFile};
use rush_network::Network;

use crate::{exit_code::ExitCode, failure::Failure};

/// Files by their names.
pub(super) type DataFiles = Arc<BTreeMap<String, Arc<[u8]>>>;

/// Reads the files that a configuration names, each verified to be what was stored.
pub(super) async fn load(
    network: &Network,
    role: Role,
    files: &BTreeMap<String, StoredFile>,
    large_objects: Option<&Path>,
) -> Result<DataFiles, Failure> {
    let mut by_content: HashMap<&str, Arc<[u8]>> = HashMap::new();
    let mut by_name = BTreeMap::new();
    for (name, StoredFile { sha256, .. }) in files {
        let content: Arc<[u8]> = if let Some(content) = by_content.get(sha256.as_str()) {
            Arc::clone(content)
        } else {
            let content = network.blob(sha256, large_objects).await?;
            content.ok_or_else(|| missing(network, role, name, sha256, large_objects))?.into()
        };
        by_content.insert(sha256, Arc::clone(&content));
        by_name.insert(name.clone(), content);
    }
    Ok(Arc::new(by_name))
}

fn missing(network: &Network, role: Role, name: &str, sha256: &str, large_objects: Option<&Path>) -> Failure {
    let or_folder =
        large_objects.map(|folder| format!(", nor does the folder {}", folder.display())).unwrap_or_default();
    Failure::with_hint(
        ExitCode::Redis,
        format!(
            "network `{}` does not hold `{name}` of [{}.data] ({sha256}){or_folder}",
            network.id(),
            role.table()
        ),
        "it was reset since, or `[data] large_objects` names a folder that this machine does not see: start the workers again from \
         the run file",
    )
}
