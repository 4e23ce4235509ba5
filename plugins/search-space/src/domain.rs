//! What one parameter may be set to.

use rush_worker::{Error, Result, WorkerRng};

use crate::{Setting, args::ParameterArgs, args::Type, bound::Bound};

/// What one parameter may be set to. Bounds are in order, and included.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
#[non_exhaustive]
pub enum Domain {
    /// A number; with `log`, drawn evenly on the logarithmic scale.
    Number { lower: f64, upper: f64, log: bool },
    /// A whole number; with `log`, small ones are as likely as on the logarithmic scale.
    Integer { lower: i64, upper: i64, log: bool },
    /// One of these levels, which are of one kind and differ.
    Category { levels: Vec<Setting> },
}

impl Domain {
    /// What the arguments of the parameter of this name describe, which stand in the table `at` of the run file.
    pub(crate) fn new(at: &str, name: &str, args: &ParameterArgs) -> Result<Self> {
        let wrong = |message: &str| Error::Args { at: format!("{at}.{name}"), message: message.to_owned() };
        let ParameterArgs { kind, lower, upper, log, levels } = args;
        match (kind, lower, upper, levels) {
            (None | Some(Type::Category), None, None, Some(levels)) if !log => category(name, levels),
            (_, _, _, Some(_)) => {
                Err(wrong("a category has `levels` and nothing else; a number has `lower` and `upper`"))
            }
            (Some(Type::Category), ..) => {
                Err(wrong("a category has `levels`, e.g. `levels = [\"a\", \"b\"]`"))
            }
            (None, None, None, None) => Err(wrong("give `lower` and `upper`, or `levels`")),
            (_, None, ..) => Err(wrong("missing field `lower`")),
            (_, _, None, _) => Err(wrong("missing field `upper`")),
            (None | Some(Type::Number), Some(lower), Some(upper), None) => {
                Self::number(name, lower.number(), upper.number(), *log)
            }
            (Some(Type::Integer), Some(lower), Some(upper), None) => integer(name, *lower, *upper, *log),
        }
    }

    /// A number between these bounds.
    pub(crate) fn number(name: &str, lower: f64, upper: f64, log: bool) -> Result<Self> {
        // Not finite in width: bounds so far apart that no number between them can be drawn evenly.
        if !(upper - lower).is_finite() {
            return Err(Error::message(format!(
                "the bounds of `{name}` must be finite, and not further apart than a number can say: {lower} to {upper}"
            )));
        }
        if lower > upper {
            return Err(reversed(name, Bound::Number(lower), Bound::Number(upper)));
        }
        if log && lower <= 0.0 {
            return Err(not_positive(name, Bound::Number(lower)));
        }
        Ok(Self::Number { lower, upper, log })
    }

    /// Draws a setting.
    pub fn draw(&self, rng: &mut WorkerRng) -> Setting {
        match self {
            &Self::Number { lower, upper, log: false } => Setting::Number(rng.uniform(lower, upper)),
            &Self::Number { lower, upper, log: true } => Setting::Number(rng.log_uniform(lower, upper)),
            &Self::Integer { lower, upper, log: false } => Setting::Integer(rng.integer(lower, upper)),
            &Self::Integer { lower, upper, log: true } => Setting::Integer(log_integer(rng, lower, upper)),
            Self::Category { levels } => rng.choice(levels).clone(),
        }
    }
}

/// Each integer has the part of the logarithmic scale from itself to the next.
#[expect(clippy::cast_precision_loss, reason = "the scale is one of numbers")]
#[expect(clippy::cast_possible_truncation, reason = "it saturates, and is then clamped")]
fn log_integer(rng: &mut WorkerRng, lower: i64, upper: i64) -> i64 {
    (rng.log_uniform(lower as f64, upper as f64 + 1.0) as i64).clamp(lower, upper)
}

fn integer(name: &str, lower: Bound, upper: Bound, log: bool) -> Result<Domain> {
    let whole = |bound: Bound| {
        bound.integer().ok_or_else(|| {
            Error::message(format!(
                "`{name}` is an integer, so its bounds must be whole numbers, not {bound}"
            ))
        })
    };
    let (first, last) = (whole(lower)?, whole(upper)?);
    if first > last {
        return Err(reversed(name, lower, upper));
    }
    if log && first <= 0 {
        return Err(not_positive(name, lower));
    }
    Ok(Domain::Integer { lower: first, upper: last, log })
}

fn category(name: &str, levels: &[Setting]) -> Result<Domain> {
    // 1 beside 2.5 is a number that was written without its point.
    #[expect(clippy::cast_precision_loss, reason = "as with any number that is written down")]
    let as_number = |level: &Setting| match level {
        Setting::Integer(integer) => Setting::Number(*integer as f64),
        other => other.clone(),
    };
    let are_numbers = levels.iter().any(|level| matches!(level, Setting::Number(_)));
    let levels: Vec<Setting> =
        if are_numbers { levels.iter().map(as_number).collect() } else { levels.to_vec() };
    let Some(first) = levels.first() else {
        return Err(Error::message(format!("`{name}` has no levels: give one or more")));
    };
    if let Some(other) = levels.iter().find(|level| level.kind() != first.kind()) {
        return Err(Error::message(format!(
            "the levels of `{name}` are of several kinds: {first} belongs to the {}, {other} to the {}",
            first.kind(),
            other.kind()
        )));
    }
    if let Some((_, level)) =
        levels.iter().enumerate().find(|(index, level)| levels[..*index].contains(level))
    {
        return Err(Error::message(format!("the levels of `{name}` have {level} twice")));
    }
    Ok(Domain::Category { levels })
}

fn reversed(name: &str, lower: Bound, upper: Bound) -> Error {
    Error::message(format!("the bounds of `{name}` are reversed: {lower} exceeds {upper}"))
}

fn not_positive(name: &str, lower: Bound) -> Error {
    Error::message(format!("`{name}` has `log = true`, so its lower bound must be positive, not {lower}"))
}
