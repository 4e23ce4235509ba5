//! An objective that runs a compute kernel of the benchmarks, and returns its checksum.

use rush_bench_kernels::{Kernel, run};
use rush_worker::prelude::*;

/// Which kernel, on how much data, and how often.
#[derive(Deserialize)]
struct Point {
    kernel: String,
    size: usize,
    repeats: usize,
}

#[derive(Serialize)]
struct Sum {
    sum: f64,
}

fn kernels(Point { kernel, size, repeats }: Point) -> Result<Sum, String> {
    let known = Kernel::named(&kernel).ok_or_else(|| format!("there is no kernel `{kernel}`"))?;
    Ok(Sum { sum: run(known, size, repeats) })
}

rush_worker::objective!(kernels);
