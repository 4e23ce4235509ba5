//! `rush:worker/context`: arguments, data and seed. Nothing here waits, and nothing is copied but into the guest.

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::answer::FileTooLarge;
use crate::guest::Guest;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut context = linker.instance("rush:worker/context@0.1.0")?;
    context.func_wrap("args", |store: StoreContextMut<'_, Guest>, (): ()| {
        Ok((Arc::clone(&store.data().context.args),))
    })?;
    context.func_wrap("data", |store: StoreContextMut<'_, Guest>, (name,): (String,)| {
        let guest = store.data();
        let file = guest.context.data.get(&name).map(Arc::clone);
        let (size, limit) = (file.as_ref().map_or(0, |file| file.len() as u64), guest.limiter.memory_limit());
        if size > limit {
            // There is no `result` that could say so.
            return Err(wasmtime::Error::new(FileTooLarge { name, size, limit }));
        }
        Ok((file,))
    })?;
    context.func_wrap("seed", |store: StoreContextMut<'_, Guest>, (): ()| Ok((store.data().context.seed,)))
}
