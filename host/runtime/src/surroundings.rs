//! What surrounds every guest, whatever its world: what it is told, what it may use, what it finds instead of an operating system.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::clock::{ClockView, GuestClock};
use crate::context::GuestContext;
use crate::engine::Build;
use crate::folders::Folders;
use crate::interrupt::give_way_at_ticks;
use crate::limits::Limiter;
use crate::meter::Meter;
use crate::output::Output;
use crate::settings::{GrantError, Settings};
use crate::volume::Volume;
use crate::wasi;

/// Handles of resources (streams, pollables, descriptors) that a guest may hold at once.
pub(crate) const MAX_HANDLES: usize = 10_000;

/// A part of the data of each guest's store.
pub(crate) struct Surroundings {
    pub(crate) context: GuestContext,
    pub(crate) output: Arc<dyn Output>,
    pub(crate) limiter: Limiter,
    /// Only of a guest whose running time is limited, and that can be interrupted.
    pub(crate) meter: Option<Arc<Meter>>,
    pub(crate) volume: Volume,
    /// What its SDK said about a panic; the trap that follows does not know.
    pub(crate) panic: Option<String>,
    wasi: WasiCtx,
    clock: GuestClock,
    table: ResourceTable,
}

/// The data of a guest's store.
pub(crate) trait Surrounded: Send + 'static {
    fn surroundings(&self) -> &Surroundings;
    fn surroundings_mut(&mut self) -> &mut Surroundings;
}

impl Surroundings {
    /// For a guest of an engine of this build.
    pub(crate) fn new(
        settings: &Settings,
        folders: &Folders,
        build: Build,
        context: GuestContext,
        output: Arc<dyn Output>,
    ) -> Result<Self, GrantError> {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let volume = Volume::new(settings.limits.log);
        Ok(Self {
            wasi: wasi::context(context.seed, &settings.grants, folders, &output, &volume)?,
            context,
            output,
            limiter: Limiter::new(settings.limits),
            meter: settings.limits.time.filter(|_| build.interruptible).map(Meter::new),
            volume,
            panic: None,
            clock: if settings.grants.clock { GuestClock::real() } else { GuestClock::own() },
            table,
        })
    }

    /// Everything that is counted for one evaluation begins anew.
    pub(crate) fn begin_again(&mut self) {
        self.limiter.forget();
        self.volume.reset();
        self.panic = None;
        if let Some(meter) = &self.meter {
            meter.reset();
        }
    }

    pub(crate) fn clock(&mut self) -> ClockView<'_> {
        ClockView { clock: &self.clock, table: &mut self.table }
    }

    pub(crate) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    pub(crate) fn table_ref(&self) -> &ResourceTable {
        &self.table
    }
}

impl WasiView for Surroundings {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

/// A store that holds its guest to its limits.
pub(crate) fn store<T: Surrounded>(engine: &Engine, build: Build, settings: &Settings, guest: T) -> Store<T> {
    let mut store = Store::new(engine, guest);
    store.limiter(|guest| &mut guest.surroundings_mut().limiter);
    store.set_hostcall_fuel(settings.limits.host_call);
    store.set_max_component_handles(MAX_HANDLES);
    if build.interruptible {
        give_way_at_ticks(&mut store);
    }
    refuel(&mut store, settings);
    store
}

/// Gives a guest all of its fuel, if that is limited.
pub(crate) fn refuel<T>(store: &mut Store<T>, settings: &Settings) {
    if let Some(fuel) = settings.limits.fuel {
        // Fails only for an engine that counts no fuel: none is limited there.
        let _ = store.set_fuel(fuel);
    }
}
