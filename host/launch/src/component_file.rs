//! The components of a run file: read, and compared with their pins.

use std::{fmt, sync::Arc};

use rush_network::digest;
use rush_run_file::{ComponentSource, RunFile, Sha256};

use crate::{LaunchError, regular_file};

/// What a component is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// What every worker runs.
    WorkerLoop,
    /// What loops evaluate.
    Objective,
}

/// The components of a run file.
#[derive(Clone, Debug)]
pub struct ComponentFiles {
    /// What every worker runs.
    pub worker_loop: ComponentFile,
    /// What loops evaluate, if that is a component of its own.
    pub objective: Option<ComponentFile>,
}

/// The bytes of a component. What they are worth only those know who run components.
#[derive(Clone, Debug)]
pub struct ComponentFile {
    /// What errors call it: its path.
    pub name: String,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// The SHA-256 of that, in hex.
    pub sha256: String,
}

impl Role {
    /// Both, the loop first.
    pub const ALL: [Self; 2] = [Self::WorkerLoop, Self::Objective];

    /// What it is called in sentences.
    pub fn name(self) -> &'static str {
        match self {
            Self::WorkerLoop => "worker loop",
            Self::Objective => "objective",
        }
    }

    /// The table of the run file.
    pub fn table(self) -> &'static str {
        match self {
            Self::WorkerLoop => "loop",
            Self::Objective => "objective",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl ComponentFiles {
    /// Reads the components of a run file.
    pub fn read(run_file: &RunFile) -> Result<Self, LaunchError> {
        let worker_loop = &run_file.worker_loop;
        let objective = run_file.objective.as_ref().map(|objective| {
            ComponentFile::read(Role::Objective, &objective.component, objective.sha256.as_ref())
        });
        Ok(Self {
            worker_loop: ComponentFile::read(
                Role::WorkerLoop,
                &worker_loop.component,
                worker_loop.sha256.as_ref(),
            )?,
            objective: objective.transpose()?,
        })
    }
}

impl ComponentFile {
    /// Reads one component.
    pub fn read(role: Role, source: &ComponentSource, pin: Option<&Sha256>) -> Result<Self, LaunchError> {
        let path = match source {
            ComponentSource::Path(path) => path,
            ComponentSource::Oci(name) => return Err(LaunchError::Registry { name: name.clone() }),
        };
        let name = path.display().to_string();
        let bytes: Arc<[u8]> = match regular_file::read(path) {
            Ok(bytes) => bytes.into(),
            Err(source) => return Err(LaunchError::Component { role, name, source }),
        };
        let sha256 = digest(&bytes);
        match pin {
            Some(pinned) if pinned.to_string() != sha256 => {
                Err(LaunchError::Pin { role, name, pinned: pinned.to_string(), found: sha256 })
            }
            _ => Ok(Self { name, bytes, sha256 }),
        }
    }
}
