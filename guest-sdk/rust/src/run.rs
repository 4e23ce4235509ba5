//! How a component runs its loop, and how the loop's end is told.

use std::error::Error as StdError;

#[cfg(any(test, target_arch = "wasm32"))]
use crate::{Error, errors::with_sources};

/// Makes a function the worker loop of this component: `rush_worker::main!(random_search);`
///
/// The function takes `&mut Worker` and returns a `Result` of nothing, with any error that becomes a
/// `Box<dyn std::error::Error>`. Its error is recorded as the worker's end, with all its sources. A loop that passes
/// on [`Error::BudgetExhausted`](crate::Error::BudgetExhausted) with nothing remaining ends without an error; but nobody replaces
/// it if tasks of others fail afterwards, for which [`Worker::when_there_is_room`](crate::Worker::when_there_is_room) waits.
///
/// Natively the macro only checks the type of the function, so the crate can be tested like any other.
#[macro_export]
macro_rules! main {
    ($function:path) => {
        #[cfg(target_arch = "wasm32")]
        #[allow(unsafe_code, missing_docs, reason = "generated: exports of a component")]
        const _: () = {
            struct Component;
            impl $crate::bindings::Guest for Component {
                fn run() -> ::std::result::Result<(), ::std::string::String> {
                    $crate::__private::run($function)
                }
            }
    $crate::bindings::export!(Component with_types_in $crate::bindings);
        };
        #[cfg(not(target_arch = "wasm32"))]
        const _: fn() = || $crate::__private::check($function);
    };
}

/// Runs a loop against the host.
#[cfg(target_arch = "wasm32")]
pub fn run<E: Into<Box<dyn StdError>>>(
    function: impl FnOnce(&mut crate::Worker) -> Result<(), E>,
) -> Result<(), String> {
    crate::logger::install();
    end(function(&mut crate::Worker::new(crate::backend::Backend)))
}

/// Takes what `run` would take.
#[cfg(not(target_arch = "wasm32"))]
pub fn check<E: Into<Box<dyn StdError>>>(_: impl FnOnce(&mut crate::Worker) -> Result<(), E>) {}

/// What is recorded as the end of a worker whose loop returned this.
#[cfg(any(test, target_arch = "wasm32"))]
fn end<E: Into<Box<dyn StdError>>>(result: Result<(), E>) -> Result<(), String> {
    let Err(error) = result else { return Ok(()) };
    let error: Box<dyn StdError> = error.into();
    match error.downcast_ref() {
        Some(Error::BudgetExhausted { remaining: 0 }) => Ok(()),
        _ => Err(with_sources(&*error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the model cannot be fitted")]
    struct Outer(#[source] Error);

    #[test]
    fn an_error_is_told_with_its_sources() {
        let error = Outer(Error::message("the matrix is singular"));
        assert_eq!(end(Err(error)).unwrap_err(), "the model cannot be fitted: the matrix is singular");
    }

    #[test]
    fn a_used_up_budget_is_an_ordinary_end() {
        assert_eq!(end(Err(Error::BudgetExhausted { remaining: 0 })), Ok(()));
        let message = end(Err(Error::BudgetExhausted { remaining: 3 })).unwrap_err();
        assert_eq!(message, "the budget of this run allows 3 more tasks");
    }

    #[test]
    fn lost_ownership_is_told() {
        let message = end(Err(Error::LostOwnership("declared lost".into()))).unwrap_err();
        assert_eq!(message, "this worker is no longer part of the network: declared lost");
    }
}
