//! What test guests share: the points and results that they store.

use serde::{Deserialize, Serialize};

/// A point with one parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Xs {
    /// The parameter.
    pub x: f64,
}

/// A result with one value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ys {
    /// The value.
    pub y: f64,
}
