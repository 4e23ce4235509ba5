//! Columns as plain vectors.

use std::collections::HashMap;

use arrow_array::{
    Array as _,
    cast::AsArray as _,
    types::{Float64Type, Int64Type},
};

use super::{
    column_error::ColumnError,
    column_kind::{Case, ColumnKind},
    columns::Column,
    data::{Data, number},
    snapshot::Table,
};
use crate::Value;

/// A text column: `codes` are indices of `levels`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Factor {
    /// The texts, in the order in which they appear first.
    pub levels: Vec<String>,
    /// For each task its text; -1 if it is missing.
    pub codes: Vec<i32>,
}

impl Table {
    fn column_of_kind(&self, name: &str, wanted: ColumnKind) -> Result<&Column, ColumnError> {
        let column = self.column(name)?;
        let kind = column.cases.kind();
        if kind == wanted || (wanted == ColumnKind::Number && kind == ColumnKind::Integer) {
            Ok(column)
        } else {
            Err(ColumnError::Kind { name: name.to_owned(), kind, wanted })
        }
    }

    /// A column of numbers or of whole numbers. A missing one is NaN; [`valid`](Self::valid) tells it from a NaN that was
    /// computed.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, ColumnError> {
        let column = self.column_of_kind(name, ColumnKind::Number)?;
        let mut numbers = Vec::with_capacity(self.len());
        for data in self.data(column) {
            match &data {
                Data::Missing(rows) => numbers.resize(numbers.len() + rows, f64::NAN),
                Data::Single(Case::Number, array) => add(&mut numbers, array.as_primitive::<Float64Type>()),
                Data::Numeric { numbers: array, .. } => add(&mut numbers, array),
                Data::Single(Case::Integer, array) if array.null_count() == 0 => {
                    let integers = array.as_primitive::<Int64Type>().values();
                    #[expect(clippy::cast_precision_loss, reason = "the caller has asked for numbers")]
                    numbers.extend(integers.iter().map(|integer| *integer as f64));
                }
                other => numbers.extend(other.values().map(|value| number(&value).unwrap_or(f64::NAN))),
            }
        }
        Ok(numbers)
    }

    /// A column of whole numbers. A missing one is 0; see [`valid`](Self::valid).
    pub fn integers(&self, name: &str) -> Result<Vec<i64>, ColumnError> {
        let column = self.column_of_kind(name, ColumnKind::Integer)?;
        let mut integers = Vec::with_capacity(self.len());
        for data in self.data(column) {
            match &data {
                Data::Single(Case::Integer, array) if array.null_count() == 0 => {
                    integers.extend_from_slice(array.as_primitive::<Int64Type>().values());
                }
                other => integers.extend(other.values().map(|value| match value {
                    Value::Integer(integer) => integer,
                    _ => 0,
                })),
            }
        }
        Ok(integers)
    }

    /// A column of booleans. A missing one is false; see [`valid`](Self::valid).
    pub fn booleans(&self, name: &str) -> Result<Vec<bool>, ColumnError> {
        let column = self.column_of_kind(name, ColumnKind::Boolean)?;
        let mut booleans = Vec::with_capacity(self.len());
        for data in self.data(column) {
            booleans.extend(data.values().map(|value| value == Value::Boolean(true)));
        }
        Ok(booleans)
    }

    /// A column of texts.
    pub fn texts(&self, name: &str) -> Result<Factor, ColumnError> {
        Ok(self.texts_while(name, |_| true)?.unwrap_or_default())
    }

    /// A column of texts, unless it is given up: each new level is shown before it is copied.
    pub fn texts_while(
        &self,
        name: &str,
        mut may_copy: impl FnMut(&str) -> bool,
    ) -> Result<Option<Factor>, ColumnError> {
        let column = self.column_of_kind(name, ColumnKind::Text)?;
        let mut places: HashMap<String, i32> = HashMap::new();
        let mut factor = Factor { levels: Vec::new(), codes: Vec::with_capacity(self.len()) };
        let mut add = |text: Option<&str>| {
            let code = match text {
                None => -1,
                Some(text) => match places.get(text) {
                    Some(code) => *code,
                    None if !may_copy(text) => return false,
                    None => {
                        let code = i32::try_from(factor.levels.len()).unwrap_or(i32::MAX);
                        factor.levels.push(text.to_owned());
                        places.insert(text.to_owned(), code);
                        code
                    }
                },
            };
            factor.codes.push(code);
            true
        };
        for data in self.data(column) {
            let all = match &data {
                Data::Single(Case::Text, array) => array.as_string::<i32>().iter().all(&mut add),
                other => other.values().all(|value| match value {
                    Value::Text(text) => add(Some(&text)),
                    _ => add(None),
                }),
            };
            if !all {
                return Ok(None);
            }
        }
        Ok(Some(factor))
    }

    /// A column of any kind; a missing value is [`Value::Null`].
    pub fn values(&self, name: &str) -> Result<Vec<Value>, ColumnError> {
        let mut values = Vec::with_capacity(self.len());
        values.extend(self.iter_values(name)?);
        Ok(values)
    }

    /// The same one after the other, each copied when it is asked for.
    pub fn iter_values(&self, name: &str) -> Result<impl Iterator<Item = Value>, ColumnError> {
        let column = self.column(name)?;
        Ok(self.data(column).flat_map(|data| (0..data.len()).map(move |row| data.value(row))))
    }

    /// Whether each value of a column is there.
    pub fn valid(&self, name: &str) -> Result<Vec<bool>, ColumnError> {
        let column = self.column(name)?;
        let mut valid = Vec::with_capacity(self.len());
        for data in self.data(column) {
            valid.extend((0..data.len()).map(|row| !data.is_missing(row)));
        }
        Ok(valid)
    }
}

fn add(numbers: &mut Vec<f64>, array: &arrow_array::Float64Array) {
    if array.null_count() == 0 {
        numbers.extend_from_slice(array.values());
    } else {
        numbers.extend(array.iter().map(|number| number.unwrap_or(f64::NAN)));
    }
}
