//! What stands in one place of a table.

use serde::{Deserialize, Deserializer, Serialize};

use crate::Spread;

/// A figure, a series of them, or words. In JSON a value as it is: null, a number, a text, or an object with `min`, `median`, `max`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// Nothing was measured, or nothing can be compared.
    None,
    /// How many there are.
    Count(u64),
    /// One figure.
    Number(f64),
    /// A series of figures.
    Spread(Spread),
    /// Words.
    Text(String),
}

impl Cell {
    /// As people read it. A series of equal figures reads like one of them; what is not a number is not there.
    ///
    /// ```
    /// use rush_benches::{Cell, Spread};
    /// assert_eq!(Cell::from(Spread::of(&[1.0, 2.0, 4.0])).text(1), "2.0 (1.0 … 4.0)");
    /// assert_eq!(Cell::from(Spread::of(&[1.0])).text(1), "1.0");
    /// assert_eq!(Cell::from(f64::NAN).text(1), "");
    /// ```
    pub fn text(&self, decimals: usize) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.clone(),
            Self::Count(count) => count.to_string(),
            Self::Number(number) => one(*number, decimals),
            Self::Spread(spread) if spread.min.to_bits() == spread.max.to_bits() => {
                one(spread.median, decimals)
            }
            Self::Spread(spread) => format!("{spread:.decimals$}"),
        }
    }
}

fn one(number: f64, decimals: usize) -> String {
    if number.is_nan() { String::new() } else { format!("{number:.decimals$}") }
}

/// JSON has no NaN; serde writes null, and here it is read again.
pub(crate) fn number_or_nan<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<Spread> for Cell {
    fn from(spread: Spread) -> Self {
        Self::Spread(spread)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<u32> for Cell {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count as u64)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl<T: Into<Self>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::None, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_survives_json() {
        let spread = Spread::of(&[1.0, 2.5, 1e-3]);
        for cell in [Cell::None, 3_u64.into(), 3.0.into(), 0.1.into(), spread.into(), "text".into()] {
            let json = serde_json::to_string(&cell).unwrap();
            assert_eq!(serde_json::from_str::<Cell>(&json).unwrap(), cell, "{json}");
        }
    }

    #[test]
    fn what_was_not_measured_is_empty_before_and_after_json() {
        for cell in [Cell::None, f64::NAN.into(), Spread::of(&[]).into(), None::<f64>.into()] {
            let json = serde_json::to_string(&cell).unwrap();
            let again: Cell = serde_json::from_str(&json).unwrap();
            assert_eq!((cell.text(2), again.text(2)), (String::new(), String::new()), "{json}");
        }
    }
}
