//! How the run file describes a space.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};

use crate::{Setting, bound::Bound};

/// What `[loop.args]` says of the space: bounds, or parameter by parameter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpaceArgs {
    /// The lower bound of each parameter.
    pub lower: Option<Vec<f64>>,
    /// The upper bound of each parameter.
    pub upper: Option<Vec<f64>>,
    /// The names of the parameters, as the objective knows them: `x1`, `x2`, … unless given.
    pub names: Option<Vec<String>>,
    /// `[loop.args.space]`, instead of the other three.
    pub space: Option<Parameters>,
}

/// `[loop.args.space]`: parameters by name, in the order in which they were written.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameters(pub(crate) Vec<(String, ParameterArgs)>);

/// One parameter of the table: `{ lower = 0.0, upper = 1.0 }`, `{ levels = ["a", "b"] }`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterArgs {
    #[serde(rename = "type")]
    pub(crate) kind: Option<Type>,
    pub(crate) lower: Option<Bound>,
    pub(crate) upper: Option<Bound>,
    #[serde(default)]
    pub(crate) log: bool,
    pub(crate) levels: Option<Vec<Setting>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Type {
    Number,
    Integer,
    Category,
}

impl<'de> Deserialize<'de> for Parameters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ParametersVisitor)
    }
}

struct ParametersVisitor;

impl<'de> Visitor<'de> for ParametersVisitor {
    type Value = Parameters;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a table of parameters, e.g. `x1 = { lower = -5.0, upper = 10.0 }`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Parameters, A::Error> {
        let mut parameters = Vec::new();
        while let Some(entry) = map.next_entry()? {
            parameters.push(entry);
        }
        Ok(Parameters(parameters))
    }
}
