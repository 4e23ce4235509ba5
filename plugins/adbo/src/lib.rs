//! Asynchronous decentralised Bayesian optimisation (ADBO): each worker fits a model of its own to what all workers know, running tasks
//! included, and evaluates where that model promises most. Nobody coordinates them; that they do not all go to the same place is due to
//! a random forest, to candidates of their own, and to a [`lambda`](Args::lambda) of their own, which says how much a worker likes the
//! unknown.
//!
//! As a worker goes on:
//!
//! 1. What is queued is evaluated first: the initial design, which one of the workers queues if nobody else has ([`Args::initial_design`]),
//!    and whatever anybody pushes later.
//! 2. Running and finished tasks are fetched. Running ones count as if they had the mean of the finished ones; failed ones, and those
//!    whose result is no finite number, count for nothing.
//! 3. A random [`Forest`] is fitted, and for random candidates it predicts the mean and its standard error.
//! 4. The candidate with the least lower confidence bound, mean - lambda * standard error, is evaluated as the next task, which has
//!    `lambda`, `predicted_mean` and `predicted_se` beside its point. Maximising is minimising the negative.
//!
//! `[loop.args]` of the run file are [`Args`].

mod adbo;
mod args;
mod design;
pub mod forest;
mod jackknife;
mod known;
mod propose;
mod rows;

pub use adbo::adbo;
pub use args::Args;
pub use forest::Forest;
pub use jackknife::Prediction;
pub use rows::Rows;

rush_worker::main!(adbo);
