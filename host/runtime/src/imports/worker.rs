//! `rush:worker/worker`: who this worker is, and whether it should end.

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::convert;
use crate::guest::Guest;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut worker = linker.instance("rush:worker/worker@0.1.0")?;
    worker.func_wrap("id", |store: StoreContextMut<'_, Guest>, (): ()| {
        Ok((store.data().worker.id().as_str().to_owned(),))
    })?;
    worker.func_wrap("network-id", |store: StoreContextMut<'_, Guest>, (): ()| {
        Ok((store.data().worker.network_id().as_str().to_owned(),))
    })?;
    worker.func_wrap("terminated", |store: StoreContextMut<'_, Guest>, (): ()| {
        Ok((store.data().worker.terminated(),))
    })?;
    worker.func_wrap_async("running-workers", |store: StoreContextMut<'_, Guest>, (): ()| {
        let worker = store.data().worker.clone();
        Box::new(async move {
            let ids = worker.running_workers().await;
            let ids = ids.map(|ids| ids.iter().map(|id| id.as_str().to_owned()).collect::<Vec<_>>());
            Ok((ids.map_err(convert::error),))
        })
    })
}
