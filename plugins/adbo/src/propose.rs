//! Where to evaluate next.

use rush_worker::{WorkerRng, prelude::*};
use search_space::{Goal, Point};

use crate::{Forest, Prediction, Rows, args::Plan, known::Known};

/// A point to evaluate.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Proposal<'a> {
    point: Point<'a>,
    beside: Beside,
}

/// What lies beside its point, for people who want to know why.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Beside {
    lambda: f64,
    /// What the model says of it; nothing if nothing was known to make a model of.
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted_mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predicted_se: Option<f64>,
}

impl Proposal<'_> {
    pub(crate) fn row(&self) -> Result<Row> {
        Row::new(&self.point)?.with_extra(&self.beside)
    }
}

/// The best of some random points: the one with the least lower confidence bound, the first of those if there are several.
pub(crate) fn propose<'a>(
    known: Option<&Known>,
    plan: &'a Plan,
    lambda: f64,
    rng: &mut WorkerRng,
) -> Proposal<'a> {
    let Some(Known { xs, ys }) = known else {
        let beside = Beside { lambda, predicted_mean: None, predicted_se: None };
        return Proposal { point: plan.space.draw(rng), beside };
    };
    let forest = Forest::fit(xs, ys, &plan.forest, rng);
    let mut points: Vec<Point<'a>> = (0..plan.candidates).map(|_| plan.space.draw(rng)).collect();
    let mut rows = Rows::new(xs.width());
    for point in &points {
        rows.push(point.encode());
    }
    let predictions = forest.predict(&rows);
    let best = least(&predictions, lambda);
    let Prediction { mean, se } = predictions[best];
    Proposal { point: points.swap_remove(best), beside: beside(&plan.goal, lambda, mean, se) }
}

fn beside(goal: &Goal, lambda: f64, mean: f64, se: f64) -> Beside {
    Beside { lambda, predicted_mean: Some(goal.mirrored(mean)), predicted_se: Some(se) }
}

/// The first with the least mean - lambda * se.
fn least(predictions: &[Prediction], lambda: f64) -> usize {
    let mut best = (0, f64::INFINITY);
    for (index, Prediction { mean, se }) in predictions.iter().enumerate() {
        let bound = mean - lambda * se;
        if bound < best.1 {
            best = (index, bound);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prediction(mean: f64, se: f64) -> Prediction {
        Prediction { mean, se }
    }

    #[test]
    fn lambda_says_how_much_the_unknown_is_liked() {
        let predictions = [prediction(5.0, 0.0), prediction(1.0, 0.1), prediction(4.0, 2.0)];
        assert_eq!(least(&predictions, 0.01), 1);
        assert_eq!(least(&predictions, 10.0), 2);
    }

    #[test]
    fn of_equal_ones_the_first_is_taken() {
        assert_eq!(least(&[prediction(2.0, 0.0), prediction(1.0, 0.0), prediction(1.0, 0.0)], 1.0), 1);
    }

    #[test]
    fn what_is_no_number_is_never_the_best() {
        assert_eq!(least(&[prediction(f64::NAN, 0.0), prediction(1.0, 0.0)], 1.0), 1);
        assert_eq!(least(&[prediction(f64::NAN, 0.0)], 1.0), 0);
    }
}
