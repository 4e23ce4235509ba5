//! `[loop.grants]` and `[objective.grants]`: what a component may see of the world. Nothing, unless granted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

/// What a component may see of the world. Nothing, unless granted.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "grants")]
pub(crate) struct RawGrants {
    /// Environment variables that it sees. Not supported yet.
    pub(crate) env: Option<BTreeMap<String, String>>,
    /// Folders that it sees. Not supported yet.
    pub(crate) dirs: Option<Vec<RawDir>>,
    /// The real clock. Not supported yet.
    #[schemars(extend("default" = false))]
    pub(crate) clock: Option<At<bool>>,
    /// Real randomness instead of numbers from the seed. Not supported yet.
    #[schemars(extend("default" = false))]
    pub(crate) random: Option<At<bool>>,
}

/// A folder that a component sees.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "dir")]
pub(crate) struct RawDir {
    /// The folder on this machine.
    #[schemars(required)]
    pub(crate) host: Option<Text<WrittenPath>>,
    /// Where the component sees it: an absolute path.
    #[schemars(required)]
    pub(crate) guest: Option<Text<WrittenPath>>,
    /// Whether it may write there.
    #[schemars(extend("default" = false))]
    pub(crate) write: Option<At<bool>>,
}

/// Resolved grants of a component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grants {
    /// Environment variables that it sees.
    pub env: BTreeMap<String, String>,
    /// Folders that it sees.
    pub dirs: Vec<Dir>,
    /// Whether it reads the real clock.
    pub clock: bool,
    /// Whether it draws real randomness instead of numbers from the seed.
    pub random: bool,
}

/// A folder that a component sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dir {
    /// The folder on this machine.
    pub host: PathBuf,
    /// Where the component sees it.
    pub guest: String,
    /// Whether it may write there.
    pub write: bool,
}

impl RawGrants {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Grants {
        let granted = |grant: &Option<At<bool>>| grant.as_ref().is_some_and(|grant| grant.value);
        Grants {
            env: self.env.clone().unwrap_or_default(),
            dirs: self.dirs.iter().flatten().filter_map(|dir| dir.resolve(r)).collect(),
            clock: granted(&self.clock),
            random: granted(&self.random),
        }
    }
}

impl RawDir {
    fn resolve(&self, r: &mut Resolver<'_>) -> Option<Dir> {
        let host = r.path(self.host.as_ref());
        let written = self.guest.as_ref()?;
        let guest = r.parse(Some(written))?.0;
        if !guest.starts_with('/') {
            let error = ValueError::new("not absolute").help(format!("For example guest = \"/{guest}\""));
            r.invalid(written.span.clone(), "path of a guest", &error);
        }
        Some(Dir { host: host?, guest, write: self.write.as_ref().is_some_and(|write| write.value) })
    }
}
