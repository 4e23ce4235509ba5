//! Pushes one running task, then ends with an error of its own, which has a source.

use std::{error::Error as StdError, fmt};

use rush_worker::prelude::*;
use test_guests::Xs;

#[derive(Debug)]
struct FitError(Error);

impl fmt::Display for FitError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the surrogate cannot be fitted")
    }
}

impl StdError for FitError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

fn returns_error(worker: &mut Worker) -> Result<(), Box<dyn StdError>> {
    worker.push_running_one(&Xs { x: 1.0 })?;
    Err(FitError(Error::message("the kernel matrix is singular")).into())
}

rush_worker::main!(returns_error);
