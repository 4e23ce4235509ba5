//! What the run file says.

use std::num::NonZeroU16;

use rush_worker::prelude::*;
use search_space::{Parameters, Space, SpaceArgs};

/// `[loop.args]` of the run file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The lower bound of each parameter.
    pub lower: Option<Vec<f64>>,
    /// The upper bound of each parameter.
    pub upper: Option<Vec<f64>>,
    /// The names of the parameters, as the objective knows them: `x1`, `x2`, … unless given.
    pub names: Option<Vec<String>>,
    /// The parameters in a table of their own, instead of bounds and names: see [`search_space`].
    pub space: Option<Parameters>,
    /// End once so many tasks of the network are finished. As in rush, workers count independently, so that
    /// there may be a few more. Without it, the loop goes on until the run's stop condition is met.
    pub budget: Option<u64>,
    /// So many points are created in one round trip to Redis, and their results saved in another. For objectives that take less time
    /// than a round trip. A worker ends between two batches; an exact budget of the run holds all the same.
    #[serde(default = "one")]
    pub batch: NonZeroU16,
    /// Save each result and create the next task in one round trip to Redis instead of two. The loop then learns
    /// that it should end when its next task exists already, so each worker may finish one task more; an exact
    /// budget of the run holds all the same.
    #[serde(default)]
    pub fused: bool,
}

fn one() -> NonZeroU16 {
    NonZeroU16::MIN
}

impl Args {
    /// The space of these arguments.
    pub fn space(&self) -> Result<Space> {
        let Self { lower, upper, names, space, batch, fused, .. } = self.clone();
        if fused && batch > one() {
            return Err(Error::message(
                "`loop.args.fused` saves round trips of single points: leave it out with a `batch`",
            ));
        }
        Space::from_args(SpaceArgs { lower, upper, names, space })
    }
}
