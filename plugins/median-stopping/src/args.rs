//! What the run file says.

use std::num::NonZeroU32;

use rush_worker::prelude::*;
use search_space::{Goal, Parameters, Space, SpaceArgs};

/// `[loop.args]` of the run file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The parameters of a configuration, in a table; or bounds of numbers as `lower`, `upper` and `names`.
    pub space: Option<Parameters>,
    /// The lower bound of each parameter.
    pub lower: Option<Vec<f64>>,
    /// The upper bound of each parameter.
    pub upper: Option<Vec<f64>>,
    /// The names of the parameters: `x1`, `x2`, … unless given.
    pub names: Option<Vec<String>>,
    /// The rounds of a configuration.
    pub rounds: Rounds,
    /// The result that should be small; this or `maximize`.
    pub minimize: Option<String>,
    /// The result that should be large.
    pub maximize: Option<String>,
    /// End once so many tasks of the network are finished. As in rush, workers count independently, so that
    /// there may be a few more. Without it, the loop goes on until the run's stop condition is met.
    pub budget: Option<u64>,
}

/// The rounds of a configuration: `{ name = "nrounds", from = 5, to = 20 }`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rounds {
    /// The parameter of the objective that says how many.
    pub name: String,
    /// The first evaluation has so many.
    pub from: i64,
    /// No evaluation has more.
    pub to: i64,
    /// Each evaluation has so many more than the one before.
    #[serde(default = "one")]
    pub by: NonZeroU32,
}

fn one() -> NonZeroU32 {
    NonZeroU32::MIN
}

impl Args {
    /// Where configurations are drawn.
    pub(crate) fn space(&self) -> Result<Space> {
        let Self { space, lower, upper, names, rounds, .. } = self.clone();
        let space = Space::from_args(SpaceArgs { lower, upper, names, space })?;
        if space.parameters().iter().any(|parameter| parameter.name == rounds.name) {
            return Err(Error::message(format!(
                "`{}` is a parameter of the space, and the number of rounds: `loop.args.rounds.name` must be another",
                rounds.name
            )));
        }
        if rounds.from > rounds.to {
            return Err(Error::message(format!(
                "`loop.args.rounds` are reversed: from {} to {}",
                rounds.from, rounds.to
            )));
        }
        Ok(space)
    }

    /// What is compared.
    pub(crate) fn goal(&self, space: &Space) -> Result<Goal> {
        let Self { minimize, maximize, rounds, .. } = self;
        let goal = Goal::from_args(minimize.clone(), maximize.clone(), space)?;
        if goal.name() == rounds.name {
            return Err(Error::message(format!(
                "`{}` is the number of rounds: name a result of the objective to be optimised",
                rounds.name
            )));
        }
        Ok(goal)
    }
}

impl Rounds {
    /// The round after this one, if there is one.
    pub(crate) fn after(&self, round: i64) -> Option<i64> {
        round.checked_add(self.by.get().into()).filter(|&next| next <= self.to)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rounds_go_from_the_first_to_the_last_both_included() {
        let all = |rounds: serde_json::Value| {
            let rounds: Rounds = serde_json::from_value(rounds).unwrap();
            std::iter::successors(Some(rounds.from), |&round| rounds.after(round)).collect::<Vec<_>>()
        };
        assert_eq!(all(json!({ "name": "n", "from": 5, "to": 8 })), [5, 6, 7, 8]);
        assert_eq!(all(json!({ "name": "n", "from": 10, "to": 35, "by": 10 })), [10, 20, 30]);
        assert_eq!(all(json!({ "name": "n", "from": i64::MAX, "to": i64::MAX, "by": 2 })), [i64::MAX]);
    }
}
