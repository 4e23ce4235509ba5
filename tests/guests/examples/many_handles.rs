//! An objective that asks its host for a million handles and keeps them all where `x` is negative. Else `y = x`.

use test_guests::{Xs, Ys, wasi::wasi::clocks::monotonic_clock::subscribe_duration};

fn many_handles(Xs { x }: Xs) -> Ys {
    if x < 0.0 {
        for _ in 0..1_000_000 {
            std::mem::forget(subscribe_duration(1_000_000_000));
        }
    }
    Ys { y: x }
}

rush_worker::objective!(many_handles);
