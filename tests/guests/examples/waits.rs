//! An objective that waits for nothing at all where `x` is negative: a poll of no streams. Else `y = x`.

use test_guests::{Xs, Ys, wasi::wasi::io::poll::poll};

fn waits(Xs { x }: Xs) -> Ys {
    if x < 0.0 {
        poll(&[]);
    }
    Ys { y: x }
}

rush_worker::objective!(waits);
