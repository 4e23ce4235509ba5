//! An objective that sleeps for an hour where `x` is negative: it waits in its host, and does not run. Else `y = x`.

use test_guests::{Xs, Ys, wasi::wasi::clocks::monotonic_clock::subscribe_duration};

fn sleeps(Xs { x }: Xs) -> Ys {
    if x < 0.0 {
        subscribe_duration(3_600_000_000_000).block();
    }
    Ys { y: x }
}

rush_worker::objective!(sleeps);
