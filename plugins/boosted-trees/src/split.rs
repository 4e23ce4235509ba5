//! What a leaf is worth, and a split.

use crate::{Parameters, data::single};

/// A split must improve the loss by more, whatever γ is.
const LEAST_IMPROVEMENT: f32 = 1e-6;

/// The gradients and hessians of some rows, summed up.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Sums {
    gradient: f64,
    hessian: f64,
}

impl Sums {
    /// Adds a row. The hessian of a squared error is 1.
    pub(crate) fn add(&mut self, gradient: f32) {
        self.gradient += f64::from(gradient);
        self.hessian += 1.0;
    }

    fn is_empty(self) -> bool {
        self.hessian == 0.0
    }

    /// The rows of this that are not in that.
    fn without(self, Self { gradient, hessian }: Self) -> Self {
        Self { gradient: self.gradient - gradient, hessian: self.hessian - hessian }
    }

    fn is_heavy_enough(self, parameters: &Parameters) -> bool {
        self.hessian >= f64::from(parameters.min_child_weight)
    }

    /// The best weight of a leaf with these rows.
    pub(crate) fn weight(self, parameters: &Parameters) -> f32 {
        if !self.is_heavy_enough(parameters) || self.hessian <= 0.0 {
            return 0.0;
        }
        single(-self.shrunk(parameters) / (self.hessian + f64::from(parameters.lambda)))
    }

    /// By how much a leaf with these rows and its best weight is better than one of weight zero, doubled. In single precision, on which
    /// it depends which of two splits that are equally good, or nearly so, is taken.
    pub(crate) fn gain(self, parameters: &Parameters) -> f32 {
        if self.hessian <= 0.0 {
            return 0.0;
        }
        let shrunk = self.shrunk(parameters);
        single(shrunk * shrunk / (self.hessian + f64::from(parameters.lambda)))
    }

    /// The gradient, nearer to zero by α.
    fn shrunk(self, parameters: &Parameters) -> f64 {
        let alpha = f64::from(parameters.alpha);
        if self.gradient > alpha {
            self.gradient - alpha
        } else if self.gradient < -alpha {
            self.gradient + alpha
        } else {
            0.0
        }
    }
}

/// A split of the rows of a node.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Split {
    /// By how much the loss improves, doubled.
    pub(crate) improvement: f32,
    /// Rows whose value of this feature is less …
    pub(crate) feature: usize,
    /// … than this go to the left.
    pub(crate) threshold: f32,
}

/// A search for the best split of a node: its rows are shown feature by feature, each time from the greatest value to the least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Search {
    all: Sums,
    gain: f32,
    seen: Sums,
    last: f32,
    best: Split,
}

impl Search {
    /// Of a node with these rows.
    pub(crate) fn new(all: Sums, parameters: &Parameters) -> Self {
        let (gain, seen) = (all.gain(parameters), Sums::default());
        Self { all, gain, seen, last: 0.0, best: Split::default() }
    }

    /// The rows come anew, by another feature.
    pub(crate) fn rewind(&mut self) {
        self.seen = Sums::default();
    }

    /// The next row. The first one to be as good as the best stays the best: of features the first, of values the greatest.
    pub(crate) fn see(&mut self, parameters: &Parameters, feature: usize, value: f32, gradient: f32) {
        #[expect(clippy::float_cmp, reason = "any difference can be split")]
        if !self.seen.is_empty() && value != self.last && self.seen.is_heavy_enough(parameters) {
            let rest = self.all.without(self.seen);
            if rest.is_heavy_enough(parameters) {
                let improvement = rest.gain(parameters) + self.seen.gain(parameters) - self.gain;
                if improvement > self.best.improvement && improvement.is_finite() {
                    self.best = Split { improvement, feature, threshold: between(value, self.last) };
                }
            }
        }
        self.seen.add(gradient);
        self.last = value;
    }

    /// The best split, if there is one that is worth it.
    pub(crate) fn best(self) -> Option<Split> {
        (self.best.improvement > LEAST_IMPROVEMENT).then_some(self.best)
    }
}

/// The middle; the greater one if there is nothing between them.
fn between(less: f32, greater: f32) -> f32 {
    let middle = (less + greater) * 0.5;
    #[expect(clippy::float_cmp, reason = "rounding gave the same number")]
    if middle == less { greater } else { middle }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and small whole numbers are exact")]
mod tests {
    use super::*;

    const PLAIN: Parameters = Parameters {
        max_depth: 1,
        lambda: 0.0,
        alpha: 0.0,
        learning_rate: 1.0,
        gamma: 0.0,
        min_child_weight: 1.0,
        base_score: None,
    };

    fn sums(gradients: &[f32]) -> Sums {
        let mut sums = Sums::default();
        for &gradient in gradients {
            sums.add(gradient);
        }
        sums
    }

    fn best(parameters: &Parameters, gradients: &[f32], features: &[&[f32]]) -> Option<Split> {
        let mut search = Search::new(sums(gradients), parameters);
        for (feature, values) in features.iter().enumerate() {
            search.rewind();
            for (&value, &gradient) in values.iter().zip(gradients).rev() {
                search.see(parameters, feature, value, gradient);
            }
        }
        search.best()
    }

    #[test]
    fn weights_and_gains_are_those_of_the_regularised_loss() {
        // Gradients of -6 in all over 3 rows: 6 / 3; then 6 / (3 + 1); then (6 - 2) / (3 + 1).
        let rows = sums(&[-1.0, -2.0, -3.0]);
        let regularised = Parameters { lambda: 1.0, ..PLAIN };
        let both = Parameters { alpha: 2.0, ..regularised };
        assert_eq!([PLAIN, regularised, both].map(|parameters| rows.weight(&parameters)), [2.0, 1.5, 1.0]);
        assert_eq!([PLAIN, regularised, both].map(|parameters| rows.gain(&parameters)), [12.0, 9.0, 4.0]);
        // Less than α is as good as nothing.
        let strict = Parameters { alpha: 7.0, ..PLAIN };
        assert_eq!((rows.weight(&strict), rows.gain(&strict)), (0.0, 0.0));
        assert_eq!(rows.weight(&Parameters { min_child_weight: 3.5, ..PLAIN }), 0.0);
    }

    #[test]
    fn the_best_split_lies_in_the_middle_of_two_values() {
        // 25 / 2 + 9 / 2 - 4 / 4
        let split = best(&PLAIN, &[-2.0, -3.0, 1.0, 2.0], &[&[1.0, 2.0, 4.0, 5.0]]).unwrap();
        assert_eq!(split, Split { improvement: 16.0, feature: 0, threshold: 3.0 });
    }

    #[test]
    fn rows_with_equal_values_are_never_parted() {
        let split = best(&PLAIN, &[-2.0, -2.0, 2.0, 2.0], &[&[1.0, 2.0, 2.0, 3.0]]).unwrap();
        assert_eq!(split.threshold, 2.5);
        assert_eq!(best(&PLAIN, &[-2.0, 2.0], &[&[1.0, 1.0]]), None);
    }

    #[test]
    fn of_equally_good_splits_the_first_feature_and_the_greatest_value_win() {
        let gradients = [-1.0, 1.0, -1.0];
        let split = best(&PLAIN, &gradients, &[&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]]).unwrap();
        assert_eq!((split.feature, split.threshold), (0, 2.5));
    }

    #[test]
    fn both_sides_of_a_split_are_heavy_enough() {
        let gradients = [-9.0, 1.0, 1.0, 1.0];
        let features: &[&[f32]] = &[&[1.0, 2.0, 3.0, 4.0]];
        assert_eq!(best(&PLAIN, &gradients, features).unwrap().threshold, 1.5);
        let heavy = |min_child_weight| best(&Parameters { min_child_weight, ..PLAIN }, &gradients, features);
        assert_eq!(heavy(2.0).unwrap().threshold, 2.5);
        assert_eq!(heavy(2.5), None);
    }

    #[test]
    fn between_neighbours_the_greater_one_is_the_threshold() {
        let greater = 1.0_f32.next_up();
        assert_eq!((between(1.0, greater), between(1.0, 2.0)), (greater, 1.5));
    }
}
