//! An objective that sleeps for as many seconds as `seconds` says, which is what a long evaluation elsewhere is for its host. It tells
//! when it fell asleep and when it woke, by the clock on the wall, if that is granted.

use rush_worker::prelude::*;
use test_guests::{seconds_since_1970, wasi::wasi::clocks::monotonic_clock::subscribe_duration};

#[derive(Deserialize)]
struct Point {
    x1: f64,
    x2: f64,
    seconds: f64,
}

#[derive(Serialize)]
struct Outcome {
    y: f64,
    asleep: f64,
    awake: f64,
}

fn naps(Point { x1, x2, seconds }: Point) -> Outcome {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is positive and no century"
    )]
    let nanoseconds = (seconds.max(0.0) * 1e9) as u64;
    let asleep = seconds_since_1970();
    subscribe_duration(nanoseconds).block();
    Outcome { y: (x1 - 3.0).powi(2) + (x2 - 2.0).powi(2), asleep, awake: seconds_since_1970() }
}

rush_worker::objective!(naps);
