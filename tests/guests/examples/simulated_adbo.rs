//! Does on the network what `plugins/adbo` does: it looks for something queued, fetches running and finished tasks, reads their columns,
//! chooses a point, pushes it, evaluates it and finishes it. What a model would take is left out, since that is the time of whoever
//! wants one: the best of some random points is the one near the best that is known, away from those that others evaluate now.
//!
//! Beside each result stands when its steps were done, by the clock on the wall, if that is granted.

use rush_worker::{WorkerRng, prelude::*};
use test_guests::seconds_since_1970;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    /// Seconds of the shortest evaluation.
    shortest: f64,
    /// And of the longest.
    longest: f64,
}

#[derive(Serialize)]
struct Point {
    x1: f64,
    x2: f64,
    /// What the objective takes.
    seconds: f64,
}

#[derive(Deserialize)]
struct Evaluated {
    y: f64,
    asleep: f64,
    awake: f64,
}

#[derive(Serialize)]
struct Outcome {
    y: f64,
}

/// Seconds since 1970, in the order in which things happen.
#[derive(Serialize)]
struct Steps {
    /// The task before was finished.
    begun: f64,
    popped: f64,
    fetched: f64,
    chosen: f64,
    pushed: f64,
    asleep: f64,
    awake: f64,
    evaluated: f64,
}

const CANDIDATES: usize = 10;

fn simulated_adbo(worker: &mut Worker) -> Result<()> {
    let args: Args = worker.args()?;
    // So that workers who have begun together do not go on in step.
    let mut shortest = 0.0;
    while !worker.terminated() {
        let begun = seconds_since_1970();
        if worker.pop(Duration::ZERO)?.is_some() {
            return Err(Error::message("nobody queues anything in this network"));
        }
        let popped = seconds_since_1970();
        let table = worker.fetch(&[State::Running, State::Finished], Parts::default())?;
        let fetched = seconds_since_1970();
        let (x1, x2) = choose(&table, worker.rng())?;
        drop(table);
        let seconds = worker.rng().uniform(shortest, args.longest);
        shortest = args.shortest;
        let xs = Point { x1, x2, seconds };
        let chosen = seconds_since_1970();
        let key = worker.push_running_one(&xs)?;
        let pushed = seconds_since_1970();
        match worker.evaluate::<Evaluated>(&xs) {
            Ok(Evaluated { y, asleep, awake }) => {
                let evaluated = seconds_since_1970();
                let steps = Steps { begun, popped, fetched, chosen, pushed, asleep, awake, evaluated };
                worker.finish_one(&key, &Row::new(&Outcome { y })?.with_extra(&steps)?)?;
            }
            Err(condition) => drop(worker.fail_one(&key, condition)?),
        }
    }
    Ok(())
}

/// Reads what `plugins/adbo` reads.
fn choose(table: &Table, rng: &mut WorkerRng) -> Result<(f64, f64)> {
    let candidates: Vec<_> =
        (0..CANDIDATES).map(|_| (rng.uniform(-5.0, 10.0), rng.uniform(0.0, 15.0))).collect();
    if !table.columns().iter().any(|(name, _)| name == "y") {
        return Ok(candidates[0]);
    }
    let (x1, x2, y) = (table.numbers("x1")?, table.numbers("x2")?, table.numbers("y")?);
    let states = table.states();
    let points: Vec<_> = x1.into_iter().zip(x2).collect();
    let best = (0..points.len()).filter(|&task| y[task].is_finite()).min_by(|&a, &b| y[a].total_cmp(&y[b]));
    let running: Vec<_> = (0..points.len()).filter(|&task| states[task] == State::Running).collect();
    let worth = |candidate: (f64, f64)| {
        let nearest = running.iter().map(|&task| distance(candidate, points[task])).fold(1.0, f64::min);
        best.map_or(0.0, |best| -distance(candidate, points[best])) + nearest
    };
    let chosen = candidates.iter().copied().max_by(|&a, &b| worth(a).total_cmp(&worth(b)));
    Ok(chosen.unwrap_or(candidates[0]))
}

fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

rush_worker::main!(simulated_adbo);
