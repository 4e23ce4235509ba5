//! `isolation`: what stands between a component and the host.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands between a component and the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// A WebAssembly instance in the host process: calls cost the least, and checks in its code interrupt it.
    Instance,
    /// A process of its own, which the operating system confines and ends: it computes without checks, and calls cost a
    /// switch between processes. An objective has one for each worker; of a loop, each worker is a host process.
    Process,
}
