//! Random forests for regression, with the defaults of the R package *ranger*: bootstrap samples with replacement, few features tried at
//! each split, the split that reduces the variance most.
//!
//! Of our own, because the standard error needs two things of a forest at once: the prediction of every tree, and which observations
//! each tree has not seen. No well-kept crate in pure Rust gives both: `smartcore` (0.7) keeps its trees to itself, and of the samples only
//! whether they were seen; `linfa-ensemble` (0.8) has trees for classification alone; `biosphere` (0.4) and `forestfire-core` need threads
//! (`rayon`) and show neither; `randomforest` (0.2) shows nothing but the mean.

mod tree;

use rush_worker::WorkerRng;

use crate::{
    Rows,
    jackknife::{self, Prediction},
};
use tree::{Grower, Tree};

/// So many points are predicted at a time: what lies between is then small enough for the processor's cache.
const CHUNK: usize = 64;

/// How a forest grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How many trees it has.
    pub trees: usize,
    /// How many features, drawn anew at each node, are tried for its split.
    pub mtry: usize,
    /// Nodes with so many observations or fewer are not split.
    pub min_node_size: usize,
}

/// A random forest.
#[derive(Debug, Clone)]
pub struct Forest {
    trees: Vec<Tree>,
    /// Of each observation that some tree has not seen: the indices of those trees.
    out_of_bag: Vec<Vec<usize>>,
}

impl Forest {
    /// Grows a forest on these observations.
    ///
    /// # Panics
    ///
    /// If there are no observations, or not as many results as points.
    pub fn fit(xs: &Rows, ys: &[f64], options: &Options, rng: &mut WorkerRng) -> Self {
        assert!(!ys.is_empty() && xs.len() == ys.len(), "{} points, {} results", xs.len(), ys.len());
        let bags: Vec<_> = (0..options.trees).map(|_| draw_bootstrap(ys.len(), rng)).collect();
        Self::of_bags(xs, ys, options, &bags, rng)
    }

    /// Grows one tree on each of these samples, which say how often they have each observation.
    fn of_bags(xs: &Rows, ys: &[f64], options: &Options, bags: &[Vec<u32>], rng: &mut WorkerRng) -> Self {
        let mut grower = Grower::new(xs, ys, options);
        let trees = bags.iter().map(|in_bag| grower.grow(in_bag, rng)).collect();
        let unseen_by = |observation: usize| {
            (0..bags.len()).filter(|&tree| bags[tree][observation] == 0).collect::<Vec<_>>()
        };
        let out_of_bag = (0..ys.len()).map(unseen_by).filter(|trees| !trees.is_empty()).collect();
        Self { trees, out_of_bag }
    }

    /// The mean of all trees at each of these points, and its standard error.
    pub fn predict(&self, points: &Rows) -> Vec<Prediction> {
        let rows: Vec<&[f64]> = points.iter().collect();
        rows.chunks(CHUNK)
            .flat_map(|rows| {
                let by_tree = |tree: &Tree| rows.iter().map(|row| tree.predict(row)).collect::<Vec<_>>();
                jackknife::predictions(
                    &self.trees.iter().map(by_tree).collect::<Vec<_>>(),
                    &self.out_of_bag,
                    rows.len(),
                )
            })
            .collect()
    }
}

/// As many draws with replacement as there are observations: how often each was drawn.
fn draw_bootstrap(observations: usize, rng: &mut WorkerRng) -> Vec<u32> {
    let mut in_bag = vec![0; observations];
    let last = i64::try_from(observations - 1).unwrap_or(i64::MAX);
    for _ in 0..observations {
        in_bag[index(rng.integer(0, last))] += 1;
    }
    in_bag
}

/// A drawn index, which is never negative.
fn index(drawn: i64) -> usize {
    usize::try_from(drawn).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: Options = Options { trees: 100, mtry: 1, min_node_size: 5 };

    fn rows(points: &[[f64; 2]]) -> Rows {
        let mut rows = Rows::new(2);
        for point in points {
            rows.push(*point);
        }
        rows
    }

    /// Observations of a plane on a grid of 10 x 10.
    fn plane() -> (Rows, Vec<f64>) {
        let grid: Vec<[f64; 2]> = (0..100).map(|i| [f64::from(i / 10), f64::from(i % 10)]).collect();
        let ys = grid.iter().map(|[x1, x2]| 3.0 * x1 + x2).collect();
        (rows(&grid), ys)
    }

    #[test]
    fn a_bootstrap_draws_as_many_as_there_are() {
        let mut rng = WorkerRng::new(1);
        let mut unseen = 0;
        for _ in 0..1000 {
            let in_bag = draw_bootstrap(100, &mut rng);
            assert_eq!(in_bag.iter().sum::<u32>(), 100);
            unseen += in_bag.iter().filter(|count| **count == 0).count();
        }
        // (1 - 1/100)^100 = 0.366 of them, on average.
        assert!((36_000..37_200).contains(&unseen), "{unseen}");
    }

    /// Three observations with the results 0, 6 and 12, and four trees that are too small to be split, so that each predicts the mean
    /// of its sample.
    ///
    /// | tree | has each observation so often | pₜ | (pₜ - p)² |
    /// |---|---|---|---|
    /// | 1 | 0, 1, 2 | (6 + 24)/3 = 10 | 16 |
    /// | 2 | 2, 0, 1 | (0 + 12)/3 = 4 | 4 |
    /// | 3 | 1, 2, 0 | (0 + 12)/3 = 4 | 4 |
    /// | 4 | 1, 1, 1 | 18/3 = 6 | 0 |
    ///
    /// p = 24/4 = 6, and the sum at the right is 24. Each observation has not been seen by one tree: j = 10, 4, 4.
    ///
    /// jack = 2/3 * (16 + 4 + 4) = 16
    /// bias = 1.718281828… * 3/16 * 24 = 7.732268228065704
    /// jack - bias = 8.267731771934296 = se²
    #[test]
    fn a_small_forest_by_hand() {
        let xs = rows(&[[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]);
        let bags = [vec![0, 1, 2], vec![2, 0, 1], vec![1, 2, 0], vec![1, 1, 1]];
        let options = Options { trees: 4, mtry: 2, min_node_size: 3 };
        let forest = Forest::of_bags(&xs, &[0.0, 6.0, 12.0], &options, &bags, &mut WorkerRng::new(1));
        for Prediction { mean, se } in forest.predict(&xs) {
            assert!(
                (mean - 6.0).abs() < 1e-12 && (se * se - 8.267_731_771_934_296).abs() < 1e-9,
                "{mean} {se}"
            );
        }
    }

    #[test]
    fn a_plane_is_learnt() {
        let (xs, ys) = plane();
        let forest = Forest::fit(&xs, &ys, &OPTIONS, &mut WorkerRng::new(1));
        let predictions = forest.predict(&xs);
        let error = |(prediction, y): (&Prediction, &f64)| (prediction.mean - y).powi(2);
        let errors: f64 = predictions.iter().zip(&ys).map(error).sum();
        let mean = ys.iter().sum::<f64>() / 100.0;
        let total: f64 = ys.iter().map(|y| (y - mean).powi(2)).sum();
        assert!(errors < 0.1 * total, "{errors} of {total}");
        assert!(predictions.iter().all(|prediction| prediction.se >= 0.0));
    }

    #[test]
    fn where_results_differ_it_is_less_sure() {
        let xs = rows(&(0..40).map(|i| [f64::from(i % 20), 0.0]).collect::<Vec<_>>());
        // Steep at the left, flat at the right.
        let ys: Vec<f64> = (0..40).map(|i| (10.0 - f64::from(i % 20)).max(0.0).powi(2)).collect();
        let options = Options { mtry: 2, ..OPTIONS };
        let forest = Forest::fit(&xs, &ys, &options, &mut WorkerRng::new(1));
        let [left, right] = forest.predict(&rows(&[[0.0, 0.0], [19.0, 0.0]]))[..] else { panic!() };
        assert!(left.se > right.se, "{left:?} {right:?}");
        assert!(left.mean > 50.0 && right.mean < 5.0, "{left:?} {right:?}");
    }

    #[test]
    fn the_same_seed_grows_the_same_forest() {
        let (xs, ys) = plane();
        let predict = |seed| Forest::fit(&xs, &ys, &OPTIONS, &mut WorkerRng::new(seed)).predict(&xs);
        assert_eq!(predict(1), predict(1));
        assert_ne!(predict(1), predict(2));
    }

    #[test]
    fn chunks_change_nothing() {
        let (xs, ys) = plane();
        let forest = Forest::fit(&xs, &ys, &OPTIONS, &mut WorkerRng::new(1));
        let together = forest.predict(&xs);
        for (row, prediction) in xs.iter().zip(together) {
            let mut one = Rows::new(2);
            one.push(row.iter().copied());
            assert_eq!(forest.predict(&one), [prediction]);
        }
    }

    #[test]
    fn one_observation_is_all_it_knows() {
        let forest = Forest::fit(&rows(&[[1.0, 2.0]]), &[5.0], &OPTIONS, &mut WorkerRng::new(1));
        assert_eq!(forest.predict(&rows(&[[0.0, 0.0]])), [Prediction { mean: 5.0, se: 0.0 }]);
    }

    #[test]
    fn results_that_are_all_the_same_are_certain() {
        let (xs, _) = plane();
        let forest = Forest::fit(&xs, &[2.5; 100], &OPTIONS, &mut WorkerRng::new(1));
        assert!(
            forest.predict(&xs).iter().all(|prediction| *prediction == Prediction { mean: 2.5, se: 0.0 })
        );
    }
}
