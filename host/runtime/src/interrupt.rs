//! What happens to a guest that runs for long.

use wasmtime::{Store, UpdateDeadline};

use crate::surroundings::Surrounded;

/// Lets a guest give way at every [tick](crate::ticker::TICK), so that others of its thread run, and so that it can be dropped: a guest
/// is ended by dropping the future that runs it, which needs the guest to wait somewhere, and this is where it does. One whose running time is
/// limited, and used up, ends here.
///
/// No flag is asked here. Whoever runs a guest polls its killing before the guest each time ([`PreparedLoop::run`](crate::PreparedLoop::run)), so a
/// killed guest is never entered again after it gave way. A guest that spins ends within a tick of the verdict.
pub(crate) fn give_way_at_ticks<T: Surrounded>(store: &mut Store<T>) {
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|store| {
        if let Some(meter) = &store.data().surroundings().meter {
            meter.check().map_err(wasmtime::Error::new)?;
        }
        // Not `UpdateDeadline::Yield`: that wakes the task at once, tokio's own lets it look at its other events first.
        Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
    });
}
