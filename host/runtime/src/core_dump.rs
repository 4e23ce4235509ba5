//! Images of guests that trapped, for whoever looks for the mistake.

use std::sync::Arc;

use tokio::sync::Mutex;
use wasmtime::{Error, Store, WasmCoreDump};

use crate::output::Output;

/// To make one takes about three times the guest's memory, and the guest is still there: so one at a time for all workers of a process.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A guest that has trapped, until an image of it is made.
pub(crate) struct Remains(Box<dyn FnOnce() -> Vec<u8> + Send>);

impl Remains {
    /// What is left of a guest that ended with this error. Nothing if there is nothing to see, or nobody who wants to see it.
    pub(crate) fn of<T: Send + 'static>(
        mut store: Store<T>,
        error: Error,
        name: &'static str,
        output: &dyn Output,
    ) -> Option<Self> {
        if error.downcast_ref::<WasmCoreDump>().is_none() || !output.wants_core_dump() {
            return None;
        }
        Some(Self(Box::new(move || {
            let dump = error.downcast_ref::<WasmCoreDump>();
            dump.map(|dump| dump.serialize(&mut store, name)).unwrap_or_default()
        })))
    }

    /// Makes the image, which ends the guest. Blocks: it takes a second for each gigabyte.
    pub(crate) fn image(self) -> Vec<u8> {
        (self.0)()
    }

    /// Makes the image and keeps it where `output` does, away from the threads of the guests. Answers where.
    pub(crate) async fn keep(self, output: &Arc<dyn Output>) -> Option<String> {
        let one = ONE_AT_A_TIME.lock().await;
        let output = Arc::clone(output);
        let kept = tokio::task::spawn_blocking(move || {
            let _one = one;
            // Others may have used up the room meanwhile.
            output.wants_core_dump().then(|| output.core_dump(&self.image())).flatten()
        });
        kept.await.ok().flatten()
    }
}
