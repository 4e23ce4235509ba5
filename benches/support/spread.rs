//! What a series of figures says.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cell::number_or_nan;

/// The least, the middle and the greatest figure of a series. Where nothing was measured, all are NaN (null in JSON).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The least.
    #[serde(deserialize_with = "number_or_nan")]
    pub min: f64,
    /// The middle one; the mean of the two in the middle of an even number.
    #[serde(deserialize_with = "number_or_nan")]
    pub median: f64,
    /// The greatest.
    #[serde(deserialize_with = "number_or_nan")]
    pub max: f64,
}

impl Spread {
    /// Sums up a series.
    ///
    /// ```
    /// use rush_benches::Spread;
    /// assert_eq!(Spread::of(&[3.0, 1.0, 10.0, 2.0]), Spread { min: 1.0, median: 2.5, max: 10.0 });
    /// ```
    pub fn of(figures: &[f64]) -> Self {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        let (Some(&min), Some(&max)) = (sorted.first(), sorted.last()) else {
            return Self { min: f64::NAN, median: f64::NAN, max: f64::NAN };
        };
        let median = f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Self { min, median, max }
    }

    /// Sums up one figure of each thing that was measured.
    pub fn over<T>(measured: &[T], figure: impl Fn(&T) -> f64) -> Self {
        Self::of(&measured.iter().map(figure).collect::<Vec<_>>())
    }
}

/// `median (min … max)`, with the precision of the format, one decimal by default.
impl fmt::Display for Spread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = formatter.precision().unwrap_or(1);
        let Self { min, median, max } = self;
        write!(formatter, "{median:.decimals$} ({min:.decimals$} … {max:.decimals$})")
    }
}
