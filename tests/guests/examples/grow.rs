//! Pushes one running task, then takes memory until it gets no more.

use rush_worker::prelude::*;
use test_guests::Xs;

fn grow(worker: &mut Worker) -> Result<()> {
    const CHUNK: usize = 1 << 20;
    worker.push_running_one(&Xs { x: 1.0 })?;
    let mut chunks = Vec::new();
    loop {
        // Written to, so that it is really there. An allocation that fails aborts, which is a trap.
        chunks.push(std::hint::black_box(vec![1_u8; CHUNK]));
    }
}

rush_worker::main!(grow);
