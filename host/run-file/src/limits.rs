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
/// With less, not even what a program does before its first own function fits.
const LEAST_STACK: ByteSize = ByteSize::from_kib(64);
/// Each guest has its own stack, and its address space is reserved.
const LARGEST_STACK: ByteSize = ByteSize::from_mib(64);
/// A message of an error should fit.
const LEAST_VALUE: ByteSize = ByteSize::from_kib(4);

const STACK: ByteSize = ByteSize::from_kib(512);
const TABLE_ELEMENTS: u32 = 100_000;
const INSTANCES: u32 = 64;
/// What the value of a call may always have; it is more where `max_value` is.
const VALUE: ByteSize = ByteSize::from_mib(16);
/// A value is counted with its framing: so many times the largest one is room for any legal one.
const FRAMING: u64 = 4;

/// What a component may use. For an objective, each limit holds for one evaluation: what goes beyond it fails that task, with a
/// condition of the kind that is named here, and the next evaluation begins with a fresh instance. For a loop, each holds
/// for its whole run: what goes beyond it ends the worker, which is told as `limit`.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "limits")]
pub(crate) struct RawLimits {
    /// Bytes of all its memories together, at least 64KiB. Beyond it: `memory-limit`. Default: 256MiB for a loop, 64MiB for
    /// an objective.
    pub(crate) memory: Option<Text<ByteSize>>,
    /// Time that the component itself runs; what it waits for the host does not count. Beyond it: `time-limit`. Default:
    /// not limited.
    pub(crate) time: Option<Text<Duration>>,
    /// Time that passes on the clock, whatever the component does. Beyond it: `time-limit`. Default: not limited.
    pub(crate) wall: Option<Text<Duration>>,
    /// Instructions, counted in the same way on every machine; counting them makes the component slower. Beyond it:
    /// `fuel`. Default: not counted.
    #[schemars(range(min = 1, max = 9_223_372_036_854_775_807_i64))]
    pub(crate) fuel: Option<At<u64>>,
    /// Bytes of the stack, from 64KiB to 64MiB. Beyond it: `limit`. Default: 512KiB.
    #[schemars(extend("default" = "512KiB"))]
    pub(crate) stack: Option<Text<ByteSize>>,
    /// Elements of all its tables together. Beyond it: `limit`. Default: 100000.
    #[schemars(range(min = 1, max = 100_000_000), extend("default" = 100_000))]
    pub(crate) table_elements: Option<At<u32>>,
    /// Core instances that it is made of. Beyond it: `limit`. Default: 64.
    #[schemars(range(min = 1, max = 100_000), extend("default" = 64))]
    pub(crate) instances: Option<At<u32>>,
    /// Bytes of all values that it hands to the host in one call, as they are counted there, at least 4KiB. Beyond it:
    /// `limit`. Default: 16MiB, or four times `[tasks] max_value` if that is more.
    pub(crate) value: Option<Text<ByteSize>>,
    /// Bytes that it writes to standard output, to standard error and to the log, all together. Beyond it: `limit`.
    /// Default: 1MiB for an objective, not limited for a loop.
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
    /// Stack, from 64 KiB to 64 MiB. Default: 512 KiB.
    pub stack: ByteSize,
    /// Elements of all tables. Default: 100,000.
    pub table_elements: u32,
    /// Core instances. Default: 64.
    pub instances: u32,
    /// Size of the values that are handed to the host in one call. Default: 16 MiB, or four times `max_value`.
    pub value: ByteSize,
    /// Bytes that may be written to the log. Default: 1 MiB for an objective.
    pub log: Option<ByteSize>,
}

/// What differs between a loop and an objective that say nothing.
pub(crate) struct Defaults {
    pub(crate) memory: ByteSize,
    pub(crate) log: Option<ByteSize>,
}

impl RawLimits {
    /// `max_value` is the largest value of a task, for which there is always room.
    pub(crate) fn resolve(&self, defaults: &Defaults, max_value: ByteSize, r: &mut Resolver<'_>) -> Limits {
        let memory = r.parse_or(self.memory.as_ref(), defaults.memory);
        if let Some(written) = &self.memory
            && memory < LEAST_MEMORY
        {
            let error = ValueError::new(format!("less than {LEAST_MEMORY}, one page of WebAssembly memory"))
                .help(format!("Give it at least that; without `memory` it gets {}", defaults.memory));
            r.invalid(written.span.clone(), "limit", &error);
        }
        let stack = r.parse_or(self.stack.as_ref(), STACK);
        if let Some(written) = &self.stack
            && !(LEAST_STACK..=LARGEST_STACK).contains(&stack)
        {
            let error = ValueError::new(format!("not from {LEAST_STACK} to {LARGEST_STACK}"))
                .help(format!("Without `stack` it gets {STACK}"));
            r.invalid(written.span.clone(), "limit", &error);
        }
        let default_value = VALUE.max(max_value.times(FRAMING));
        let value = r.parse_or(self.value.as_ref(), default_value);
        if let Some(written) = &self.value
            && value < LEAST_VALUE
        {
            let error = ValueError::new(format!("less than {LEAST_VALUE}"))
                .help(format!("Results and messages have to fit; without `value` it gets {default_value}"));
            r.invalid(written.span.clone(), "limit", &error);
        }
        Limits {
            memory,
            time: r.parse(self.time.as_ref()),
            wall: r.parse(self.wall.as_ref()),
            fuel: self.fuel.as_ref().map(|fuel| fuel.value),
            stack,
            table_elements: self.table_elements.as_ref().map_or(TABLE_ELEMENTS, |elements| elements.value),
            instances: self.instances.as_ref().map_or(INSTANCES, |instances| instances.value),
            value,
            log: r.parse(self.log.as_ref()).or(defaults.log),
        }
    }
}
