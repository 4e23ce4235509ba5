//! A worker loop that exits like a command where `x` of a queued task is negative: -1 with a failure, -2 as if all were well. It finishes the
//! others.

use rush_worker::prelude::*;
use test_guests::{wasi::wasi::cli::exit::exit, work};

fn loop_exits(worker: &mut Worker) -> Result<()> {
    work(worker, |_, x| exit(if x > -2.0 { Err(()) } else { Ok(()) }))
}

rush_worker::main!(loop_exits);
