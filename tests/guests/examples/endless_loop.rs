//! An objective that never comes back where `x` is negative, without calling its host. Else `y = x`.

use test_guests::{Xs, Ys};

fn endless_loop(Xs { x }: Xs) -> Ys {
    if x < 0.0 {
        let mut number = x.to_bits();
        loop {
            // The compiler must not see that this does nothing.
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
    Ys { y: x }
}

rush_worker::objective!(endless_loop);
