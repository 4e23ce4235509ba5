//! The parameters of a model.

/// The parameters of a model but for the number of its rounds, under XGBoost's names, and in single precision as there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// So many splits at most between the root of a tree and a leaf.
    pub max_depth: u32,
    /// λ, the weight of the squares of the leaves.
    pub lambda: f32,
    /// α, the weight of the absolute values of the leaves.
    pub alpha: f32,
    /// What each tree's leaves are multiplied with.
    pub learning_rate: f32,
    /// By how much a split must improve the loss.
    pub gamma: f32,
    /// How many rows must be on either side of a split.
    pub min_child_weight: f32,
    /// The prediction before the first round; none is the mean of the training rows.
    pub base_score: Option<f32>,
}
