//! The component of a run file: read, and compared with its pin.

use std::sync::Arc;

use rush_network::digest;
use rush_run_file::{ComponentSource, RunFile};

use crate::{LaunchError, regular_file};

/// The bytes of a worker loop. What they are worth only those know who run components.
#[derive(Clone, Debug)]
pub struct ComponentFile {
    /// What errors call it: its path.
    pub name: String,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The SHA-256 of that, in hex.
    pub sha256: String,
}

impl ComponentFile {
    /// Reads the worker loop of a run file.
    pub fn read(run_file: &RunFile) -> Result<Self, LaunchError> {
        let worker_loop = &run_file.worker_loop;
        let path = match &worker_loop.component {
            ComponentSource::Path(path) => path,
            ComponentSource::Oci(name) => return Err(LaunchError::Registry { name: name.clone() }),
        };
        let name = path.display().to_string();
        let bytes: Arc<[u8]> = match regular_file::read(path) {
            Ok(bytes) => bytes.into(),
            Err(source) => return Err(LaunchError::Component { name, source }),
        };
        let sha256 = digest(&bytes);
        match &worker_loop.sha256 {
            Some(pinned) if pinned.to_string() != sha256 => {
                Err(LaunchError::Pin { name, pinned: pinned.to_string(), found: sha256 })
            }
            _ => Ok(Self { name, bytes, sha256 }),
        }
    }
}
