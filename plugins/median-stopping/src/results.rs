//! All results that were seen, by round.

use std::{cmp::Ordering, collections::BTreeMap};

/// How bad a result is: a number, of which less is better. NaN is worse than anything.
#[derive(Debug, Clone, Copy)]
pub struct Loss(f64);

impl Loss {
    /// The loss of this number.
    pub fn new(number: f64) -> Self {
        // One NaN, and one zero.
        Self(if number.is_nan() { f64::NAN } else { number + 0.0 })
    }

    /// Whether it is NaN.
    pub fn is_nan(self) -> bool {
        self.0.is_nan()
    }
}

impl Ord for Loss {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Loss {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Loss {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Loss {}

/// The losses at each round, sorted.
#[derive(Debug, Clone, Default)]
pub struct Results {
    by_round: BTreeMap<i64, Vec<Loss>>,
}

impl Results {
    /// Keeps one more.
    pub fn add(&mut self, round: i64, loss: Loss) {
        let losses = self.by_round.entry(round).or_default();
        let place = losses.partition_point(|&other| other <= loss);
        losses.insert(place, loss);
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_round.is_empty()
    }

    /// Whether one of the losses at this round is worse than the median of them all. NaN always is: nothing can be said for it.
    ///
    /// Since it is one of them, it need only be compared with the middle one, or with the lesser of the two in the middle: whatever is
    /// greater than that one is at least the other, so it exceeds their mean.
    pub fn is_worse_than_median(&self, round: i64, loss: Loss) -> bool {
        let losses = self.by_round.get(&round).map_or(&[][..], Vec::as_slice);
        let middle = losses.get(losses.len().saturating_sub(1) / 2);
        loss.is_nan() || middle.is_some_and(|&middle| loss > middle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worse(others: &[f64], loss: f64) -> bool {
        let mut results = Results::default();
        others.iter().chain([&loss]).for_each(|&loss| results.add(5, Loss::new(loss)));
        results.is_worse_than_median(5, Loss::new(loss))
    }

    #[test]
    fn the_first_at_a_round_is_the_median() {
        assert!(!worse(&[], 7.0));
    }

    #[test]
    fn of_two_the_worse_one_stops() {
        assert!(worse(&[1.0], 2.0));
        assert!(!worse(&[2.0], 1.0) && !worse(&[1.0], 1.0));
    }

    #[test]
    fn the_median_itself_goes_on() {
        assert!(!worse(&[1.0, 3.0], 2.0));
        assert!(worse(&[1.0, 2.0], 3.0));
        // The median of 1, 1, 2, 3 is 1.5.
        assert!(worse(&[1.0, 1.0, 3.0], 2.0));
        // The median of 1, 2, 2, 3 is 2.
        assert!(!worse(&[1.0, 2.0, 3.0], 2.0));
    }

    #[test]
    fn it_is_the_same_as_with_the_mean_of_the_two_in_the_middle() {
        // All lists of up to five of these numbers.
        let numbers = [0.0, 1.0, 2.0, 4.0];
        let mut lists: Vec<Vec<f64>> = vec![Vec::new()];
        for _ in 0..5 {
            let longer =
                lists.iter().flat_map(|list| numbers.map(|number| [list.as_slice(), &[number]].concat()));
            lists = lists.iter().cloned().chain(longer).collect();
            for list in lists.iter().filter(|list| !list.is_empty()) {
                let mut sorted = list.clone();
                sorted.sort_by(f64::total_cmp);
                let half = sorted.len() / 2;
                let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[half]);
                let (loss, others) = list.split_last().unwrap();
                assert_eq!(worse(others, *loss), *loss > median, "{list:?}");
            }
        }
    }

    #[test]
    fn rounds_are_compared_with_themselves_alone() {
        let mut results = Results::default();
        results.add(5, Loss::new(1.0));
        results.add(6, Loss::new(9.0));
        assert!(!results.is_worse_than_median(6, Loss::new(9.0)));
    }

    #[test]
    fn nan_is_worse_than_anything() {
        assert!(
            worse(&[1.0, f64::INFINITY], f64::NAN) && worse(&[f64::NAN], -f64::NAN) && worse(&[], f64::NAN)
        );
        assert!(!worse(&[f64::NAN], f64::INFINITY));
        assert!(!worse(&[-f64::NAN, f64::NAN, 1.0], f64::INFINITY));
    }

    #[test]
    fn infinite_results_are_compared_like_others() {
        assert!(worse(&[f64::NEG_INFINITY], f64::INFINITY));
        assert!(!worse(&[f64::INFINITY], f64::INFINITY) && !worse(&[f64::INFINITY], f64::NEG_INFINITY));
        assert!(!worse(&[0.0], -0.0) && !worse(&[-0.0], 0.0));
    }
}
