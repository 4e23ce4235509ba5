//! What the run file says.

use std::num::{NonZeroU16, NonZeroU32};

use rush_worker::prelude::*;
use search_space::{Domain, Goal, Parameter, ParameterArgs, Parameters, Space, SpaceArgs};

use crate::forest::Options;

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
    /// The element of `ys` that is to be as small as possible.
    pub minimize: Option<String>,
    /// Or the one that is to be as large as possible.
    pub maximize: Option<String>,
    /// End once so many tasks of the network are finished. As in rush, workers count independently, so that
    /// there may be a few more. Without it, the loop goes on until the run's stop condition is met.
    pub budget: Option<u64>,
    /// So many points drawn at random are evaluated before the first model is fitted. They are queued as soon as the workers have
    /// started; as many fewer as tasks exist by then, e.g. because somebody has queued a design of his own.
    #[serde(default = "initial_design")]
    pub initial_design: u32,
    /// Draws the initial design from a stream of its own, so that it is the same in every run with this seed, whichever worker queues
    /// it. Default: the random numbers of that worker.
    pub design_seed: Option<u64>,
    /// Where each worker draws its lambda: what one standard error counts beside the predicted mean. `{ lower, upper, log }`; default:
    /// between 0.01 and 10 on the logarithmic scale.
    pub lambda: Option<ParameterArgs>,
    /// How many random points are compared for each task.
    #[serde(default = "candidates")]
    pub candidates: NonZeroU32,
    /// How many trees a forest has.
    #[serde(default = "trees")]
    pub trees: NonZeroU16,
    /// Nodes of a tree with so many observations or fewer are not split.
    #[serde(default = "min_node_size")]
    pub min_node_size: NonZeroU32,
    /// How many parameters are tried at each split. Default: the root of their number, rounded down.
    pub mtry: Option<NonZeroU16>,
}

fn initial_design() -> u32 {
    25
}

fn candidates() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(999)
}

fn trees() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(99)
}

fn min_node_size() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4)
}

/// The same, checked.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) space: Space,
    pub(crate) goal: Goal,
    pub(crate) budget: Option<u64>,
    pub(crate) initial_design: u32,
    pub(crate) design_seed: Option<u64>,
    pub(crate) lambda: Domain,
    pub(crate) candidates: usize,
    pub(crate) forest: Options,
}

impl Args {
    /// Errors name the argument that is wrong.
    pub(crate) fn plan(self) -> Result<Plan> {
        let Self { lower, upper, names, space, .. } = self;
        let space = Space::from_args(SpaceArgs { lower, upper, names, space })?;
        let parameters = space.parameters().len();
        let mtry = self.mtry.map_or(parameters.isqrt(), |mtry| mtry.get().into());
        if mtry > parameters {
            return Err(Error::message(format!(
                "`loop.args.mtry` is {mtry}, which is more than the number of parameters, {parameters}"
            )));
        }
        Ok(Plan {
            goal: Goal::from_args(self.minimize, self.maximize, &space)?,
            budget: self.budget,
            initial_design: self.initial_design,
            design_seed: self.design_seed,
            lambda: lambda(self.lambda.as_ref())?,
            candidates: usize::try_from(self.candidates.get()).unwrap_or(usize::MAX),
            forest: Options {
                trees: self.trees.get().into(),
                mtry,
                min_node_size: usize::try_from(self.min_node_size.get()).unwrap_or(usize::MAX),
            },
            space,
        })
    }
}

fn lambda(args: Option<&ParameterArgs>) -> Result<Domain> {
    let Some(args) = args else { return Ok(Domain::Number { lower: 0.01, upper: 10.0, log: true }) };
    match Parameter::new("loop.args", "lambda".into(), args)?.domain {
        domain @ Domain::Number { lower: 0.0.., .. } => Ok(domain),
        _ => Err(Error::Args {
            at: "loop.args.lambda".into(),
            message: "must be a number that is not negative: `{ lower = 0.01, upper = 10.0, log = true }`"
                .into(),
        }),
    }
}
