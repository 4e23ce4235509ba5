//! What a component may use, and what it may see of the world.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::limits::Limits;

/// How a component is run: its limits and its grants.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What it may use.
    pub limits: Limits,
    /// What it may see of the world.
    pub grants: Grants,
}

impl From<Limits> for Settings {
    /// These limits, and no grants.
    fn from(limits: Limits) -> Self {
        Self { limits, grants: Grants::default() }
    }
}

/// What a component may see of the world. By default nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Environment variables. These are no variables of the host, but what is written here.
    pub env: BTreeMap<String, String>,
    /// Folders.
    pub dirs: Vec<GrantedDir>,
    /// Whether it reads the real clock, instead of one of its own.
    pub clock: bool,
    /// Whether it draws real random numbers, instead of ones that depend on its seed alone.
    pub random: bool,
}

/// A folder that a component sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantedDir {
    /// The folder on this machine, as a path without links: none is followed when a component is prepared. All its instances get the
    /// folder that is there then.
    pub host: PathBuf,
    /// Where the component sees it.
    pub guest: String,
    /// Whether it may write there.
    pub write: bool,
}

/// A granted folder that cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the folder `{}`, granted as `{guest}`, cannot be opened: {cause}", host.display())]
pub struct GrantError {
    /// The folder on this machine.
    pub host: PathBuf,
    /// Where the component was to see it.
    pub guest: String,
    /// Why not.
    pub cause: String,
}
