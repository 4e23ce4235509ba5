//! An objective that panics where `x` is negative, in nested functions whose names a backtrace should have. Else `y = x`.

use std::hint::black_box;

use test_guests::{Xs, Ys};

fn panics(Xs { x }: Xs) -> Ys {
    // An index that the compiler cannot know.
    Ys { y: if x < 0.0 { fit_surrogate(&[1.0, 2.0], black_box(3)) } else { x } }
}

#[inline(never)]
fn fit_surrogate(values: &[f64], index: usize) -> f64 {
    black_box(invert_kernel_matrix(values, index))
}

#[inline(never)]
fn invert_kernel_matrix(values: &[f64], index: usize) -> f64 {
    black_box(values[index])
}

rush_worker::objective!(panics);
