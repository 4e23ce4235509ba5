//! `[loop]`: the program that every worker runs.

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

/// What a loop may use unless its limits say otherwise.
const LIMITS: limits::Defaults = limits::Defaults { memory: ByteSize::from_mib(256), log: None };

/// The worker loop: the program that every worker runs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "loop")]
pub(crate) struct RawLoop {
    /// Path of the WebAssembly component.
    #[schemars(required)]
    pub(crate) component: Option<Text<WrittenComponent>>,
    /// Command that builds the component, for `rush-host build` and `--build`. `sh -e` runs it in the folder of this file, so it may have
    /// several lines. Programs of `.venv/bin` and `node_modules/.bin` in that folder are found first.
    #[schemars(extend("examples" = ["cargo build --release --target wasm32-wasip2"]))]
    pub(crate) build: Option<Text<ShellCommand>>,
    /// SHA-256 that the component must have, 64 hexadecimal digits.
    pub(crate) sha256: Option<Text<Sha256>>,
    /// What stands between the component and the host. With "process", each worker has a host process of its own.
    #[schemars(extend("default" = "instance"))]
    pub(crate) isolation: Option<At<Isolation>>,
    /// Arguments of the loop: any TOML, handed to it as one JSON document.
    #[schemars(with = "Option<Map<String, Value>>")]
    pub(crate) args: Option<toml::Table>,
    /// Named files: each is read once, here, and carried to every worker through Redis.
    #[schemars(with = "Option<BTreeMap<String, Text<WrittenPath>>>", extend("examples" = [{ "train": "data/mtcars.csv" }]))]
    pub(crate) data: Option<RawFiles>,
    /// What the loop may use.
    pub(crate) limits: Option<RawLimits>,
    /// What the loop may see of the world. Nothing, unless granted.
    pub(crate) grants: Option<RawGrants>,
}

/// Resolved `[loop]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerLoop {
    /// Where the component comes from.
    pub component: ComponentSource,
    /// Shell command that builds it, perhaps of several lines.
    pub build: Option<String>,
    /// Hash that it must have.
    pub sha256: Option<Sha256>,
    /// What stands between it and the host. Default: an instance in the host process.
    pub isolation: Isolation,
    /// Its arguments, one JSON object. NaN and the infinities are the strings `"NaN"`, `"Inf"` and `"-Inf"`; dates and
    /// times are strings as TOML writes them. The order of keys is that of the run file. Default: empty.
    pub args: Map<String, Value>,
    /// Named files that are carried to every worker. No name is empty. Whether the files are there is for the reader.
    pub data: BTreeMap<String, PathBuf>,
    /// What it may use.
    pub limits: Limits,
    /// What it may see of the world.
    pub grants: Grants,
}

impl RawLoop {
    /// None if there is no valid component: that is reported.
    pub(crate) fn resolve(&self, max_value: ByteSize, r: &mut Resolver<'_>) -> Option<WorkerLoop> {
        let component = r.component(self.component.as_ref());
        let data = named_files::resolve("loop", self.data.as_ref(), r);
        let build = r.parse(self.build.as_ref()).map(|command| command.0);
        let sha256 = r.parse(self.sha256.as_ref());
        let limits = self.limits.as_ref().unwrap_or(&RawLimits::default()).resolve(&LIMITS, max_value, r);
        let grants = self.grants.as_ref().map(|grants| grants.resolve("loop", r)).unwrap_or_default();
        Some(WorkerLoop {
            component: component?,
            build,
            sha256,
            isolation: self.isolation.as_ref().map_or(Isolation::Instance, |isolation| isolation.value),
            args: json::from_table(self.args.clone().unwrap_or_default()),
            data,
            limits,
            grants,
        })
    }
}
