//! `[objective]`: the function that is evaluated, as a component of its own in a sandbox of its own.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::bytes::ByteSize;
use crate::component::{ComponentSource, WrittenComponent};
use crate::grants::{Grants, RawGrants};
use crate::isolation::Isolation;
use crate::json;
use crate::limits::{self, Limits, RawLimits};
use crate::named_files::{self, RawFiles};
use crate::path::WrittenPath;
use crate::resolve::Resolver;
use crate::sha256::Sha256;
use crate::shell_command::ShellCommand;
use crate::spanned::{At, Text};

/// What an objective may use unless its limits say otherwise.
const LIMITS: limits::Defaults =
    limits::Defaults { memory: ByteSize::from_mib(64), log: Some(ByteSize::from_mib(1)) };

/// The objective that the loop evaluates: a second component, in a sandbox of its own. It computes, and does nothing else;
/// whatever it does costs one task.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "objective")]
pub(crate) struct RawObjective {
    /// Path of the WebAssembly component.
    #[schemars(required)]
    pub(crate) component: Option<Text<WrittenComponent>>,
    /// Command that builds the component, for `rush-host build` and `--build`. `sh -e` runs it in the folder of this file, so it may have
    /// several lines. Programs of `.venv/bin` and `node_modules/.bin` in that folder are found first.
    #[schemars(extend("examples" = ["cargo build --release --target wasm32-wasip2"]))]
    pub(crate) build: Option<Text<ShellCommand>>,
    /// SHA-256 that the component must have, 64 hexadecimal digits.
    pub(crate) sha256: Option<Text<Sha256>>,
    /// What stands between the component and the host. With "process", each worker has a process for it beside its own.
    #[schemars(extend("default" = "instance"))]
    pub(crate) isolation: Option<At<Isolation>>,
    /// Whether one instance serves many evaluations.
    #[schemars(extend("default" = "reuse"))]
    pub(crate) instance: Option<At<Instance>>,
    /// Arguments of the objective: any TOML, handed to it as one JSON document.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub(crate) args: Option<toml::Table>,
    /// Named files: each is read once, here, and carried to every worker through Redis.
    #[schemars(with = "Option<BTreeMap<String, Text<WrittenPath>>>", extend("examples" = [{ "train": "data/mtcars.csv" }]))]
    pub(crate) data: Option<RawFiles>,
    /// What one evaluation may use.
    pub(crate) limits: Option<RawLimits>,
    /// What the objective may see of the world. Nothing, unless granted.
    pub(crate) grants: Option<RawGrants>,
}

/// Whether one instance serves many evaluations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Instance {
    /// One instance evaluates until an evaluation fails; the next begins with a fresh one.
    Reuse,
    /// Each evaluation gets an instance of its own.
    Fresh,
}

/// Resolved `[objective]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Objective {
    /// Where the component comes from.
    pub component: ComponentSource,
    /// Shell command that builds it, perhaps of several lines.
    pub build: Option<String>,
    /// Hash that it must have.
    pub sha256: Option<Sha256>,
    /// What stands between it and the host. Default: an instance in the host process.
    pub isolation: Isolation,
    /// Whether one instance serves many evaluations. Default: it does.
    pub instance: Instance,
    /// Its arguments, one JSON object, as for [`WorkerLoop::args`](crate::WorkerLoop::args).
    pub args: Map<String, Value>,
    /// Named files that are carried to every worker, as for [`WorkerLoop::data`](crate::WorkerLoop::data).
    pub data: BTreeMap<String, PathBuf>,
    /// What one evaluation may use.
    pub limits: Limits,
    /// What it may see of the world.
    pub grants: Grants,
}

impl RawObjective {
    /// None if there is no valid component: that is reported.
    pub(crate) fn resolve(&self, max_value: ByteSize, r: &mut Resolver<'_>) -> Option<Objective> {
        let component = r.component(self.component.as_ref());
        let data = named_files::resolve("objective", self.data.as_ref(), r);
        let build = r.parse(self.build.as_ref()).map(|command| command.0);
        let sha256 = r.parse(self.sha256.as_ref());
        let limits = self.limits.as_ref().unwrap_or(&RawLimits::default()).resolve(&LIMITS, max_value, r);
        let grants = self.grants.as_ref().map(|grants| grants.resolve("objective", r)).unwrap_or_default();
        Some(Objective {
            component: component?,
            build,
            sha256,
            isolation: self.isolation.as_ref().map_or(Isolation::Instance, |isolation| isolation.value),
            instance: self.instance.as_ref().map_or(Instance::Reuse, |instance| instance.value),
            args: json::from_table(self.args.clone().unwrap_or_default()),
            data,
            limits,
            grants,
        })
    }
}
