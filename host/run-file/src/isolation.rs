//! `isolation`: what stands between a component and the host.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands between a component and the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// A WebAssembly instance in the host process.
    Instance,
    /// A process of its own. Not supported yet.
    Process,
}
