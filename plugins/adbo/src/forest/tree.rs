//! One tree.

use rush_worker::WorkerRng;

use super::{Options, index};
use crate::Rows;

/// A regression tree.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Node {
    /// What is at most `at` goes to the node `left`, everything else to the one after it.
    Split {
        feature: usize,
        at: f64,
        left: usize,
    },
    Leaf {
        value: f64,
    },
}

impl Tree {
    pub(super) fn predict(&self, point: &[f64]) -> f64 {
        let mut node = 0;
        loop {
            match self.nodes[node] {
                Node::Split { feature, at, left } => node = left + usize::from(point[feature] > at),
                Node::Leaf { value } => return value,
            }
        }
    }
}

/// Grows trees on the same observations.
pub(super) struct Grower<'a> {
    ys: &'a [f64],
    columns: Vec<Column>,
    /// All features, in some order: those to try at a node are drawn to the front.
    features: Vec<usize>,
    mtry: usize,
    min_node_size: u32,
    /// Kept from node to node, to be allocated once.
    sorted: Vec<u64>,
}

/// A feature of all observations. Sorting compares ranks, which are equal for equal numbers.
struct Column {
    numbers: Vec<f64>,
    ranks: Vec<u32>,
}

/// The best split of a node so far. `gain` is the sum of (sum of results)² / observations over both sides, which is greatest where the
/// variance within them is least.
#[derive(Clone, Copy)]
struct Split {
    gain: f64,
    feature: usize,
    at: f64,
}

/// Results of some observations: how many there are, and their sum.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: u32,
    sum: f64,
}

impl Sum {
    fn gain(self) -> f64 {
        self.sum * self.sum / f64::from(self.count)
    }
}

impl Column {
    fn new(numbers: Vec<f64>) -> Self {
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        order.sort_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
        let mut ranks = vec![0; numbers.len()];
        let mut rank = 0;
        for pair in order.windows(2) {
            rank += u32::from(numbers[pair[0]] < numbers[pair[1]]);
            ranks[pair[1]] = rank;
        }
        Self { numbers, ranks }
    }
}

impl<'a> Grower<'a> {
    pub(super) fn new(xs: &Rows, ys: &'a [f64], options: &Options) -> Self {
        Self {
            ys,
            columns: (0..xs.width()).map(|feature| Column::new(xs.column(feature))).collect(),
            features: (0..xs.width()).collect(),
            mtry: options.mtry.clamp(1, xs.width().max(1)),
            min_node_size: u32::try_from(options.min_node_size).unwrap_or(u32::MAX),
            sorted: Vec::new(),
        }
    }

    /// Grows a tree on a sample that has each observation so many times.
    pub(super) fn grow(&mut self, in_bag: &[u32], rng: &mut WorkerRng) -> Tree {
        let mut observations: Vec<usize> = (0..in_bag.len()).filter(|&index| in_bag[index] > 0).collect();
        let mut nodes = vec![Node::Leaf { value: 0.0 }];
        // Which node, and the part of the observations that belongs to it.
        let mut open = vec![(0, 0, observations.len())];
        while let Some((node, start, end)) = open.pop() {
            let own = &mut observations[start..end];
            let total = self.sum(own, in_bag);
            let Some(Split { feature, at, .. }) = self.split(own, in_bag, total, rng) else {
                nodes[node] = Node::Leaf { value: total.sum / f64::from(total.count) };
                continue;
            };
            let left = nodes.len();
            nodes[node] = Node::Split { feature, at, left };
            nodes.extend([Node::Leaf { value: 0.0 }; 2]);
            let middle = start + partition(own, |&index| self.columns[feature].numbers[index] <= at);
            open.push((left + 1, middle, end));
            open.push((left, start, middle));
        }
        Tree { nodes }
    }

    fn sum(&self, observations: &[usize], in_bag: &[u32]) -> Sum {
        let add = |Sum { count, sum }: Sum, &index: &usize| Sum {
            count: count + in_bag[index],
            sum: sum + f64::from(in_bag[index]) * self.ys[index],
        };
        observations.iter().fold(Sum::default(), add)
    }

    /// The best split of these observations by one of a few features; none if they are few, all alike, or cannot be told apart by
    /// those features.
    fn split(&mut self, own: &[usize], in_bag: &[u32], total: Sum, rng: &mut WorkerRng) -> Option<Split> {
        #[expect(clippy::float_cmp, reason = "alike means that splitting cannot make any difference")]
        let all_alike = own.iter().all(|&index| self.ys[index] == self.ys[own[0]]);
        if total.count <= self.min_node_size || all_alike {
            return None;
        }
        let mut best: Option<Split> = None;
        for tried in 0..self.mtry {
            let [from, last] =
                [tried, self.features.len() - 1].map(|place| i64::try_from(place).unwrap_or(i64::MAX));
            self.features.swap(tried, index(rng.integer(from, last)));
            let feature = self.features[tried];
            self.split_by(feature, own, in_bag, total, &mut best);
        }
        best
    }

    /// Goes through the observations in the order of the feature; each place between two that differ is a possible split.
    fn split_by(
        &mut self,
        feature: usize,
        own: &[usize],
        in_bag: &[u32],
        total: Sum,
        best: &mut Option<Split>,
    ) {
        let Column { numbers, ranks } = &self.columns[feature];
        // One integer holds rank and index, so that sorting needs to look at nothing else.
        self.sorted.clear();
        self.sorted.extend(own.iter().map(|&index| (u64::from(ranks[index]) << 32) | index as u64));
        self.sorted.sort_unstable();
        #[expect(clippy::cast_possible_truncation, reason = "the lower half is the index")]
        let index_of = |packed: u64| packed as u32 as usize;
        let mut left = Sum::default();
        for pair in self.sorted.windows(2) {
            let [here, next] = [pair[0], pair[1]];
            let index = index_of(here);
            left.count += in_bag[index];
            left.sum += f64::from(in_bag[index]) * self.ys[index];
            if here >> 32 == next >> 32 {
                continue;
            }
            let right = Sum { count: total.count - left.count, sum: total.sum - left.sum };
            let gain = left.gain() + right.gain();
            if best.is_none_or(|best| gain > best.gain) {
                let at = midpoint(numbers[index], numbers[index_of(next)]);
                *best = Some(Split { gain, feature, at });
            }
        }
    }
}

/// Between two numbers, the greater one excluded.
fn midpoint(lower: f64, upper: f64) -> f64 {
    let middle = f64::midpoint(lower, upper);
    if middle < upper { middle } else { lower }
}

/// Puts those that fit to the front: how many they are.
fn partition<T>(items: &mut [T], fits: impl Fn(&T) -> bool) -> usize {
    let mut front = 0;
    for place in 0..items.len() {
        if fits(&items[place]) {
            items.swap(front, place);
            front += 1;
        }
    }
    front
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grow(points: &[[f64; 2]], ys: &[f64], in_bag: &[u32], mtry: usize, min_node_size: usize) -> Tree {
        let mut rows = Rows::new(2);
        for point in points {
            rows.push(*point);
        }
        let options = Options { trees: 1, mtry, min_node_size };
        Grower::new(&rows, ys, &options).grow(in_bag, &mut WorkerRng::new(1))
    }

    impl Tree {
        /// Predictions at these numbers of the first feature.
        fn at(&self, xs: &[f64]) -> Vec<u64> {
            exact(&xs.iter().map(|&x| self.predict(&[x, 0.0])).collect::<Vec<_>>())
        }
    }

    fn exact(numbers: &[f64]) -> Vec<u64> {
        numbers.iter().map(|number| number.to_bits()).collect()
    }

    /// The only split that leaves no variance is the one between 2 and 5 of the first feature; its middle is 3.5. The second feature
    /// tells nothing.
    #[test]
    fn the_split_with_the_least_variance_is_halfway() {
        let points = [[1.0, 0.0], [2.0, 0.0], [5.0, 0.0], [6.0, 0.0]];
        let tree = grow(&points, &[10.0, 10.0, 20.0, 20.0], &[1; 4], 2, 1);
        assert_eq!(
            tree.nodes,
            [
                Node::Split { feature: 0, at: 3.5, left: 1 },
                Node::Leaf { value: 10.0 },
                Node::Leaf { value: 20.0 },
            ]
        );
        assert_eq!(tree.at(&[3.5, 3.6]), exact(&[10.0, 20.0]));
    }

    /// Of x = 1, 2, 3, 4 with y = 0, 0, 6, 9, each once, the splits gain
    /// 0 + 15²/3 = 75, 0 + 15²/2 = 112.5, 6²/3 + 9² = 93. With 9 three times (sum 33 of 6):
    /// 0 + 33²/5 = 217.8, 0 + 33²/4 = 272.25, 6²/3 + 27²/3 = 255: still in the middle; but its right side is now 33/4.
    #[test]
    fn observations_count_as_often_as_they_were_drawn() {
        let points = [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]];
        let ys = [0.0, 0.0, 6.0, 9.0];
        let once = grow(&points, &ys, &[1; 4], 2, 2);
        assert_eq!(once.at(&[1.0, 4.0]), exact(&[0.0, 7.5]));
        let thrice = grow(&points, &ys, &[1, 1, 1, 3], 2, 4);
        assert_eq!(thrice.at(&[1.0, 4.0]), exact(&[0.0, 8.25]));
        // What was not drawn is not known: of 0, 0 and 9 (twice) the right side is 9, and 3 lies on it beyond (2 + 4)/2.
        let unseen = grow(&points, &ys, &[1, 1, 0, 2], 2, 2);
        assert_eq!(unseen.at(&[3.0, 3.1]), exact(&[0.0, 9.0]));
    }

    #[test]
    fn small_nodes_are_not_split() {
        let points = [[1.0, 0.0], [2.0, 0.0], [3.0, 0.0], [4.0, 0.0]];
        let ys = [0.0, 1.0, 2.0, 3.0];
        assert_eq!(grow(&points, &ys, &[1; 4], 2, 4).nodes, [Node::Leaf { value: 1.5 }]);
        assert_eq!(grow(&points, &ys, &[1; 4], 2, 3).nodes.len(), 3);
        assert_eq!(grow(&points, &ys, &[1; 4], 2, 1).nodes.len(), 7);
    }

    #[test]
    fn what_cannot_be_told_apart_is_a_leaf() {
        let tree = grow(&[[1.0, 2.0]; 4], &[0.0, 1.0, 2.0, 3.0], &[1; 4], 2, 1);
        assert_eq!(tree.nodes, [Node::Leaf { value: 1.5 }]);
    }

    #[test]
    fn a_split_between_neighbouring_numbers_separates_them() {
        let next = 1.0_f64.next_up();
        let tree = grow(&[[1.0, 0.0], [next, 0.0]], &[0.0, 1.0], &[1, 1], 2, 1);
        assert_eq!(tree.at(&[1.0, next]), exact(&[0.0, 1.0]));
        let (large, larger) = (f64::MAX.next_down(), f64::MAX);
        let tree = grow(&[[large, 0.0], [larger, 0.0]], &[0.0, 1.0], &[1, 1], 2, 1);
        assert_eq!(tree.at(&[large, larger]), exact(&[0.0, 1.0]));
    }

    #[test]
    fn each_feature_is_tried_about_equally_often() {
        let points: Vec<[f64; 2]> = (0..100).map(|i| [f64::from(i), f64::from(i)]).collect();
        let ys: Vec<f64> = (0..100).map(f64::from).collect();
        let tree = grow(&points, &ys, &[1; 100], 1, 1);
        let splits = |wanted| {
            tree.nodes
                .iter()
                .filter(|node| matches!(node, Node::Split { feature, .. } if *feature == wanted))
                .count()
        };
        assert_eq!(splits(0) + splits(1), 99);
        assert!((30..70).contains(&splits(0)), "{}", splits(0));
    }
}
