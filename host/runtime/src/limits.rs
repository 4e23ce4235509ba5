//! What one guest may take of the host's memory.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use wasmtime::ResourceLimiter;

use crate::bytes_text::BytesText;

/// Elements of the tables of a guest, unless its limits say otherwise; a large program has a few ten thousand functions in its table. 8 bytes
/// each, touched lazily.
pub(crate) const TABLE_ELEMENTS: usize = 100_000;
/// The stack of a guest, unless its limits say otherwise.
pub(crate) const GUEST_STACK: usize = 512 << 10;

/// The limits of one guest. Those of time, fuel and log hold for one evaluation of an objective, and for the whole run of a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of linear memory, over all memories of the guest together. The tables that it holds may take as much again in the
    /// host, and one table, which takes no more either, but for finished tasks: those are shared by all guests of a process.
    pub memory: u64,
    /// Elements of tables, over all tables together.
    pub table_elements: usize,
    /// Core instances.
    pub instances: usize,
    /// Bytes that the host may allocate for the arguments of one call of the guest, or for its answer: values with their framing. For loops at least four times the largest legal value
    /// (`[tasks] max_value`), so that a legal value is never a trap.
    pub host_call: usize,
    /// How long the guest itself may run, by the clock of the processor; noticed within a tick of 10 ms. What it waits for does not count.
    pub time: Option<Duration>,
    /// How long it may take by the clock on the wall.
    pub wall: Option<Duration>,
    /// Instructions, counted the same on every machine.
    pub fuel: Option<u64>,
    /// Bytes of stack for its own frames.
    pub stack: usize,
    /// Bytes of what it logs and writes to its standard streams.
    pub log: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl Limits {
    /// 256 MiB of memory, and bounds for everything that the host holds for a guest; nothing that limits how long it runs.
    pub const DEFAULT: Self = Self {
        memory: 256 << 20,
        table_elements: TABLE_ELEMENTS,
        instances: 64,
        host_call: 16 << 20,
        time: None,
        wall: None,
        fuel: None,
        stack: GUEST_STACK,
        log: None,
    };

    /// These limits, with room for values of `max_value` bytes in one call.
    #[must_use]
    pub fn for_values_of(mut self, max_value: usize) -> Self {
        self.host_call = self.host_call.max(max_value.saturating_mul(4));
        self
    }
}

/// Something that a guest asked for and did not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denied {
    /// Bytes of memory.
    Memory { has: u64, more: u64, limit: u64 },
    /// Elements of tables.
    TableElements { has: usize, more: usize, limit: usize },
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory { has, more, limit } => write!(
                formatter,
                "memory limit of {} reached: the guest had {} and asked for {} more",
                BytesText(*limit),
                BytesText(*has),
                BytesText(*more)
            ),
            Self::TableElements { has, more, limit } => write!(
                formatter,
                "limit of {limit} table elements reached: the guest had {has} and asked for {more} more"
            ),
        }
    }
}

impl std::error::Error for Denied {}

/// Counts what a guest takes. A refused `memory.grow` gives the guest -1, as the standard says; most programs abort then, and
/// [`Limiter::denied`] tells why.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: Limits,
    memory: u64,
    table_elements: usize,
    /// What the last permitted growth added, in case it fails for another reason.
    last_memory: u64,
    last_elements: usize,
    /// While instances are made, a refused minimum is an error of its own, because the guest cannot handle it.
    starting: bool,
    denied: Option<Denied>,
}

impl Limiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            memory: 0,
            table_elements: 0,
            last_memory: 0,
            last_elements: 0,
            starting: true,
            denied: None,
        }
    }

    /// Instances are made; from now on a refusal is for the guest to handle.
    pub(crate) fn started(&mut self) {
        self.starting = false;
    }

    /// Forgets what was refused: it was another evaluation's.
    pub(crate) fn forget(&mut self) {
        self.denied = None;
    }

    /// Bytes of memory that the guest may have; what it keeps alive in the host is measured by the same.
    pub(crate) fn memory_limit(&self) -> u64 {
        self.limits.memory
    }

    /// Bytes of memory that the guest has not taken yet.
    pub(crate) fn memory_left(&self) -> u64 {
        self.limits.memory.saturating_sub(self.memory)
    }

    /// Bytes that the guest may hand over in one call.
    pub(crate) fn host_call(&self) -> usize {
        self.limits.host_call
    }

    /// What was refused last.
    pub(crate) fn denied(&self) -> Option<Denied> {
        self.denied
    }

    fn deny(&mut self, denied: Denied, current: usize) -> wasmtime::Result<bool> {
        self.denied = Some(denied);
        if self.starting && current == 0 { Err(wasmtime::Error::new(denied)) } else { Ok(false) }
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current) as u64;
        let asked = self.memory.saturating_add(more);
        if asked > self.limits.memory {
            let denied = Denied::Memory { has: self.memory, more, limit: self.limits.memory };
            return self.deny(denied, current);
        }
        self.memory = asked;
        self.last_memory = more;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory -= std::mem::take(&mut self.last_memory);
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let more = desired.saturating_sub(current);
        let asked = self.table_elements.saturating_add(more);
        if asked > self.limits.table_elements {
            let (has, limit) = (self.table_elements, self.limits.table_elements);
            return self.deny(Denied::TableElements { has, more, limit }, current);
        }
        self.table_elements = asked;
        self.last_elements = more;
        Ok(true)
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.table_elements -= std::mem::take(&mut self.last_elements);
        Ok(())
    }

    fn instances(&self) -> usize {
        self.limits.instances
    }

    fn tables(&self) -> usize {
        self.limits.instances
    }

    fn memories(&self) -> usize {
        self.limits.instances
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: usize = 64 << 10;

    fn limiter(pages: usize) -> Limiter {
        Limiter::new(Limits { memory: (pages * PAGE) as u64, ..Limits::default() })
    }

    #[test]
    fn all_memories_count_together() {
        let mut limiter = limiter(3);
        assert!(limiter.memory_growing(0, 2 * PAGE, None).unwrap());
        assert!(limiter.memory_growing(0, PAGE, None).unwrap());
        limiter.started();
        assert!(!limiter.memory_growing(PAGE, 2 * PAGE, None).unwrap());
        let denied = Denied::Memory { has: 3 * PAGE as u64, more: PAGE as u64, limit: 3 * PAGE as u64 };
        assert_eq!(limiter.denied(), Some(denied));
        assert_eq!(
            denied.to_string(),
            "memory limit of 192 KiB reached: the guest had 192 KiB and asked for 64 KiB more"
        );
    }

    #[test]
    fn a_minimum_beyond_the_limit_is_an_error_of_its_own() {
        let error = limiter(1).memory_growing(0, 2 * PAGE, None).unwrap_err();
        assert!(error.is::<Denied>());
    }

    #[test]
    fn a_growth_that_fails_later_is_given_back() {
        let mut limiter = limiter(2);
        assert!(limiter.memory_growing(0, 2 * PAGE, Some(PAGE)).unwrap());
        limiter.memory_grow_failed(wasmtime::Error::msg("beyond its maximum")).unwrap();
        assert!(limiter.memory_growing(0, 2 * PAGE, None).unwrap());
    }

    #[test]
    fn table_elements_count_together() {
        let mut limiter = Limiter::new(Limits { table_elements: 10, ..Limits::default() });
        limiter.started();
        assert!(limiter.table_growing(0, 6, None).unwrap());
        assert!(!limiter.table_growing(0, 6, None).unwrap());
        assert!(matches!(limiter.denied(), Some(Denied::TableElements { has: 6, more: 6, limit: 10 })));
    }

    #[test]
    fn a_legal_value_is_never_a_trap() {
        assert_eq!(Limits::default().for_values_of(64 << 20).host_call, 256 << 20);
        assert_eq!(Limits::default().for_values_of(1).host_call, Limits::default().host_call);
    }
}
