//! Components in a real engine, on a real Redis. The guests of `tests/guests` must have been built: `cargo xtask guests`.
//!
//! One program, because each links all of wasmtime.
#![expect(clippy::unwrap_used, reason = "all of this is tests, also what is not marked as one")]

mod cache;
mod components;
mod endings;
mod greedy;
mod guests;
mod measure;
mod objectives;
mod support;
mod tables;
