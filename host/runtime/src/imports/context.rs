//! `rush:worker/context`: arguments, data and seed. Nothing here waits, and nothing is copied but into the guest.

use std::sync::Arc;

use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use crate::answer::FileTooLarge;
use crate::surroundings::Surrounded;

pub(super) fn add_to_linker<T: Surrounded>(linker: &mut Linker<T>) -> wasmtime::Result<()> {
    let mut context = linker.instance("rush:worker/context@0.1.0")?;
    context.func_wrap("args", |store: StoreContextMut<'_, T>, (): ()| {
        Ok((Arc::clone(&store.data().surroundings().context.args),))
    })?;
    context.func_wrap("data", |store: StoreContextMut<'_, T>, (name,): (String,)| {
        let guest = store.data().surroundings();
        let file = guest.context.data.get(&name).map(Arc::clone);
        let (size, limit) = (file.as_ref().map_or(0, |file| file.len() as u64), guest.limiter.memory_limit());
        if size > limit {
            // There is no `result` that could say so.
            return Err(wasmtime::Error::new(FileTooLarge { name, size, limit }));
        }
        Ok((file,))
    })?;
    context.func_wrap("seed", |store: StoreContextMut<'_, T>, (): ()| {
        Ok((store.data().surroundings().context.seed,))
    })
}
