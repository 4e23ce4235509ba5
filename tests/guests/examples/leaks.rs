//! An objective that loses a megabyte with every evaluation, as languages do whose memory is collected now and then. `y` is how many
//! evaluations this instance has seen. Where `x` is negative it takes memory until it gets no more.

use std::{cell::Cell, hint::black_box, mem};

use test_guests::{Xs, Ys};

const LOST: usize = 1 << 20;

thread_local! {
    static EVALUATIONS: Cell<u32> = const { Cell::new(0) };
}

fn leaks(Xs { x }: Xs) -> Ys {
    loop {
        // Written to, so that it is really there. An allocation that fails aborts, which is a trap.
        mem::forget(black_box(vec![1_u8; LOST]));
        if x >= 0.0 {
            break;
        }
    }
    EVALUATIONS.set(EVALUATIONS.get() + 1);
    Ys { y: EVALUATIONS.get().into() }
}

rush_worker::objective!(leaks);
