//! A bound of a parameter as the run file has it.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

/// An integer or a number: which of them is wanted is known only when all of the parameter has been read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Bound {
    Integer(i64),
    Number(f64),
}

impl Bound {
    #[expect(clippy::cast_precision_loss, reason = "the nearest number is what is meant")]
    pub(crate) fn number(self) -> f64 {
        match self {
            Self::Integer(integer) => integer as f64,
            Self::Number(number) => number,
        }
    }

    /// None if it is not whole, or so large that integers next to it cannot be told apart.
    #[expect(clippy::cast_possible_truncation, reason = "it is whole and small enough")]
    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            Self::Integer(integer) => Some(integer),
            Self::Number(number) => {
                (number.fract() == 0.0 && number.abs() < 2_f64.powi(53)).then_some(number as i64)
            }
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(integer) => write!(formatter, "{integer}"),
            Self::Number(number) => write!(formatter, "{number}"),
        }
    }
}

impl<'de> Deserialize<'de> for Bound {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BoundVisitor)
    }
}

struct BoundVisitor;

impl Visitor<'_> for BoundVisitor {
    type Value = Bound;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number")
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Bound, E> {
        Ok(Bound::Integer(integer))
    }

    #[expect(clippy::cast_precision_loss, reason = "as with any number that is written down")]
    fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Bound, E> {
        Ok(i64::try_from(integer).map_or(Bound::Number(integer as f64), Bound::Integer))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Bound, E> {
        Ok(Bound::Number(number))
    }
}
