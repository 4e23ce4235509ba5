//! `[loop.limits]` and `[objective.limits]`: what a component may use.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bytes::ByteSize;
use crate::duration::Duration;
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

/// One page of WebAssembly memory: with less, nothing runs.
const LEAST_MEMORY: ByteSize = ByteSize::from_kib(64);

/// What a component may use. Limits on time, fuel and what is written hold for one evaluation of an objective, and for
/// the whole run of a loop.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "limits")]
pub(crate) struct RawLimits {
    /// Memory. Default: 256MiB for a loop, 64MiB for an objective.
    pub(crate) memory: Option<Text<ByteSize>>,
    /// Time that the component itself may run. Not supported yet.
    pub(crate) time: Option<Text<Duration>>,
    /// Time that may pass on the clock. Not supported yet.
    pub(crate) wall: Option<Text<Duration>>,
    /// Instructions, counted deterministically. Not supported yet.
    #[schemars(range(min = 1, max = 9_223_372_036_854_775_807_i64))]
    pub(crate) fuel: Option<At<u64>>,
    /// Stack. Not supported yet.
    pub(crate) stack: Option<Text<ByteSize>>,
    /// Elements of all tables. Not supported yet.
    #[schemars(range(min = 1, max = 100_000_000))]
    pub(crate) table_elements: Option<At<u32>>,
    /// Core instances. Not supported yet.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) instances: Option<At<u32>>,
    /// Size of one value that is handed to the host. Not supported yet.
    pub(crate) value: Option<Text<ByteSize>>,
    /// What may be written to the log. Not supported yet.
    pub(crate) log: Option<Text<ByteSize>>,
}

/// Resolved limits of a component; none means not limited by the run file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory. Default: 256 MiB for a loop, 64 MiB for an objective.
    pub memory: ByteSize,
    /// Time that the component itself may run.
    pub time: Option<Duration>,
    /// Time that may pass on the clock.
    pub wall: Option<Duration>,
    /// Instructions, counted deterministically.
    pub fuel: Option<u64>,
    /// Stack.
    pub stack: Option<ByteSize>,
    /// Elements of all tables.
    pub table_elements: Option<u32>,
    /// Core instances.
    pub instances: Option<u32>,
    /// Size of one value that is handed to the host.
    pub value: Option<ByteSize>,
    /// Bytes that may be written to the log.
    pub log: Option<ByteSize>,
}

impl RawLimits {
    pub(crate) fn resolve(&self, default_memory: ByteSize, r: &mut Resolver<'_>) -> Limits {
        let memory = r.parse_or(self.memory.as_ref(), default_memory);
        if let Some(written) = &self.memory
            && memory < LEAST_MEMORY
        {
            let error = ValueError::new(format!("less than {LEAST_MEMORY}, one page of WebAssembly memory"))
                .help(format!("Give it at least that; without `memory` it gets {default_memory}"));
            r.invalid(written.span.clone(), "limit", &error);
        }
        Limits {
            memory,
            time: r.parse(self.time.as_ref()),
            wall: r.parse(self.wall.as_ref()),
            fuel: self.fuel.as_ref().map(|fuel| fuel.value),
            stack: r.parse(self.stack.as_ref()),
            table_elements: self.table_elements.as_ref().map(|elements| elements.value),
            instances: self.instances.as_ref().map(|instances| instances.value),
            value: r.parse(self.value.as_ref()),
            log: r.parse(self.log.as_ref()),
        }
    }
}
