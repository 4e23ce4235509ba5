//! A worker loop: random search with any objective.

use std::collections::BTreeMap;

use rush_worker::prelude::*;

/// `[loop.args]` of the run file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Args {
    /// The least value of each parameter.
    lower: Vec<f64>,
    /// The greatest value of each parameter.
    upper: Vec<f64>,
    /// Their names, as the objective knows them: `x1`, `x2`, … unless given.
    names: Option<Vec<String>>,
}

/// What every worker runs: it draws points and has them evaluated, until it is told to end.
fn random_search(worker: &mut Worker) -> Result<()> {
    let space = space(worker.args()?)?;
    while !worker.terminated() {
        let mut xs = BTreeMap::new();
        for (name, lower, upper) in &space {
            xs.insert(name, worker.rng().uniform(*lower, *upper));
        }
        // The task is running from here on, and others see it. None: there is no room for another, and the run is over.
        let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else {
            break;
        };
        worker.evaluate_task(&key, &xs)?;
    }
    Ok(())
}

rush_worker::main!(random_search);

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
    if lower.is_empty() || upper.len() != lower.len() || names.len() != lower.len() {
        return Err(Error::message(
            "`lower`, `upper` and `names` of `loop.args` must have one element for each parameter",
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
        a: f64,
        b: f64,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Outcome {
        sum: f64,
    }

    fn sum(Point { a, b }: Point) -> Outcome {
        Outcome { sum: a + b }
    }

    #[test]
    fn results_are_those_of_the_points() {
        let args = json!({ "lower": [-5, 0], "upper": [10, 15], "names": ["a", "b"] });
        let network = TestNetwork::new()
            .args(&args)
            .objective(sum)
            .stop_when_finished(100);
        random_search(&mut network.worker()).unwrap();
        assert_eq!(network.count().finished, 100);
        for task in network.finished() {
            assert_eq!(task.ys(), Ok(sum(task.xs().unwrap())));
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
