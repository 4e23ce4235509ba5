//! An output that can be taken away: a guest that never gives way may hold on to it for as long as its process lives.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rush_runtime::{LogMessage, Output, Stream};

/// An output, until it is taken away.
pub(super) struct Revocable {
    output: Mutex<Option<Arc<dyn Output>>>,
}

impl Revocable {
    pub(super) fn new(output: Arc<dyn Output>) -> Arc<Self> {
        Arc::new(Self { output: Mutex::new(Some(output)) })
    }

    /// From now on nobody hears anything.
    pub(super) fn revoke(&self) {
        self.output().take();
    }

    fn output(&self) -> MutexGuard<'_, Option<Arc<dyn Output>>> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Output for Revocable {
    fn line(&self, stream: Stream, line: &str) {
        if let Some(output) = &*self.output() {
            output.line(stream, line);
        }
    }

    fn log(&self, message: LogMessage<'_>) {
        if let Some(output) = &*self.output() {
            output.log(message);
        }
    }

    fn wants_core_dump(&self) -> bool {
        self.output().as_ref().is_some_and(|output| output.wants_core_dump())
    }

    fn core_dump(&self, dump: &[u8]) -> Option<String> {
        // Writing takes long; whoever takes the output away does not wait for it.
        let output = self.output().clone();
        output.and_then(|output| output.core_dump(dump))
    }
}
