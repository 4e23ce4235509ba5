//! Pushes one running task, then never calls the host again. Only a kill ends it.

use rush_worker::prelude::*;
use test_guests::Xs;

fn busy(worker: &mut Worker) -> Result<()> {
    worker.push_running_one(&Xs { x: 1.0 })?;
    let mut number = worker.seed();
    loop {
        // The compiler must not see that this does nothing.
        number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

rush_worker::main!(busy);
