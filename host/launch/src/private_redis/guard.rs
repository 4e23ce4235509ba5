//! The thread in every user that notices when the keeper is gone, and starts another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::PrivateRedisError;
use super::file_lock;
use super::open::Place;
use super::patience::Backoff;

/// Between two looks whether somebody else has started a keeper, at most.
const LOOK: Duration = Duration::from_secs(1);

/// Watches until `released`. The thread sleeps in the operating system until the keeper's lock opens; it cannot be woken
/// before, so a process that no longer uses the server keeps the sleeping thread until the server ends.
pub(crate) fn watch(place: Arc<Place>, released: Arc<AtomicBool>) {
    let spawned = thread::Builder::new().name("redis-guard".into()).spawn(move || {
        let mut pauses = pauses();
        while !released.load(Ordering::Acquire) {
            match wait_and_replace(&place, &released) {
                Ok(()) => pauses = self::pauses(),
                Err(error) => {
                    tracing::error!("The private Redis is gone, and cannot be started again: {error}");
                    thread::sleep(pauses.next());
                }
            }
        }
    });
    if let Err(error) = spawned {
        tracing::warn!("Cannot watch the keeper of the private Redis: {error}");
    }
}

fn wait_and_replace(place: &Place, released: &AtomicBool) -> Result<(), PrivateRedisError> {
    let path = place.runtime.keeper_lock();
    let file = file_lock::open(&path)?;
    file.lock_shared().map_err(|source| PrivateRedisError::Lock { path, source })?;
    // Held no longer than it takes to look: a new keeper wants it.
    drop(file);
    if released.load(Ordering::Acquire) {
        return Ok(());
    }
    let may_start = place.may_start();
    if !*may_start {
        drop(may_start);
        return wait_for_others(place, released);
    }
    tracing::warn!("The keeper of the private Redis is gone: starting another");
    let _start = place.lock_start()?;
    place.ensure_running()
}

/// There is nothing to wait for but time: that a lock is taken wakes nobody.
fn wait_for_others(place: &Place, released: &AtomicBool) -> Result<(), PrivateRedisError> {
    tracing::warn!(
        "The keeper of the private Redis is gone, and this process is confined, so it starts no other: the manager does, and \
         so does any command for the run file, such as `rush-host status`"
    );
    let mut pauses = pauses();
    while !released.load(Ordering::Acquire) && file_lock::is_free(&place.runtime.keeper_lock())? {
        thread::sleep(pauses.next().min(LOOK));
    }
    Ok(())
}

fn pauses() -> Backoff {
    Backoff::new(Duration::from_millis(100), Duration::from_secs(10))
}
