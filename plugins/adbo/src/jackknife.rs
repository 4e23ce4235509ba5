//! The standard error of a forest's prediction: the jackknife after bootstrap, as ranger's `se.method = "jack"` has it (Wager, Hastie
//! and Efron, Journal of Machine Learning Research 15, 2014).
//!
//! Of T trees, pₜ is what tree t predicts at a point, and p their mean. For each of those n observations that one tree or more has not
//! seen, jᵢ is the mean over the trees that have not seen observation i. Then
//!
//! ```text
//! jack = (n - 1) / n * sum over i of (jᵢ - p)²
//! bias = (e - 1) * n / T² * sum over t of (pₜ - p)²
//! se   = sqrt(max(jack - bias, 0))
//! ```

use std::f64::consts::E;

/// What a forest says of a point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The mean of all trees.
    pub mean: f64,
    /// The standard error of the mean; 0 if it cannot be told from none.
    pub se: f64,
}

/// The predictions at some points: `by_tree` has those of each tree at all points, `out_of_bag` the trees that have not seen an
/// observation, for those observations for which there are such trees.
pub(crate) fn predictions(by_tree: &[Vec<f64>], out_of_bag: &[Vec<usize>], points: usize) -> Vec<Prediction> {
    let (trees, n) = (count(by_tree.len()), count(out_of_bag.len()));
    let mut means = vec![0.0; points];
    for predicted in by_tree {
        add(&mut means, predicted);
    }
    for mean in &mut means {
        *mean /= trees;
    }

    // All points at once, so that each step is one pass over neighbouring numbers.
    let mut jack = vec![0.0; points];
    let mut sums = vec![0.0; points];
    for trees in out_of_bag {
        sums.fill(0.0);
        for &tree in trees {
            add(&mut sums, &by_tree[tree]);
        }
        let trees = count(trees.len());
        for ((jack, sum), mean) in jack.iter_mut().zip(&sums).zip(&means) {
            *jack += (sum / trees - mean).powi(2);
        }
    }
    let mut squares = vec![0.0; points];
    for predicted in by_tree {
        for ((square, one), mean) in squares.iter_mut().zip(predicted).zip(&means) {
            *square += (one - mean).powi(2);
        }
    }
    let prediction = |((&mean, jack), square): ((&f64, &f64), &f64)| {
        let jack = if n > 0.0 { (n - 1.0) / n * jack } else { 0.0 };
        let bias = (E - 1.0) * n / (trees * trees) * square;
        Prediction { mean, se: (jack - bias).max(0.0).sqrt() }
    };
    means.iter().zip(&jack).zip(&squares).map(prediction).collect()
}

fn add(sums: &mut [f64], numbers: &[f64]) {
    for (sum, number) in sums.iter_mut().zip(numbers) {
        *sum += number;
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody grows so many trees")]
fn count(len: usize) -> f64 {
    len as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four trees, three observations; at one point the trees predict 8, 0, 4 and 4, so that p = 16/4 = 4.
    ///
    /// | observation | in the bag of trees 1, 2, 3, 4 | has not been seen by | jᵢ | (jᵢ - p)² |
    /// |---|---|---|---|---|
    /// | 1 | 0, 1, 2, 1 | 1 | 8 | 16 |
    /// | 2 | 2, 0, 1, 1 | 2 | 0 | 16 |
    /// | 3 | 1, 2, 0, 1 | 3 | 4 | 0 |
    ///
    /// jack = 2/3 * (16 + 16 + 0) = 64/3 = 21.3333…
    /// sum of (pₜ - p)² = 16 + 16 + 0 + 0 = 32
    /// bias = 1.718281828… * 3/16 * 32 = 1.718281828… * 6 = 10.309690970754271
    /// jack - bias = 11.023642362579062, and its root is se = 3.320187097526…
    #[test]
    fn a_forest_of_four_trees_by_hand() {
        let by_tree = [vec![8.0], vec![0.0], vec![4.0], vec![4.0]];
        let out_of_bag = [vec![0], vec![1], vec![2]];
        let [Prediction { mean, se }] = predictions(&by_tree, &out_of_bag, 1)[..] else { panic!() };
        assert!((mean - 4.0).abs() < 1e-12 && (se * se - 11.023_642_362_579_062).abs() < 1e-12, "{se}");
        assert!((se - 3.320_187_097_526).abs() < 1e-9, "{se}");
    }

    /// The same trees, another observation that trees 1 and 2 have not seen: j₄ = (8 + 0)/2 = 4 adds nothing to the sum, but n = 4.
    ///
    /// jack = 3/4 * 32 = 24, bias = 1.718281828… * 4/16 * 32 = 13.746254627672361
    /// jack - bias = 10.253745372327639
    #[test]
    fn observations_are_means_over_the_trees_that_have_not_seen_them() {
        let by_tree = [vec![8.0], vec![0.0], vec![4.0], vec![4.0]];
        let out_of_bag = [vec![0], vec![1], vec![2], vec![0, 1]];
        let se = predictions(&by_tree, &out_of_bag, 1)[0].se;
        assert!((se * se - 10.253_745_372_327_64).abs() < 1e-12, "{se}");
    }

    /// Two points at once: at the second, the trees predict 1, 1, 1 and 5, so that p = 2. j = 1, 1, 1 differ by 1 each.
    ///
    /// jack = 2/3 * 3 = 2, sum of (pₜ - p)² = 1 + 1 + 1 + 9 = 12
    /// bias = 1.718281828… * 3/16 * 12 = 3.866… > jack, so se = 0.
    #[test]
    fn more_bias_than_jackknife_is_no_error() {
        let by_tree = [vec![8.0, 1.0], vec![0.0, 1.0], vec![4.0, 1.0], vec![4.0, 5.0]];
        let out_of_bag = [vec![0], vec![1], vec![2]];
        let both = predictions(&by_tree, &out_of_bag, 2);
        assert_eq!(both[1], Prediction { mean: 2.0, se: 0.0 });
        assert_eq!(both[0], predictions(&by_tree, &out_of_bag, 1)[0]);
    }

    #[test]
    fn without_unseen_observations_there_is_no_error() {
        assert_eq!(predictions(&[vec![1.0], vec![3.0]], &[], 1), [Prediction { mean: 2.0, se: 0.0 }]);
    }
}
