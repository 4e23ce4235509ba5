//! An objective that fails with a condition of its own where `x` is negative, with a kind and details. Else `y = x`.

use rush_worker::prelude::*;
use test_guests::{Xs, Ys};

#[derive(Serialize)]
struct Details {
    pivot: f64,
    row: u32,
}

fn returns_condition(Xs { x }: Xs) -> Result<Ys, Condition> {
    if x < 0.0 {
        let condition = Condition::new("the kernel matrix is singular").with_kind("singular");
        return Err(condition
            .with_details(&Details { pivot: x, row: 3 })
            .unwrap_or_else(|error| error.to_string().into()));
    }
    Ok(Ys { y: x })
}

rush_worker::objective!(returns_condition);
