//! What belongs to one guest: the data of its store.

use std::sync::Arc;

use rush_network::{Table, Worker};
use wasmtime::component::{Resource, ResourceTable};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::clock::{ClockView, GuestClock};
use crate::context::LoopContext;
use crate::interrupt::give_way_at_ticks;
use crate::limits::{Limiter, Limits};
use crate::output::Output;
use crate::tables::{NoRoom, Tables};
use crate::wasi;

/// Handles of resources (streams, pollables, descriptors) that a guest may hold at once.
const MAX_HANDLES: usize = 10_000;

/// The data of a worker loop's store.
pub(crate) struct Guest {
    pub(crate) worker: Worker,
    pub(crate) context: LoopContext,
    pub(crate) output: Arc<dyn Output>,
    pub(crate) limiter: Limiter,
    /// What its SDK said about a panic; the trap that follows does not know.
    pub(crate) panic: Option<String>,
    wasi: WasiCtx,
    clock: GuestClock,
    table: ResourceTable,
    tables: Tables,
}

impl Guest {
    /// A store that holds its guest to `limits`.
    pub(crate) fn store(
        engine: &Engine,
        limits: Limits,
        worker: Worker,
        context: LoopContext,
        output: Arc<dyn Output>,
    ) -> Store<Self> {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let guest = Self {
            wasi: wasi::inert(context.seed, &output),
            worker,
            context,
            output,
            limiter: Limiter::new(limits),
            panic: None,
            clock: GuestClock::default(),
            table,
            tables: Tables::default(),
        };
        let mut store = Store::new(engine, guest);
        store.limiter(|guest| &mut guest.limiter);
        store.set_hostcall_fuel(limits.host_call);
        store.set_max_component_handles(MAX_HANDLES);
        give_way_at_ticks(&mut store);
        store
    }

    pub(crate) fn clock(&mut self) -> ClockView<'_> {
        ClockView { clock: &self.clock, table: &mut self.table }
    }

    /// Asked before the guest gets another table.
    pub(crate) fn room_for_a_table(&self) -> Result<(), NoRoom> {
        self.tables.check_room(self.limiter.memory_limit())
    }

    /// Keeps a table until the guest drops its handle.
    pub(crate) fn hold(&mut self, table: Table) -> wasmtime::Result<Resource<Table>> {
        self.tables.add(&table);
        Ok(self.table.push(table)?)
    }

    /// The table of a handle.
    pub(crate) fn held(&self, handle: &Resource<Table>) -> wasmtime::Result<&Table> {
        Ok(self.table.get(handle)?)
    }

    /// The guest dropped its handle.
    pub(crate) fn drop_table(&mut self, handle: Resource<Table>) -> wasmtime::Result<()> {
        let table = self.table.delete(handle)?;
        self.tables.remove(&table);
        Ok(())
    }

    pub(crate) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}
