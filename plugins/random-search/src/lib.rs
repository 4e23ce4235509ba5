//! Random search: each worker draws points of a space, evaluates the objective of the run file there, and stores the results.
//!
//! `[loop.args]` of the run file are [`Args`].

mod args;
mod random_search;

pub use args::Args;
pub use random_search::random_search;

rush_worker::main!(random_search);
