//! One regression tree.

use crate::{
    Parameters, Sample,
    split::{Search, Split, Sums},
};

/// A tree of splits. Children stand after their parents, a right child right after the left one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    Leaf(f32),
    /// With the place of its left child, and the value that it has as a leaf.
    Inner {
        split: Split,
        left: usize,
        leaf: f32,
    },
}

impl Tree {
    /// Grows a tree level by level, taking the best of all splits, and prunes it. `order` has the rows sorted by each feature.
    pub(crate) fn grow(
        sample: &Sample,
        order: &[Vec<usize>],
        gradients: &[f32],
        parameters: &Parameters,
    ) -> Self {
        let mut tree = Self { nodes: Vec::new() };
        // The node in which each row is.
        let mut places = vec![0; sample.rows()];
        let mut sums = vec![Sums::default()];
        for depth in 0..=parameters.max_depth {
            let level = tree.nodes.len();
            // Rows whose node is above this level are in a leaf.
            let in_level = |place: usize| place.checked_sub(level);
            for (&place, &gradient) in places.iter().zip(gradients) {
                if let Some(index) = in_level(place) {
                    sums[index].add(gradient);
                }
            }
            let mut searches: Vec<_> = sums.iter().map(|&sums| Search::new(sums, parameters)).collect();
            if depth < parameters.max_depth {
                for (feature, (values, order)) in sample.features.iter().zip(order).enumerate() {
                    searches.iter_mut().for_each(Search::rewind);
                    for &row in order.iter().rev() {
                        if let Some(index) = in_level(places[row]) {
                            searches[index].see(parameters, feature, values[row], gradients[row]);
                        }
                    }
                }
            }
            let mut next = level + searches.len();
            for (search, sums) in searches.iter().zip(&sums) {
                let leaf = sums.weight(parameters) * parameters.learning_rate;
                let node = match search.best() {
                    None => Node::Leaf(leaf),
                    Some(split) => {
                        next += 2;
                        Node::Inner { split, left: next - 2, leaf }
                    }
                };
                tree.nodes.push(node);
            }
            if next == tree.nodes.len() {
                break;
            }
            sums = vec![Sums::default(); next - tree.nodes.len()];
            for (row, place) in places.iter_mut().enumerate() {
                if let Some(Node::Inner { split, left, .. }) = tree.nodes.get(*place) {
                    *place = split.child(*left, sample, row);
                }
            }
        }
        tree.prune(parameters.gamma);
        tree
    }

    /// Makes leaves of splits that are worth less than `gamma`, from the bottom up.
    fn prune(&mut self, gamma: f32) {
        for index in (0..self.nodes.len()).rev() {
            if let Node::Inner { split, left, leaf } = self.nodes[index]
                && split.improvement < gamma
                && matches!(self.nodes[left..left + 2], [Node::Leaf(_), Node::Leaf(_)])
            {
                self.nodes[index] = Node::Leaf(leaf);
            }
        }
    }

    /// The value of the leaf of a row.
    pub(crate) fn predict(&self, sample: &Sample, row: usize) -> f32 {
        let mut index = 0;
        loop {
            match self.nodes[index] {
                Node::Leaf(value) => return value,
                Node::Inner { split, left, .. } => index = split.child(left, sample, row),
            }
        }
    }
}

impl Split {
    /// The place of the child to which a row goes.
    fn child(self, left: usize, sample: &Sample, row: usize) -> usize {
        if sample.features[self.feature][row] < self.threshold { left } else { left + 1 }
    }
}
