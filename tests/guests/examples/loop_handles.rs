//! A worker loop that asks its host for a million handles and keeps them all where `x` of a queued task is negative. It finishes the others.

use rush_worker::prelude::*;
use test_guests::{wasi::wasi::clocks::monotonic_clock::subscribe_duration, work};

fn loop_handles(worker: &mut Worker) -> Result<()> {
    work(worker, |_, _| {
        for _ in 0..1_000_000 {
            std::mem::forget(subscribe_duration(1_000_000_000));
        }
    })
}

rush_worker::main!(loop_handles);
