//! A worker loop that calls itself without end where `x` of a queued task is negative. It finishes the others.

use rush_worker::prelude::*;
use test_guests::work;

fn loop_recursion(worker: &mut Worker) -> Result<()> {
    work(worker, |worker, _| {
        let depth = descend(worker.seed());
        info!("{depth}");
    })
}

/// With frames of its own, so that it cannot become a loop.
#[inline(never)]
#[expect(unconditional_recursion, reason = "what this is for")]
fn descend(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 8]);
    std::hint::black_box(descend(frame[3].wrapping_add(1)).wrapping_add(frame[5]))
}

rush_worker::main!(loop_recursion);
