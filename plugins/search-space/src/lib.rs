//! The space in which a worker loop searches, and what it searches for ([`Goal`]), as `[loop.args]` of the run file describes it.
//!
//! Either as bounds of numbers:
//!
//! ```toml
//! [loop.args]
//! lower = [-5.0, 0.0]
//! upper = [10.0, 15.0]
//! names = ["x1", "x2"]        # these anyway
//! ```
//!
//! or parameter by parameter, in the order in which points have them:
//!
//! ```toml
//! [loop.args.space]
//! x1 = { lower = -5.0, upper = 10.0 }                     # a number
//! lambda = { lower = 1e-3, upper = 10.0, log = true }     # drawn evenly on the logarithmic scale
//! max_depth = { type = "integer", lower = 1, upper = 20 } # both bounds included; `log = true` is possible, too
//! kernel = { levels = ["rbf", "linear"] }                 # a category: texts, integers, numbers or booleans
//! ```
//!
//! A loop has the fields `lower`, `upper`, `names` and `space` among its own arguments, and gives them to [`Space::from_args`]:
//!
//! ```
//! use rush_worker::{WorkerRng, prelude::*, testing::TestNetwork};
//! use search_space::{Parameters, Space, SpaceArgs};
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Args {
//!     lower: Option<Vec<f64>>,
//!     upper: Option<Vec<f64>>,
//!     names: Option<Vec<String>>,
//!     space: Option<Parameters>,
//! }
//!
//! # fn main() -> Result<()> {
//! # let args = serde_json::json!({ "space": { "x": { "lower": 0, "upper": 1 }, "kernel": { "levels": ["rbf"] } } });
//! # let mut worker = TestNetwork::new().args(&args).worker();
//! let Args { lower, upper, names, space } = worker.args()?;
//! let space = Space::from_args(SpaceArgs { lower, upper, names, space })?;
//! let point = space.draw(worker.rng());
//! let key = worker.push_running_one(&point)?;
//! # assert_eq!(point.settings().len(), 2);
//! # Ok(())
//! # }
//! ```

mod args;
mod bound;
mod budget;
mod domain;
mod encode;
mod goal;
mod point;
mod setting;
mod space;

pub use args::{ParameterArgs, Parameters, SpaceArgs};
pub use budget::goes_on;
pub use domain::Domain;
pub use encode::column;
pub use goal::Goal;
pub use point::Point;
pub use setting::Setting;
pub use space::{Parameter, Space};
