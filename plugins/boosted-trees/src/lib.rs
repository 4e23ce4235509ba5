//! Boosted regression trees on a table: an objective that trains on some rows and gives the error on others.
//!
//! The run file names the table, a CSV file with a header, as `[objective.data] table`; `[objective.args]` are [`Args`]. A point is a
//! [`Point`]: `nrounds`, `max_depth`, `lambda` and `alpha`. Its result is `rmse`, the root of the mean squared error on the test rows.
//!
//! An instance keeps its last model, so that a point which differs by more rounds alone costs these rounds. Each round depends on
//! nothing but the rounds before it, so the result is that of a model trained anew, to the bit.
//!
//! # Why the booster is our own
//!
//! What is asked for is XGBoost's `tree_method = "exact"` with λ and α, in a component that can do nothing but compute
//! (`wasm32-unknown-unknown`: no threads, no C), with the error after each round, or rounds added later. Of the crates:
//!
//! | crate | lacks |
//! |---|---|
//! | smartcore 0.7 (`xgboost`) | α; more rounds, or predictions of a round |
//! | forust-ml 0.8 | exact splits (it bins values) |
//! | perpetual 2.3 | λ, α and a number of rounds (one budget takes their place); exact splits |
//! | gbdt 0.1 | λ and α |
//! | hessboost 0.4 | nothing of that, but it builds libzstd, which is C |
//! | bindings of XGBoost or LightGBM | they are C++ |
//!
//! [`Booster`] is what is left of the method for dense columns of numbers and squared errors. It computes in the precision, and decides
//! ties in the order of the original: `tests/golden.rs` finds the same errors after every round. Two splits that are equally good but for
//! the rounding of the last digit of a gradient may still be decided another way, which on tables with many ties happens to one model in
//! some hundreds, and then moves its error in the fourth digit.

mod args;
mod booster;
mod data;
mod error;
mod evaluation;
mod parameters;
mod split;
mod table;
mod tree;

pub use args::{Args, Train};
pub use booster::Booster;
pub use data::{Data, Sample};
pub use error::Error;
pub use evaluation::{BoostedTrees, Outcome, Point, evaluate, prepare};
pub use parameters::Parameters;
pub use table::Table;

rush_worker::objective!(prepare => evaluate);
