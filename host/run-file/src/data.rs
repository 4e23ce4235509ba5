//! `[data]`: what is too large for Redis.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::spanned::Text;

/// What is too large for Redis.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "data")]
pub(crate) struct RawData {
    /// Folder that all machines see, for components and files of [loop.data] that exceed what Redis stores in one
    /// value (512 MiB).
    pub(crate) large_objects: Option<Text<WrittenPath>>,
}

/// Resolved `[data]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Data {
    /// Folder that all machines see.
    pub large_objects: Option<PathBuf>,
}

impl RawData {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> Data {
        Data { large_objects: r.path(self.large_objects.as_ref()) }
    }
}
