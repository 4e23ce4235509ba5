//! Logs numbers, counted up from 0, some twenty thousand a second, and calls nothing else until it is told to end: it waits neither for
//! Redis nor for anybody. The result of its one task is how many there were.

use rush_worker::prelude::*;
use test_guests::{Xs, Ys};

fn talks(worker: &mut Worker) -> Result<()> {
    let key = worker.push_running_one(&Xs { x: 0.0 })?;
    let mut number = 0_u32;
    while !worker.terminated() {
        info!(target: "talks", "{number}");
        number += 1;
        for step in 0..20_000_u32 {
            std::hint::black_box(step);
        }
    }
    worker.finish_one(&key, &Ys { y: f64::from(number) })?;
    Ok(())
}

rush_worker::main!(talks);
