//! Pushes one running task, then panics in nested functions whose names a backtrace should have.

use rush_worker::prelude::*;
use test_guests::Xs;

fn trap(worker: &mut Worker) -> Result<()> {
    worker.push_running_one(&Xs { x: 1.0 })?;
    let values = [1.0, 2.0];
    // An index that the compiler cannot know.
    let index = usize::try_from(worker.count()?.running).expect("a handful") + values.len();
    fit_surrogate(&values, index);
    Ok(())
}

#[inline(never)]
fn fit_surrogate(values: &[f64], index: usize) -> f64 {
    std::hint::black_box(invert_kernel_matrix(values, index))
}

#[inline(never)]
fn invert_kernel_matrix(values: &[f64], index: usize) -> f64 {
    std::hint::black_box(values[index])
}

rush_worker::main!(trap);
