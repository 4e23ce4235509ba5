//! Waiting for what must happen.

use std::time::{Duration, Instant};

/// Longer than anything takes that works, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at something that tells nobody when it changes.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until something holds.
#[track_caller]
pub fn eventually(what: &str, holds: impl Fn() -> bool) {
    eventually_some(what, || holds().then_some(()));
}

/// Waits until there is something.
#[track_caller]
pub fn eventually_some<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} in vain: {what}");
        std::thread::sleep(PAUSE);
    }
}
