//! A worker loop that takes memory until it gets no more where `x` of a queued task is negative. It finishes the others.

use rush_worker::prelude::*;
use test_guests::work;

const CHUNK: usize = 1 << 20;

fn loop_memory(worker: &mut Worker) -> Result<()> {
    work(worker, |_, _| {
        let mut chunks = Vec::new();
        loop {
            // Written to, so that it is really there. An allocation that fails aborts, which is a trap.
            chunks.push(std::hint::black_box(vec![1_u8; CHUNK]));
        }
    })
}

rush_worker::main!(loop_memory);
