//! What the run file says.

use std::fmt;

use rush_worker::prelude::*;
use serde::{
    Deserializer,
    de::{SeqAccess, Visitor},
};

use crate::{Error, Parameters, Point};

/// `[objective.args]` of the run file. What has the name of a parameter of XGBoost means the same, and has its default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The column to be predicted.
    pub target: String,
    /// The columns to predict it from; without it, all others that hold numbers.
    pub features: Option<Vec<String>>,
    /// The rows to train with: a list of their numbers, the first after the header being 1, or how many are drawn.
    pub train: Train,
    /// The numbers of the rows to test with; without it, all that are not trained with.
    pub test: Option<Vec<usize>>,
    /// If rows are drawn: another number is another draw.
    #[serde(default)]
    pub split_seed: u64,
    /// What each tree's weights are multiplied with; also `eta`.
    #[serde(default = "default_learning_rate", alias = "eta")]
    pub learning_rate: f64,
    /// A split must improve the loss by so much, or it is pruned; also `min_split_loss`.
    #[serde(default, alias = "min_split_loss")]
    pub gamma: f64,
    /// At least so many rows (the sum of their hessians, which is 1 for each) on either side of a split.
    #[serde(default = "default_min_child_weight")]
    pub min_child_weight: f64,
    /// The prediction before the first round; without it, the mean of the training rows.
    pub base_score: Option<f64>,
}

fn default_learning_rate() -> f64 {
    0.3
}

fn default_min_child_weight() -> f64 {
    1.0
}

impl Args {
    /// The parameters of a model: what is the same for all of them, and what this point says.
    pub fn parameters(&self, point: &Point) -> Result<Parameters, Error> {
        let finite = "a finite number";
        let not_negative = "a finite number of at least 0";
        let positive = "a whole number of at least 1";
        in_range("nrounds", point.nrounds.into(), 1.0, positive)?;
        in_range("max_depth", point.max_depth.into(), 1.0, positive)?;
        Ok(Parameters {
            max_depth: point.max_depth,
            lambda: in_range("lambda", point.lambda, 0.0, not_negative)?,
            alpha: in_range("alpha", point.alpha, 0.0, not_negative)?,
            learning_rate: in_range("learning_rate", self.learning_rate, 0.0, not_negative)?,
            gamma: in_range("gamma", self.gamma, 0.0, not_negative)?,
            min_child_weight: in_range("min_child_weight", self.min_child_weight, 0.0, not_negative)?,
            base_score: self
                .base_score
                .map(|score| in_range("base_score", score, f64::NEG_INFINITY, finite))
                .transpose()?,
        })
    }
}

/// In single precision, which is that of the parameters of XGBoost.
#[expect(clippy::cast_possible_truncation, reason = "to the nearest; what is then infinite is refused")]
fn in_range(name: &'static str, value: f64, least: f64, range: &'static str) -> Result<f32, Error> {
    let single = value as f32;
    if single.is_finite() && value >= least {
        Ok(single)
    } else {
        Err(Error::OutOfRange { name, value, range })
    }
}

/// Which rows to train with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Train {
    /// So many, drawn.
    Drawn(usize),
    /// These, by their numbers.
    Rows(Vec<usize>),
}

// By hand, so that an error names the element of the list.
impl<'de> Deserialize<'de> for Train {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Train;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("how many rows are drawn, or a list of row numbers")
            }

            fn visit_u64<E: serde::de::Error>(self, rows: u64) -> Result<Train, E> {
                usize::try_from(rows).map(Train::Drawn).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Train, A::Error> {
                let mut rows = Vec::new();
                while let Some(row) = list.next_element()? {
                    rows.push(row);
                }
                Ok(Train::Rows(rows))
            }
        }

        deserializer.deserialize_any(Either)
    }
}
