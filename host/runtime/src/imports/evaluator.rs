//! `rush:worker/evaluator`: the objective of the run file, in a sandbox of its own.

use rush_network::{Fields, Worker};
use wasmtime::StoreContextMut;
use wasmtime::component::Linker;

use super::convert;
use crate::bindings::rush::worker::types as wit;
use crate::guest::Guest;
use crate::objective::{Evaluator, condition};
use crate::surroundings::Surrounded as _;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let mut evaluator = linker.instance("rush:worker/evaluator@0.1.0")?;
    evaluator.func_wrap_async("evaluate", |mut store: StoreContextMut<'_, Guest>, (xs,): (wit::Fields,)| {
        Box::new(async move {
            let guest = store.data_mut();
            // Given back below. A loop that is dropped meanwhile takes it along.
            let Some(mut evaluator) = guest.evaluator.take() else {
                return Ok((Err(condition::of_the_host(NO_OBJECTIVE)),));
            };
            let (worker, meter) = (guest.worker.clone(), guest.surroundings().meter.clone());
            let evaluation = evaluate(&mut evaluator, &worker, &xs);
            let result = match meter {
                None => evaluation.await,
                Some(meter) => meter.excuse(evaluation).await,
            };
            let guest = store.data_mut();
            guest.evaluator = Some(evaluator);
            Ok((for_the_loop(guest, result),))
        })
    })
}

/// What a loop can take, and what it can store: whatever the objective answers, it costs one task, also of a loop that handles no errors.
fn for_the_loop(
    guest: &mut Guest,
    result: Result<wit::Fields, wit::Condition>,
) -> Result<wit::Fields, wit::Condition> {
    let left = guest.left();
    let fits = |ys: wit::Fields| match guest.room.take(&ys, left) {
        Ok(()) => Ok(ys),
        Err(no_room) => Err(condition::no_room(&no_room.to_string())),
    };
    let most = guest.worker.network().max_value().min(left.of_a_condition());
    result.and_then(fits).map_err(|condition| condition::within(condition, most))
}

/// Such a loop is refused before it starts, unless somebody uses this library otherwise.
const NO_OBJECTIVE: &str = "there is no objective: name one under [objective] in the run file";

/// Until the evaluation ends, or its task is cancelled.
async fn evaluate(
    evaluator: &mut Evaluator,
    worker: &Worker,
    xs: &wit::Fields,
) -> Result<wit::Fields, wit::Condition> {
    // Compared only when something was cancelled, which is seldom.
    let is_this = |task: &Fields| is_same(task, &convert::fields(xs.clone()));
    tokio::select! {
        // What is done before anybody could hear of a cancel is not held up by listening.
        biased;
        result = evaluator.evaluate_wit(xs) => result,
        _ = worker.cancelled(is_this) => Err(condition::cancelled()),
    }
}

/// NaN, which is not equal to itself, is the same point.
fn is_same(task: &Fields, xs: &Fields) -> bool {
    task.len() == xs.len() && task.iter().zip(xs).all(|(one, other)| one.is_identical(other))
}

#[cfg(test)]
mod tests {
    use rush_network::fields;

    use super::*;

    #[test]
    fn a_point_that_is_not_a_number_is_found_again() {
        let point = |x: f64| fields! { "x" => x, "y" => vec![1.0, x] };
        assert!(is_same(&point(f64::NAN), &point(f64::NAN)));
        assert!(!is_same(&point(f64::NAN), &point(1.0)));
        assert!(!is_same(&point(1.0), &fields! { "x" => 1.0 }));
    }
}
