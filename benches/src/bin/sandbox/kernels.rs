//! What is computed in a sandbox, beside the same code natively.

use std::time::Instant;

use rush_bench_kernels::{KERNELS, Kernel, run};
use rush_benches::{Claim, Failure, Native, Report, Result, Spread, Table, test_guest};
use rush_network::fields;
use rush_runtime::{Evaluator, InstancePolicy};

use crate::isolated::{self, Isolation};

/// Times native, by process.
const TARGET: f64 = 1.3;

/// Ratios to native.
#[derive(Debug)]
pub(crate) struct KernelRow {
    kernel: &'static str,
    native_ms: Spread,
    instance: Spread,
    process: Spread,
}

/// A size and repeats that take some ten milliseconds natively: what comes around the computing does not count.
fn load(kernel: Kernel) -> (usize, usize) {
    match kernel {
        Kernel::Dot => (4_096, 10_000),
        Kernel::Matrix => (128, 20),
        Kernel::Trees => (1_000, 20),
    }
}

pub(crate) fn measure(native: &Native, rounds: u32) -> Result<Vec<KernelRow>> {
    let component = test_guest("kernels")?;
    let mut evaluators = Vec::new();
    for isolation in [Isolation::Instance, Isolation::Process] {
        evaluators.push(isolated::evaluator(&component, isolation, InstancePolicy::Reuse)?);
    }
    let mut rows = Vec::new();
    for (name, kernel) in KERNELS {
        let (size, repeats) = load(kernel);
        let mut native_ms = Vec::new();
        let mut ratios = vec![Vec::new(); evaluators.len()];
        for round in 0..=rounds {
            let begun = Instant::now();
            let sum = std::hint::black_box(run(kernel, size, repeats));
            let by_itself = begun.elapsed().as_secs_f64() * 1e3;
            let mut taken = Vec::new();
            for evaluator in &mut evaluators {
                taken.push(native.runtime.block_on(evaluate(evaluator, name, size, repeats, sum))?);
            }
            // The first round makes instances and processes.
            if round > 0 {
                native_ms.push(by_itself);
                ratios.iter_mut().zip(taken).for_each(|(ratios, taken)| ratios.push(taken / by_itself));
            }
        }
        let [instance, process] = std::array::from_fn(|at| Spread::of(&ratios[at]));
        rows.push(KernelRow { kernel: name, native_ms: Spread::of(&native_ms), instance, process });
    }
    Ok(rows)
}

/// Milliseconds of an evaluation, whose result must be the native one.
async fn evaluate(
    evaluator: &mut Evaluator,
    kernel: &str,
    size: usize,
    repeats: usize,
    sum: f64,
) -> Result<f64> {
    let whole = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let xs = fields! { "kernel" => kernel, "size" => whole(size), "repeats" => whole(repeats) };
    let begun = Instant::now();
    let ys =
        evaluator.evaluate(xs).await.map_err(|condition| Failure::Guest { message: condition.message })?;
    let taken = begun.elapsed().as_secs_f64() * 1e3;
    if ys == fields! { "sum" => sum } {
        Ok(taken)
    } else {
        Err(Failure::Guest { message: format!("{kernel} gives {ys:?} instead of {sum}") })
    }
}

pub(crate) fn tell(rows: &[KernelRow], report: &mut Report) {
    let mut table = Table::new("Kernels, times native", &["kernel"])
        .column("native ms", 1)
        .column("instance", 2)
        .column("process", 2);
    for row in rows {
        table.push([row.kernel], vec![row.native_ms.into(), row.instance.into(), row.process.into()]);
        let what = format!("sandbox: kernel {} by process, times native", row.kernel);
        report.claim(Claim::at_most(what, row.process, TARGET).decimals(2));
    }
    report.table(table);
}
