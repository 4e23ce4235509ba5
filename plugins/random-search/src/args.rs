//! What the run file says, and the space that it describes.

use rush_worker::{WorkerRng, prelude::*};
use serde::Serializer;

/// `[loop.args]` of the run file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Args {
    /// The lower bound of each parameter.
    pub lower: Vec<f64>,
    /// The upper bound of each parameter; points on it are drawn, too.
    pub upper: Vec<f64>,
    /// The names of the parameters, as the objective knows them: `x1`, `x2`, … unless given.
    pub names: Option<Vec<String>>,
    /// End once so many tasks of the network are finished. As in rush, workers count independently, so that
    /// there may be a few more. Without it, the loop goes on until the run's stop condition is met.
    pub budget: Option<u64>,
    /// Save each result and create the next task in one round trip to Redis instead of two. The loop then learns
    /// that it should end when its next task exists already, so each worker may finish one task more; an exact
    /// budget of the run holds all the same.
    #[serde(default)]
    pub fused: bool,
}

/// Where points are drawn: valid bounds, each with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone, PartialEq)]
struct Parameter {
    name: String,
    lower: f64,
    upper: f64,
}

impl Space {
    /// The space of these arguments.
    pub fn new(args: &Args) -> Result<Self> {
        let Args { lower, upper, names, .. } = args;
        if lower.len() != upper.len() {
            return Err(Error::message(format!(
                "`loop.args.lower` has {} elements, `loop.args.upper` has {}: give one of each for every parameter",
                lower.len(),
                upper.len()
            )));
        }
        if lower.is_empty() {
            return Err(Error::message(
                "`loop.args.lower` and `loop.args.upper` are empty: give one of each for every parameter of the objective",
            ));
        }
        let names = match names {
            None => (1..=lower.len()).map(|number| format!("x{number}")).collect(),
            Some(names) if names.len() == lower.len() => names.clone(),
            Some(names) => {
                return Err(Error::message(format!(
                    "`loop.args.names` has {} elements, the bounds have {}",
                    names.len(),
                    lower.len()
                )));
            }
        };
        if let Some(name) = names.iter().enumerate().find(|(index, name)| names[..*index].contains(name)) {
            return Err(Error::message(format!("`loop.args.names` has `{}` twice", name.1)));
        }
        let parameters = names
            .into_iter()
            .zip(lower.iter().zip(upper))
            .map(|(name, (&lower, &upper))| Parameter::new(name, lower, upper))
            .collect::<Result<_>>()?;
        Ok(Self { parameters })
    }

    /// Draws a point: one number for each parameter, evenly between its bounds.
    pub fn draw(&self, rng: &mut WorkerRng) -> Point<'_> {
        let draw = |parameter: &Parameter| rng.random_range(parameter.lower..=parameter.upper);
        Point { space: self, values: self.parameters.iter().map(draw).collect() }
    }
}

/// A point of a [`Space`]. As a row, it has each number under the name of its parameter.
#[derive(Debug, Clone, PartialEq)]
pub struct Point<'a> {
    space: &'a Space,
    values: Vec<f64>,
}

impl Point<'_> {
    /// The numbers, in the order of the bounds.
    pub fn values(&self) -> &[f64] {
        &self.values
    }
}

impl Serialize for Point<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let names = self.space.parameters.iter().map(|parameter| &parameter.name);
        serializer.collect_map(names.zip(&self.values))
    }
}

impl Parameter {
    fn new(name: String, lower: f64, upper: f64) -> Result<Self> {
        // Not finite in width: bounds so far apart that no number between them can be drawn evenly.
        if !(upper - lower).is_finite() {
            return Err(Error::message(format!(
                "the bounds of `{name}` must be finite, and not further apart than a number can say: {lower} to {upper}"
            )));
        }
        if lower > upper {
            return Err(Error::message(format!(
                "the bounds of `{name}` are reversed: {lower} exceeds {upper}"
            )));
        }
        Ok(Self { name, lower, upper })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(lower: &[f64], upper: &[f64]) -> Args {
        Args { lower: lower.to_vec(), upper: upper.to_vec(), names: None, budget: None, fused: false }
    }

    fn error(args: &Args) -> String {
        Space::new(args).unwrap_err().to_string()
    }

    #[test]
    fn wrong_bounds_are_told() {
        assert_eq!(
            error(&args(&[0.0], &[1.0, 2.0])),
            "`loop.args.lower` has 1 elements, `loop.args.upper` has 2: give one of each for every parameter"
        );
        assert_eq!(
            error(&args(&[], &[])),
            "`loop.args.lower` and `loop.args.upper` are empty: give one of each for every parameter of the objective"
        );
        assert_eq!(error(&args(&[0.0, 3.0], &[1.0, 2.0])), "the bounds of `x2` are reversed: 3 exceeds 2");
        for (lower, upper) in [(f64::NAN, 1.0), (0.0, f64::INFINITY), (-f64::MAX, f64::MAX)] {
            assert!(
                error(&args(&[0.0, lower], &[1.0, upper])).starts_with("the bounds of `x2` must be finite")
            );
        }
    }

    #[test]
    fn wrong_names_are_told() {
        let named = |names: &[&str]| Args {
            names: Some(names.iter().map(ToString::to_string).collect()),
            ..args(&[0.0, 0.0], &[1.0, 1.0])
        };
        assert_eq!(error(&named(&["a"])), "`loop.args.names` has 1 elements, the bounds have 2");
        assert_eq!(error(&named(&["a", "a"])), "`loop.args.names` has `a` twice");
        assert!(Space::new(&named(&["a", "b"])).is_ok());
    }

    #[test]
    fn equal_bounds_fix_a_parameter() {
        use rush_worker::rand::SeedableRng;
        let space = Space::new(&args(&[-5.0, 7.5], &[10.0, 7.5])).unwrap();
        let mut rng = WorkerRng::seed_from_u64(1);
        for _ in 0..100 {
            let point = space.draw(&mut rng);
            assert!((-5.0..=10.0).contains(&point.values()[0]));
            assert_eq!(point.values()[1].to_bits(), 7.5_f64.to_bits());
        }
    }
}
