//! Boosting: trees that each learn what those before have left over.

use crate::{Data, Parameters, Sample, data::single, tree::Tree};

/// A model in training. Each round grows one tree on what the trees so far leave over, and adds what it says to the predictions.
#[derive(Debug, Clone, PartialEq)]
pub struct Booster {
    parameters: Parameters,
    /// The rows to train with, sorted by each feature.
    order: Vec<Vec<usize>>,
    /// The predictions for the rows to train with.
    train: Vec<f32>,
    /// The predictions for the rows to test with.
    test: Vec<f32>,
    /// The error on the latter after each round.
    rmse: Vec<f64>,
}

impl Booster {
    /// A model without trees.
    pub fn new(data: &Data, parameters: Parameters) -> Self {
        let Data { train, test } = data;
        let sorted = |values: &Vec<f32>| {
            let mut rows: Vec<usize> = (0..values.len()).collect();
            rows.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
            rows
        };
        let base = parameters.base_score.unwrap_or_else(|| mean(&train.target));
        Self {
            parameters,
            order: train.features.iter().map(sorted).collect(),
            train: vec![base; train.rows()],
            test: vec![base; test.rows()],
            rmse: Vec::new(),
        }
    }

    /// What it is trained with.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// How many rounds it has been trained for.
    pub fn rounds(&self) -> usize {
        self.rmse.len()
    }

    /// The error on the rows to test with after so many rounds, of which there is at least one. Rounds that are missing are added.
    pub fn rmse(&mut self, data: &Data, rounds: usize) -> f64 {
        while self.rmse.len() < rounds {
            self.round(data);
        }
        self.rmse[rounds - 1]
    }

    fn round(&mut self, Data { train, test }: &Data) {
        let gradients: Vec<f32> = self
            .train
            .iter()
            .zip(&train.target)
            .map(|(prediction, &target)| prediction - single(target))
            .collect();
        let tree = Tree::grow(train, &self.order, &gradients, &self.parameters);
        add(&mut self.train, train, &tree);
        add(&mut self.test, test, &tree);
        self.rmse.push(rmse(&self.test, &test.target));
    }
}

fn add(predictions: &mut [f32], sample: &Sample, tree: &Tree) {
    for (row, prediction) in predictions.iter_mut().enumerate() {
        *prediction += tree.predict(sample, row);
    }
}

/// The mean, as XGBoost estimates where to begin.
fn mean(target: &[f64]) -> f32 {
    let sum: f64 = target.iter().map(|&target| f64::from(single(target))).sum();
    single(sum / len(target))
}

fn rmse(predictions: &[f32], target: &[f64]) -> f64 {
    let squares: f64 = predictions
        .iter()
        .zip(target)
        .map(|(&prediction, target)| (f64::from(prediction) - target).powi(2))
        .sum();
    (squares / len(target)).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "exact for as many rows as memory can hold")]
fn len(target: &[f64]) -> f64 {
    target.len() as f64
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "halves and small whole numbers are exact")]
mod tests {
    use super::*;

    /// Two groups, far apart.
    fn data() -> Data {
        let sample = |features: &[f32], target: &[f64]| Sample {
            features: vec![features.to_vec()],
            target: target.to_vec(),
        };
        Data {
            train: sample(&[1.0, 2.0, 8.0, 9.0], &[1.0, 1.0, 5.0, 5.0]),
            test: sample(&[3.0, 5.0], &[1.0, 5.0]),
        }
    }

    fn parameters() -> Parameters {
        Parameters {
            max_depth: 3,
            lambda: 0.0,
            alpha: 0.0,
            learning_rate: 0.5,
            gamma: 0.0,
            min_child_weight: 1.0,
            base_score: None,
        }
    }

    #[test]
    fn each_round_goes_half_of_the_way_that_is_left() {
        let data = data();
        let mut booster = Booster::new(&data, parameters());
        // From 3, the mean: to 2 and 4, to 1.5 and 4.5, and so on. 5 is where the groups part, and goes to the right.
        assert_eq!([1, 2, 4, 1].map(|rounds| booster.rmse(&data, rounds)), [1.0, 0.5, 0.125, 1.0]);
        assert_eq!(booster.rounds(), 4);
    }

    #[test]
    fn a_split_that_is_worth_less_than_gamma_is_pruned() {
        // It improves the loss by 16: 2 * 8 for the gradients 2, 2, -2, -2.
        let data = data();
        let rmse = |gamma| Booster::new(&data, Parameters { gamma, ..parameters() }).rmse(&data, 1);
        assert_eq!((rmse(16.0), rmse(16.5)), (1.0, 2.0));
    }

    #[test]
    fn a_base_score_is_where_it_begins() {
        let data = data();
        let rmse = |alpha| {
            let parameters = Parameters { base_score: Some(0.0), learning_rate: 1.0, alpha, ..parameters() };
            Booster::new(&data, parameters).rmse(&data, 1)
        };
        // α takes something away of each leaf: (2 - 1) / 2 and (10 - 1) / 2 are left.
        assert_eq!([0.0, 1.0].map(rmse), [0.0, 0.5]);
    }
}
