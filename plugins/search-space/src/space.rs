//! The space.

use rush_worker::{Error, Result, WorkerRng};

use crate::{Domain, ParameterArgs, Point, SpaceArgs};

/// Where points are drawn: parameters whose names differ.
#[derive(Debug, Clone, PartialEq)]
pub struct Space {
    parameters: Vec<Parameter>,
}

/// A parameter of a [`Space`].
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// As the objective knows it.
    pub name: String,
    /// What it may be set to.
    pub domain: Domain,
}

impl Space {
    /// The space of these arguments of a loop. Errors name the argument that is wrong.
    pub fn from_args(args: SpaceArgs) -> Result<Self> {
        let parameters = match args {
            SpaceArgs { lower: None, upper: None, names: None, space: Some(parameters) } => {
                if parameters.0.is_empty() {
                    return Err(Error::message(
                        "`loop.args.space` is empty: it needs every parameter of the objective",
                    ));
                }
                parameters
                    .0
                    .into_iter()
                    .map(|(name, args)| Parameter::new("loop.args.space", name, &args))
                    .collect::<Result<_>>()?
            }
            SpaceArgs { space: Some(_), .. } => {
                return Err(Error::message(
                    "`loop.args.space` says all of the parameters: leave out `lower`, `upper` and `names`",
                ));
            }
            SpaceArgs { lower: Some(lower), upper: Some(upper), names, space: None } => {
                between(&lower, &upper, names)?
            }
            SpaceArgs { lower, upper, names, .. } => {
                let missing = match (lower, upper, names) {
                    (Some(_), ..) => "missing field `upper`",
                    (_, Some(_), _) | (.., Some(_)) => "missing field `lower`",
                    _ => "give `lower` and `upper`, or a table `space` of parameters",
                };
                return Err(Error::Args { at: "loop.args".into(), message: missing.into() });
            }
        };
        Self::new(parameters)
    }

    /// The space of these parameters, whose names must differ.
    pub fn new(parameters: Vec<Parameter>) -> Result<Self> {
        let twice = |(index, parameter): &(usize, &Parameter)| {
            parameters[..*index].iter().any(|other| other.name == parameter.name)
        };
        if let Some((_, parameter)) = parameters.iter().enumerate().find(twice) {
            return Err(Error::message(format!("there are two parameters `{}`", parameter.name)));
        }
        Ok(Self { parameters })
    }

    /// The parameters, in their order.
    pub fn parameters(&self) -> &[Parameter] {
        &self.parameters
    }

    /// Draws a point: the parameters in their order.
    pub fn draw(&self, rng: &mut WorkerRng) -> Point<'_> {
        Point::new(self, self.parameters.iter().map(|parameter| parameter.domain.draw(rng)).collect())
    }
}

impl Parameter {
    /// The parameter that these arguments describe; `at` is the table of the run file in which its name stands.
    pub fn new(at: &str, name: String, args: &ParameterArgs) -> Result<Self> {
        let domain = Domain::new(at, &name, args)?;
        Ok(Self { name, domain })
    }
}

/// Numbers between bounds.
fn between(lower: &[f64], upper: &[f64], names: Option<Vec<String>>) -> Result<Vec<Parameter>> {
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
        Some(names) if names.len() == lower.len() => names,
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
    let number = |(name, (&lower, &upper)): (String, (&f64, &f64))| {
        let domain = Domain::number(&name, lower, upper, false)?;
        Ok(Parameter { name, domain })
    };
    names.into_iter().zip(lower.iter().zip(upper)).map(number).collect()
}
