//! An objective that makes as many additions as `x` says, whatever its sign. `y = x`.

use std::hint::black_box;

use test_guests::{Xs, Ys};

fn fuel_user(Xs { x }: Xs) -> Ys {
    let mut additions = 0.0;
    while additions < x.abs() {
        additions = black_box(additions + 1.0);
    }
    Ys { y: x }
}

rush_worker::objective!(fuel_user);
