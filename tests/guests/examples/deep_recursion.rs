//! An objective that calls itself without end where `x` is negative. Else `y = x`.

use std::hint::black_box;

use test_guests::{Xs, Ys};

fn deep_recursion(Xs { x }: Xs) -> Ys {
    Ys { y: if x < 0.0 { descend(x) } else { x } }
}

/// With frames of its own, so that it cannot become a loop.
#[inline(never)]
#[expect(unconditional_recursion, reason = "what this is for")]
fn descend(x: f64) -> f64 {
    let frame = black_box([x; 8]);
    black_box(descend(frame[3] - 1.0) + frame[5])
}

rush_worker::objective!(deep_recursion);
