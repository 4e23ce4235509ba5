//! A worker loop: random search on the Branin function.

use std::{collections::BTreeMap, f64::consts::PI};

use rush_worker::prelude::*;

/// `[loop.args]` of the run file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The least value of each parameter.
    lower: Vec<f64>,
    /// The greatest value of each parameter.
    upper: Vec<f64>,
    /// Their names: `x1`, `x2`, … unless given.
    names: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Outcome {
    y: f64,
}

/// What every worker runs: it draws points and evaluates them, until it is told to end.
fn random_search(worker: &mut Worker) -> Result<()> {
    let space = space(worker.args()?)?;
    while !worker.terminated() {
        let point: Vec<f64> = space
            .iter()
            .map(|(_, lower, upper)| worker.rng().uniform(*lower, *upper))
            .collect();
        let names = space.iter().map(|(name, ..)| name.as_str());
        let xs: BTreeMap<&str, f64> = names.zip(point.iter().copied()).collect();
        // The task is running from here on, and others see it. None: there is no room for another, and the run is over.
        let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else {
            break;
        };
        let outcome = Outcome {
            y: branin(point[0], point[1]),
        };
        worker.when_there_is_room(|worker| worker.finish_one(&key, &outcome))?;
    }
    Ok(())
}

rush_worker::main!(random_search);

/// The Branin function, a benchmark of global optimisation. Its least value is 0.397887.
fn branin(x1: f64, x2: f64) -> f64 {
    let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0
}

/// The parameters: each with its name, its lower bound, and its upper one.
fn space(
    Args {
        lower,
        upper,
        names,
    }: Args,
) -> Result<Vec<(String, f64, f64)>> {
    let names = names.unwrap_or_else(|| {
        (1..=lower.len())
            .map(|number| format!("x{number}"))
            .collect()
    });
    if (lower.len(), upper.len(), names.len()) != (2, 2, 2) {
        return Err(Error::message(
            "the Branin function has two parameters: `loop.args` must have two of each",
        ));
    }
    let space: Vec<_> = names
        .into_iter()
        .zip(lower.into_iter().zip(upper))
        .map(|(name, (l, u))| (name, l, u))
        .collect();
    for (name, lower, upper) in &space {
        if !(upper - lower).is_finite() {
            return Err(Error::message(format!(
                "the bounds of `{name}` must be finite, and not further apart than a number can say: {lower} to {upper}"
            )));
        }
        if lower > upper {
            return Err(Error::message(format!(
                "the bounds of `{name}` are reversed: {lower} exceeds {upper}"
            )));
        }
    }
    Ok(space)
}

#[cfg(test)]
mod tests {
    use rush_worker::testing::TestNetwork;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Point {
        x1: f64,
        x2: f64,
    }

    #[test]
    fn results_are_those_of_the_points() {
        let args = json!({ "lower": [-5, 0], "upper": [10, 15] });
        let network = TestNetwork::new().args(&args).stop_when_finished(100);
        random_search(&mut network.worker()).unwrap();
        assert_eq!(network.count().finished, 100);
        for task in network.finished() {
            let Point { x1, x2 } = task.xs().unwrap();
            assert!((-5.0..=10.0).contains(&x1) && (0.0..=15.0).contains(&x2));
            assert_eq!(
                task.ys::<BTreeMap<String, f64>>().unwrap()["y"],
                branin(x1, x2)
            );
        }
    }

    #[test]
    fn reversed_bounds_are_told() {
        let network = TestNetwork::new().args(&json!({ "lower": [-5, 3], "upper": [10, 0] }));
        let error = random_search(&mut network.worker()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the bounds of `x2` are reversed: 3 exceeds 0"
        );
    }
}
