//! An objective that computes for about as many milliseconds as `x` says, whatever its sign. `y = x`.

use std::hint::black_box;

use test_guests::{Xs, Ys};

/// A few nanoseconds each.
const STEPS_A_MILLISECOND: f64 = 500_000.0;

fn slow(Xs { x }: Xs) -> Ys {
    let (mut step, steps) = (0.0, x.abs() * STEPS_A_MILLISECOND);
    while step < steps {
        step = black_box(step + 1.0);
    }
    Ys { y: x }
}

rush_worker::objective!(slow);
