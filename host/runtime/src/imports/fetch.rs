//! `rush:worker/tasks`, fetching: tables as resources, of which a guest holds only so many.

use std::time::Duration;

use rush_network::{Parts, Table, Worker};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, Lift, LinkerInstance, Resource};

use super::convert;
use crate::bindings::rush::worker::{tasks::Parts as WitParts, types as wit};
use crate::guest::Guest;
use crate::tables::NoRoom;

pub(super) fn add_to_linker(tasks: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    call(tasks, "fetch", fetch)?;
    call(tasks, "fetch-new", fetch_new)?;
    tasks.func_wrap("reset-cache", |store: StoreContextMut<'_, Guest>, (): ()| {
        store.data().worker.reset_cache();
        Ok(())
    })
}

/// Links a function that gives a table, or none if that takes more than the bytes that the guest may have.
fn call<Arguments, Function, Running>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &str,
    function: Function,
) -> wasmtime::Result<()>
where
    Function: Fn(Worker, Arguments, u64) -> Running + Send + Sync + Copy + 'static,
    Running: Future<Output = rush_network::Result<Option<Table>>> + Send + 'static,
    Arguments: ComponentNamedList + Lift + Send + 'static,
{
    tasks.func_wrap_async(name, move |mut store: StoreContextMut<'_, Guest>, arguments: Arguments| {
        Box::new(async move {
            let guest = store.data_mut();
            if let Err(no_room) = guest.room_for_a_table() {
                return Ok((Err(wit::Error::LimitExceeded(no_room.to_string())),));
            }
            let limit = guest.memory_limit();
            let table = match function(guest.worker.clone(), arguments, limit).await {
                Ok(Some(table)) => Ok(guest.hold(table)?),
                Ok(None) => Err(wit::Error::LimitExceeded(NoRoom::One { limit }.to_string())),
                Err(error) => Err(convert::error(error)),
            };
            Ok::<(Result<Resource<Table>, wit::Error>,), wasmtime::Error>((table,))
        })
    })
}

async fn fetch(
    worker: Worker,
    (states, parts): (Vec<wit::State>, WitParts),
    limit: u64,
) -> rush_network::Result<Option<Table>> {
    let states: Vec<_> = states.into_iter().map(convert::state).collect();
    worker.fetch_within(&states, self::parts(parts), usize::try_from(limit).unwrap_or(usize::MAX)).await
}

async fn fetch_new(
    worker: Worker,
    (parts, timeout_ms): (WitParts, u32),
    _limit: u64,
) -> rush_network::Result<Option<Table>> {
    worker.fetch_new(self::parts(parts), Duration::from_millis(timeout_ms.into())).await.map(Some)
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
