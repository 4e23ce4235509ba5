//! An objective that counts its evaluations: `y` is how many this instance has seen. Traps where `x` is negative.

use std::cell::Cell;

use test_guests::{Xs, Ys};

thread_local! {
    static EVALUATIONS: Cell<u32> = const { Cell::new(0) };
}

fn keeps_state(Xs { x }: Xs) -> Ys {
    EVALUATIONS.set(EVALUATIONS.get() + 1);
    assert!(x >= 0.0, "x is negative");
    Ys { y: EVALUATIONS.get().into() }
}

rush_worker::objective!(keeps_state);
