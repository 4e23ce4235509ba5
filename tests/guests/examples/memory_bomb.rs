//! An objective that takes memory until it gets no more where `x` is negative. Else `y = x`.

use std::hint::black_box;

use test_guests::{Xs, Ys};

const CHUNK: usize = 1 << 20;

fn memory_bomb(Xs { x }: Xs) -> Ys {
    if x < 0.0 {
        let mut chunks = Vec::new();
        loop {
            // Written to, so that it is really there. An allocation that fails aborts, which is a trap.
            chunks.push(black_box(vec![1_u8; CHUNK]));
        }
    }
    Ys { y: x }
}

rush_worker::objective!(memory_bomb);
