//! What is known at one moment.

use rush_worker::{Result, State, Table};
use search_space::{Goal, Space};

use crate::Rows;

/// Results beyond it count as this much: trees add up squares, and a penalty such as the greatest number that there is would make these infinite.
const GREATEST: f64 = 1e150;

/// Points and what was found there, to be minimised.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Known {
    pub(crate) xs: Rows,
    pub(crate) ys: Vec<f64>,
}

impl Known {
    /// Of the running and finished tasks of a table. Running ones have the mean of the finished ones, so that others do not go where
    /// somebody is already. What says nothing is left out: results that are missing, NaN or infinite, and points of another space. None
    /// if nothing is left that was finished.
    pub(crate) fn of(table: &Table, space: &Space, goal: &Goal) -> Result<Option<Self>> {
        let Some(values) = search_space::column(table, "ys", goal.name())? else { return Ok(None) };
        let result = |value| goal.loss(value).filter(|y| y.is_finite()).map(|y| y.clamp(-GREATEST, GREATEST));
        let finished: Vec<Option<f64>> = values.iter().map(result).collect();
        let points = space.encode(table)?;
        let known = || points.iter().zip(&finished).filter_map(|(point, y)| point.as_ref().and(*y));
        #[expect(clippy::cast_precision_loss, reason = "there are never so many tasks")]
        let mean = known().sum::<f64>() / known().count() as f64;
        if !mean.is_finite() {
            return Ok(None);
        }
        let mut all = Self { xs: Rows::new(space.parameters().len()), ys: Vec::new() };
        for ((point, y), state) in points.iter().zip(&finished).zip(table.states()) {
            let y = if state == State::Running { Some(mean) } else { *y };
            if let (Some(point), Some(y)) = (point, y) {
                all.xs.push(point.iter().copied());
                all.ys.push(y);
            }
        }
        Ok(Some(all))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rush_worker::{Parts, testing::TestNetwork};
    use search_space::SpaceArgs;

    use super::*;

    fn row(name: &'static str, number: f64) -> BTreeMap<&'static str, f64> {
        BTreeMap::from([(name, number)])
    }

    fn space() -> Space {
        let bounds = SpaceArgs { lower: Some(vec![0.0]), upper: Some(vec![9.0]), ..SpaceArgs::default() };
        Space::from_args(bounds).unwrap()
    }

    fn known(network: &TestNetwork, goal: &Goal) -> Option<Known> {
        let table = network.worker().fetch(&[State::Running, State::Finished], Parts::default()).unwrap();
        Known::of(&table, &space(), goal).unwrap()
    }

    fn minimize() -> Goal {
        Goal::from_args(Some("y".into()), None, &space()).unwrap()
    }

    #[test]
    fn running_tasks_have_the_mean_of_the_finished_ones() {
        let network = TestNetwork::new();
        let worker = network.worker();
        worker.push_finished(&[row("x1", 1.0), row("x1", 2.0)], &[row("y", 10.0), row("y", 30.0)]).unwrap();
        worker.push_running(&[row("x1", 3.0)]).unwrap();
        let Known { xs, ys } = known(&network, &minimize()).unwrap();
        let pairs: Vec<_> = xs.iter().map(|row| row[0]).zip(ys).collect();
        assert_eq!(pairs, [(3.0, 20.0), (1.0, 10.0), (2.0, 30.0)]);
        let maximize = Goal::from_args(None, Some("y".into()), &space()).unwrap();
        let mirrored = known(&network, &maximize).unwrap();
        assert_eq!(mirrored.ys, [-20.0, -10.0, -30.0]);
    }

    #[test]
    fn what_says_nothing_is_left_out() {
        let network = TestNetwork::new();
        let worker = network.worker();
        let points: Vec<_> = (1..=5).map(|x| row("x1", f64::from(x))).collect();
        let ys = [f64::NAN, 10.0, f64::INFINITY, f64::NEG_INFINITY].map(|y| row("y", y));
        worker.push_finished(&points[..4], &ys).unwrap();
        worker.push_finished(&points[4..], &[row("z", 1.0)]).unwrap();
        worker.push_finished(&[row("other", 1.0)], &[row("y", 99.0)]).unwrap();
        worker.push_failed(&points[..1], &[]).unwrap();
        worker.push_running(&[row("x1", 3.0), row("other", 4.0)]).unwrap();
        assert_eq!(known(&network, &minimize()).unwrap().ys, [10.0, 10.0]);
    }

    #[test]
    fn an_enormous_penalty_leaves_a_model() {
        let network = TestNetwork::new();
        let worker = network.worker();
        let points: Vec<_> = (1..=3).map(|x| row("x1", f64::from(x))).collect();
        worker.push_finished(&points, &[f64::MAX, f64::MAX, 1.0].map(|y| row("y", y))).unwrap();
        assert_eq!(known(&network, &minimize()).unwrap().ys, [GREATEST, GREATEST, 1.0]);
    }

    #[test]
    fn without_a_result_nothing_is_known() {
        let network = TestNetwork::new();
        assert_eq!(known(&network, &minimize()), None);
        let worker = network.worker();
        worker.push_running(&[row("x1", 3.0)]).unwrap();
        assert_eq!(known(&network, &minimize()), None);
        worker.push_finished(&[row("x1", 3.0)], &[row("y", f64::NAN)]).unwrap();
        assert_eq!(known(&network, &minimize()), None);
    }
}
