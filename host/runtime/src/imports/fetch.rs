//! `rush:worker/tasks`, fetching: tables as resources, of which a guest holds only so many.

use std::time::Duration;

use rush_network::{Parts, Table, Worker};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, Lift, LinkerInstance, Resource};

use super::convert;
use crate::bindings::rush::worker::{tasks::Parts as WitParts, types as wit};
use crate::guest::Guest;

pub(super) fn add_to_linker(tasks: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    call(tasks, "fetch", fetch)?;
    call(tasks, "fetch-new", fetch_new)?;
    tasks.func_wrap("reset-cache", |store: StoreContextMut<'_, Guest>, (): ()| {
        store.data().worker.reset_cache();
        Ok(())
    })
}

/// Links a function that gives a table.
fn call<Arguments, Function, Running>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &str,
    function: Function,
) -> wasmtime::Result<()>
where
    Function: Fn(Worker, Arguments) -> Running + Send + Sync + Copy + 'static,
    Running: Future<Output = rush_network::Result<Table>> + Send + 'static,
    Arguments: ComponentNamedList + Lift + Send + 'static,
{
    tasks.func_wrap_async(name, move |mut store: StoreContextMut<'_, Guest>, arguments: Arguments| {
        Box::new(async move {
            let guest = store.data_mut();
            if let Err(no_room) = guest.room_for_a_table() {
                return Ok((Err(wit::Error::LimitExceeded(no_room.to_string())),));
            }
            let table = match function(guest.worker.clone(), arguments).await {
                Ok(table) => Ok(guest.hold(table)?),
                Err(error) => Err(convert::error(error)),
            };
            Ok::<(Result<Resource<Table>, wit::Error>,), wasmtime::Error>((table,))
        })
    })
}

async fn fetch(worker: Worker, (states, parts): (Vec<wit::State>, WitParts)) -> rush_network::Result<Table> {
    let states: Vec<_> = states.into_iter().map(convert::state).collect();
    worker.fetch(&states, self::parts(parts)).await
}

async fn fetch_new(worker: Worker, (parts, timeout_ms): (WitParts, u32)) -> rush_network::Result<Table> {
    worker.fetch_new(self::parts(parts), Duration::from_millis(timeout_ms.into())).await
}

fn parts(parts: WitParts) -> Parts {
    Parts {
        xs: parts.contains(WitParts::XS),
        ys: parts.contains(WitParts::YS),
        xs_extra: parts.contains(WitParts::XS_EXTRA),
        ys_extra: parts.contains(WitParts::YS_EXTRA),
        condition: parts.contains(WitParts::CONDITION),
        worker_id: parts.contains(WitParts::WORKER_ID),
    }
}
