//! An objective that tells what it was given: arguments, the data named `train`, seed and random numbers, environment, clocks and
//! randomness of WASI.

use rush_worker::prelude::*;
use test_guests::wasi::wasi::{
    cli::environment::get_environment,
    clocks::{monotonic_clock, wall_clock},
    random::random::get_random_u64,
};

#[derive(Deserialize)]
struct Nothing {}

#[derive(Serialize)]
struct Told {
    /// As JSON text.
    args: String,
    data: Option<String>,
    seed: String,
    drawn: f64,
    variables: Vec<String>,
    /// Seconds since 1970.
    wall: u64,
    monotonic: u64,
    random: String,
}

fn tells(context: &mut Context, _: Nothing) -> Told {
    Told {
        args: rush_worker::bindings::rush::worker::context::args(),
        data: context.data("train").map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
        // Beyond 63 bits.
        seed: context.seed().to_string(),
        drawn: context.rng().random(),
        variables: get_environment().into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
        wall: wall_clock::now().seconds,
        monotonic: monotonic_clock::now(),
        random: get_random_u64().to_string(),
    }
}

rush_worker::objective!(tells);
