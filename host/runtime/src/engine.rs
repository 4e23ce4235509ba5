//! The engine: one set of options for every component, and room for a known number of workers.

use std::num::NonZeroUsize;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wasmparser::WasmFeatures;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig, WasmBacktraceDetails};

use crate::inspect::Needs;
use crate::limits::{GUEST_STACK, Limits, TABLE_ELEMENTS};
use crate::ticker::Ticker;

/// What a fiber has beyond the guest's own stack, for the functions of the host that a guest calls. Only the pages that are touched
/// cost memory.
const HOST_STACK: usize = 512 << 10;
/// Frames that a trap records.
const BACKTRACE_FRAMES: NonZeroUsize = NonZeroUsize::new(64).expect("64 is not zero");

/// A component made by `wit-component` is a component instance of three core instances (the program, a shim and its
/// fix-up), so four leave one to spare.
const CORE_INSTANCES: u32 = 4;
/// The program's own memory, and one more for an adapter.
const MEMORIES: u32 = 2;
/// The program's table, the shim's, and two to spare.
const TABLES: u32 = 4;
/// The fixed part of an instance (its globals, functions, imports). Allocated when needed, so this is only a bound.
const INSTANCE_BYTES: usize = 10 << 20;
/// Of every so many workers one more gets room: a worker that starts anew may meet its predecessor still being unmapped.
const HEADROOM: u32 = 8;

/// How many workers an engine has room for, and how much each of them needs.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    /// Workers of this process.
    pub workers: u32,
    /// What one instance of the component needs at least, see [`Plugin::needs`](crate::Plugin::needs).
    pub needs: Needs,
}

/// How code is made for an engine, and how it runs there. Engines of different builds do not share compiled code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Build {
    /// Whether guests give way at each tick of the clock, so that they share threads and can be ended. Checks for it are woven
    /// into all loops, which costs nothing in most and much in tight floating-point ones. Without them a guest can only be ended together with
    /// its process.
    pub interruptible: bool,
    /// Whether instructions are counted, for a limit of `fuel`.
    pub fuel: bool,
    /// Bytes of stack for a guest's own frames. Deep recursion beyond it is a trap, not a crash.
    pub stack: usize,
    /// Whether a trap leaves an image of the guest's memory behind, for whoever looks for the mistake.
    pub core_dumps: bool,
}

impl Build {
    /// What these limits need, for guests that share a process with others.
    pub fn of(limits: &Limits) -> Self {
        Self { interruptible: true, fuel: limits.fuel.is_some(), stack: limits.stack, core_dumps: false }
    }

    /// The same for guests that have a process of their own.
    #[must_use]
    pub fn uninterruptible(self) -> Self {
        Self { interruptible: false, ..self }
    }

    /// The same, with an image of the memory of each guest that traps.
    #[must_use]
    pub fn with_core_dumps(self, core_dumps: bool) -> Self {
        Self { core_dumps, ..self }
    }
}

impl Default for Build {
    /// For guests that share a process with others, without limits but of the stack.
    fn default() -> Self {
        Self { interruptible: true, fuel: false, stack: GUEST_STACK, core_dumps: false }
    }
}

/// A wasmtime engine with its ticker. Cheap to clone.
///
/// Memory for all workers is reserved (not used) once; if the system refuses that much address space, memory is reserved for each
/// worker by itself, which is slower to start, and a warning with the numbers says so.
#[derive(Clone)]
pub struct Engine {
    inner: wasmtime::Engine,
    build: Build,
    pooled: bool,
    /// Ends when the last clone is dropped. Guests that are never interrupted have none.
    _ticker: Option<Arc<Ticker>>,
}

impl Engine {
    /// An engine with room for `capacity`.
    pub fn new(capacity: Capacity, build: Build) -> Result<Self, EngineError> {
        let mut config = config(build);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(capacity)));
        match wasmtime::Engine::new(&config) {
            Ok(inner) => Self::with_ticker(inner, build, true),
            Err(error) => {
                let gibibytes = reserved_gibibytes(capacity);
                tracing::warn!(
                    workers = capacity.workers,
                    gibibytes,
                    "{gibibytes} GiB of address space for {} workers cannot be reserved at once ({:#}); each worker reserves its own: \
                     starting one takes about three times as long. Raise `ulimit -v`, or run fewer workers in a process",
                    capacity.workers,
                    error
                );
                Self::on_demand(build)
            }
        }
    }

    /// An engine that reserves memory for each instance by itself.
    pub(crate) fn on_demand(build: Build) -> Result<Self, EngineError> {
        let mut config = config(build);
        config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
        let inner = wasmtime::Engine::new(&config)
            .map_err(|error| EngineError::Refused { cause: format!("{error:#}") })?;
        Self::with_ticker(inner, build, false)
    }

    fn with_ticker(inner: wasmtime::Engine, build: Build, pooled: bool) -> Result<Self, EngineError> {
        let ticker = build
            .interruptible
            .then(|| Ticker::start(&inner).map(Arc::new))
            .transpose()
            .map_err(|error| EngineError::Ticker { cause: error.to_string() })?;
        Ok(Self { inner, build, pooled, _ticker: ticker })
    }

    /// How its code is made.
    pub fn build(&self) -> Build {
        self.build
    }

    /// Whether memory for all workers was reserved at once.
    pub fn pooled(&self) -> bool {
        self.pooled
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner
    }
}

/// Why there is no engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// wasmtime refused; this machine cannot run it.
    #[error("this machine cannot run WebAssembly: {cause}")]
    Refused {
        /// What wasmtime said.
        cause: String,
    },
    /// No thread for the ticker.
    #[error("no thread can be started to interrupt guests: {cause}; raise `ulimit -u`")]
    Ticker {
        /// What the system said.
        cause: String,
    },
}

/// The options that decide about compiled code, the same for every engine of a build, so that cached code fits all of them.
pub(crate) fn config(build: Build) -> Config {
    let mut config = Config::new();
    config
        // Guests are plain WASI 0.2; the machinery for 0.3 makes every call from the host three times as expensive.
        .concurrency_support(false)
        .epoch_interruption(build.interruptible)
        .consume_fuel(build.fuel)
        .coredump_on_trap(build.core_dumps)
        .wasm_backtrace_details(WasmBacktraceDetails::Enable)
        .wasm_backtrace_max_frames(Some(BACKTRACE_FRAMES))
        .max_wasm_stack(build.stack)
        .async_stack_size(build.stack.saturating_add(HOST_STACK))
        // The same result on every processor.
        .relaxed_simd_deterministic(true)
        .wasm_features(SWITCHED_OFF, false);
    // Not set on purpose: `memory_reservation` stays at 4 GiB; smaller turns explicit bounds checks on.
    config
}

/// What wasm may contain: what [`config`] enables, so that a component can be checked before there is an engine.
pub(crate) const FEATURES: WasmFeatures = WasmFeatures::WASM3
    .union(WasmFeatures::COMPONENT_MODEL)
    .difference(SWITCHED_OFF)
    .difference(NOT_COMPILED_IN);

/// 64-bit memories always pay for bounds checks; typed references without garbage collection are of no use. No guest toolchain
/// of a worker needs them.
const SWITCHED_OFF: WasmFeatures =
    WasmFeatures::MEMORY64.union(WasmFeatures::FUNCTION_REFERENCES).union(WasmFeatures::GC);

/// Left out of this host's wasmtime by its cargo features.
const NOT_COMPILED_IN: WasmFeatures =
    WasmFeatures::THREADS.union(WasmFeatures::EXCEPTIONS).union(WasmFeatures::GC_TYPES);

fn pool(capacity: Capacity) -> PoolingAllocationConfig {
    let instances = instances(capacity);
    let needs = capacity.needs;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_stacks(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES.max(needs.core_instances)))
        .total_memories(instances.saturating_mul(MEMORIES.max(needs.memories)))
        .total_tables(instances.saturating_mul(TABLES.max(needs.tables)))
        .max_memories_per_module(MEMORIES.max(needs.memories))
        .max_tables_per_module(TABLES.max(needs.tables))
        .table_elements(TABLE_ELEMENTS.max(usize::try_from(needs.table_elements).unwrap_or(usize::MAX)))
        .max_core_instance_size(INSTANCE_BYTES)
        .max_component_instance_size(INSTANCE_BYTES);
    pool
}

fn instances(capacity: Capacity) -> u32 {
    let workers = capacity.workers.max(1);
    workers.saturating_add(workers.div_ceil(HEADROOM)).saturating_add(1)
}

/// For the warning: a slot of memory reserves 4 GiB.
fn reserved_gibibytes(capacity: Capacity) -> u64 {
    u64::from(instances(capacity)) * u64::from(MEMORIES.max(capacity.needs.memories)) * 4
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};

    use super::*;

    fn hash(engine: &Engine) -> u64 {
        let mut hasher = DefaultHasher::new();
        engine.wasmtime().precompile_compatibility_hash().hash(&mut hasher);
        hasher.finish()
    }

    #[test]
    fn code_compiled_for_one_engine_fits_all_others() {
        let build = Build::default();
        // What does not change the code does not change its name.
        let larger = Build { stack: 4 << 20, ..build }.with_core_dumps(true);
        let small = Engine::new(Capacity { workers: 1, needs: Needs::default() }, build).unwrap();
        let large = Engine::new(Capacity { workers: 200, needs: Needs::default() }, larger).unwrap();
        let unpooled = Engine::on_demand(build).unwrap();
        assert!(small.pooled() && large.pooled() && !unpooled.pooled());
        assert_eq!(hash(&small), hash(&large));
        assert_eq!(hash(&small), hash(&unpooled));
        for other in [build.uninterruptible(), Build { fuel: true, ..build }] {
            assert_ne!(hash(&small), hash(&Engine::on_demand(other).unwrap()));
        }
    }

    #[test]
    fn what_is_checked_before_compiling_is_what_the_engine_accepts() {
        let engine = wasmtime::Engine::new(&config(Build::default())).unwrap();
        assert_eq!(FEATURES, engine.get_wasm_features());
    }

    #[test]
    fn a_thousand_workers_fit() {
        let engine =
            Engine::new(Capacity { workers: 1000, needs: Needs::default() }, Build::default()).unwrap();
        assert!(engine.pooled());
    }

    #[test]
    fn more_address_space_than_there_is_falls_back() {
        // 64,000 workers would reserve half a pebibyte; a process has 128 tebibytes.
        let engine =
            Engine::new(Capacity { workers: 64_000, needs: Needs::default() }, Build::default()).unwrap();
        assert!(!engine.pooled());
    }
}
