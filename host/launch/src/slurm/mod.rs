//! Host processes as jobs of Slurm: one array for each launch, one element for each process.
//!
//! What is submitted ([`script`]), what an answer means ([`answer`], [`states`]) and how often something is tried again are decided in
//! plain functions; [`program`] alone starts sbatch, squeue and scancel.

mod answer;
mod error;
mod files;
#[cfg(test)]
mod golden;
mod program;
mod queue;
mod script;
mod states;
mod submit;

pub use error::SlurmError;
pub(crate) use queue::{cancel, look};
pub(crate) use submit::{dry_run, submit};
