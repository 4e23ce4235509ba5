//! An objective that exits like a command where `x` is negative: -1 with success, else with a failure. Else `y = x`.

use test_guests::{Xs, Ys, wasi::wasi::cli::exit::exit};

fn exits_objective(Xs { x }: Xs) -> Ys {
    if x < 0.0 {
        exit(if x > -2.0 { Ok(()) } else { Err(()) });
    }
    Ys { y: x }
}

rush_worker::objective!(exits_objective);
