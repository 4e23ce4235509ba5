//! A worker loop that panics where `x` of a queued task is negative. It finishes the others.

use rush_worker::prelude::*;
use test_guests::work;

fn loop_panics(worker: &mut Worker) -> Result<()> {
    work(worker, |_, x| panic!("the model of {x} is gone"))
}

rush_worker::main!(loop_panics);
