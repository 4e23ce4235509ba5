//! A worker loop that never comes back where `x` of a queued task is negative, without calling its host. It finishes the others.

use rush_worker::prelude::*;
use test_guests::work;

fn loop_endless(worker: &mut Worker) -> Result<()> {
    work(worker, |_, x| {
        let mut number = x.to_bits();
        loop {
            // The compiler must not see that this does nothing.
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    })
}

rush_worker::main!(loop_endless);
