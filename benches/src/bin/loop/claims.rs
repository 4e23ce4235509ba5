//! What we claim of the loop.

use std::time::Duration;

use rush_benches::{Claim, Report, Spread, Turn};

use crate::{
    case::Case,
    figures::{Series, references},
};

/// More time on the processor for a task than the twin, in µs.
const MORE_THAN_TWIN: f64 = 3.0;
/// That of Redis, in that of the floor's.
const REDIS_OF_FLOOR: f64 = 1.25;
const RATE_OF_TWIN: f64 = 0.95;
/// In batches of 64.
const RATE_OF_FLOOR: f64 = 0.85;
const FAR: Duration = Duration::from_millis(1);
/// Tasks a second of a worker that is so far away, with two trips and with one.
const FAR_TWO_TRIPS: f64 = 450.0;
const FAR_ONE_TRIP: f64 = 900.0;

/// Adds each claim whose case was measured.
pub(crate) fn judge(measured: &[(Case, Vec<Series>)], report: &mut Report) {
    let find = |case: Case| measured.iter().find(|(other, _)| *other == case);
    let one = Case::default();
    let many = Case { workers: 64, ..one };
    let mut claim = |case: Case, of: Of, make: &dyn Fn(Spread) -> Claim| {
        let Some((_, all)) = find(case) else { return };
        // Another build, or another number of threads, is not what is claimed.
        let wasm = all.iter().find(|series| series.subject.to_string() == "wasm");
        let (Some(wasm), (twin, floor)) = (wasm, references(all)) else { return };
        let spread = match of {
            Of::Twin(figure) => {
                twin.filter(|twin| twin.subject.is_twin()).map(|twin| wasm.against(twin, figure))
            }
            Of::Floor(figure) => floor.map(|floor| wasm.against(floor, figure)),
            Of::Nobody(figure) => Some(Spread::over(&wasm.turns, figure)),
        };
        if let Some(spread) = spread {
            report.claim(make(spread));
        }
    };
    claim(one, Of::Twin(Turn::host_micros_more_than), &|spread| {
        Claim::at_most("loop, 1 worker: host CPU more than the twin's, µs/task", spread, MORE_THAN_TWIN)
    });
    claim(one, Of::Floor(Turn::redis_of), &|spread| {
        Claim::at_most("loop, 1 worker: Redis CPU per task, of the wire floor's", spread, REDIS_OF_FLOOR)
            .decimals(2)
    });
    for (case, how) in [(many, "in one process"), (many.as_run(), "as `rush-host run` carries them")] {
        claim(case, Of::Twin(Turn::rate_of), &|spread| {
            let what = format!("loop, 64 workers {how}: tasks/s, of the twin's");
            Claim::at_least(what, spread, RATE_OF_TWIN).decimals(2)
        });
        claim(case, Of::Floor(Turn::rate_of), &|spread| {
            let what = format!("loop, 64 workers {how}: tasks/s, of the wire floor's in batches of 64");
            Claim::at_least(what, spread, RATE_OF_FLOOR).decimals(2)
        });
    }
    for (trips, words, target) in [(2, "two trips", FAR_TWO_TRIPS), (1, "one trip", FAR_ONE_TRIP)] {
        claim(Case { round_trip: FAR, trips, ..one }, Of::Nobody(|turn| turn.tasks_per_second), &|spread| {
            let what = format!("loop, 1 worker, round trip 1 ms, {words} a task: tasks/s");
            Claim::at_least(what, spread, target).decimals(0)
        });
    }
}

/// What a figure is taken from.
#[derive(Clone, Copy)]
enum Of {
    Twin(fn(&Turn, &Turn) -> f64),
    Floor(fn(&Turn, &Turn) -> f64),
    Nobody(fn(&Turn) -> f64),
}
