//! The values of a column in one chunk.

use std::sync::Arc;

use arrow_array::{
    Array, ArrayRef, Float64Array, ListArray,
    cast::AsArray as _,
    new_null_array,
    types::{Float64Type, Int64Type},
};
use arrow_buffer::BooleanBuffer;
use arrow_schema::{DataType, Field};
use arrow_select::concat::concat;

use super::column_kind::{Case, Cases};
use crate::Value;

/// The values of a column; cheap to clone and to slice.
#[derive(Debug, Clone)]
pub(crate) enum Data {
    /// So many missing values.
    Missing(usize),
    /// Values of one case; a missing one is null.
    Single(Case, ArrayRef),
    /// Whole numbers beside others, all of them as numbers; `whole` says which were whole.
    Numeric { numbers: Float64Array, whole: BooleanBuffer },
    /// Anything.
    Mixed(Values),
}

/// A slice of shared values.
#[derive(Debug, Clone)]
pub(crate) struct Values {
    all: Arc<[Value]>,
    start: usize,
    len: usize,
}

impl Values {
    pub(crate) fn as_slice(&self) -> &[Value] {
        &self.all[self.start..self.start + self.len]
    }
}

impl Data {
    /// Picks the best form for values of two cases or more.
    pub(crate) fn of_several_cases(values: Vec<Value>) -> Self {
        let cases = values.iter().map(Cases::of).fold(Cases::default(), Cases::join);
        if !cases.numeric() {
            let len = values.len();
            return Self::Mixed(Values { all: values.into(), start: 0, len });
        }
        let whole = values.iter().map(|value| matches!(value, Value::Integer(_))).collect();
        Self::Numeric { numbers: values.iter().map(number).collect(), whole }
    }

    /// How arrow stores values of this case.
    pub(crate) fn data_type(case: Case) -> DataType {
        let list = |items| DataType::List(Arc::new(Field::new_list_field(items, true)));
        match case {
            Case::Boolean => DataType::Boolean,
            Case::Integer => DataType::Int64,
            Case::Number => DataType::Float64,
            Case::Text | Case::Json => DataType::Utf8,
            Case::Bytes => DataType::Binary,
            Case::Integers => list(DataType::Int64),
            Case::Numbers => list(DataType::Float64),
            Case::Texts => list(DataType::Utf8),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Missing(len) => *len,
            Self::Single(_, array) => array.len(),
            Self::Numeric { numbers, .. } => numbers.len(),
            Self::Mixed(values) => values.len,
        }
    }

    pub(crate) fn slice(&self, start: usize, len: usize) -> Self {
        if start == 0 && len == self.len() {
            return self.clone();
        }
        match self {
            Self::Missing(_) => Self::Missing(len),
            Self::Single(case, array) => Self::Single(*case, array.slice(start, len)),
            Self::Numeric { numbers, whole } => {
                Self::Numeric { numbers: numbers.slice(start, len), whole: whole.slice(start, len) }
            }
            Self::Mixed(values) => {
                Self::Mixed(Values { all: Arc::clone(&values.all), start: values.start + start, len })
            }
        }
    }

    /// The cases that stand in it.
    pub(crate) fn cases(&self) -> Cases {
        match self {
            Self::Missing(_) => Cases::default(),
            Self::Single(_, array) if array.null_count() == array.len() => Cases::default(),
            Self::Single(Case::Integer, array) => array
                .as_primitive::<Int64Type>()
                .iter()
                .flatten()
                .map(Cases::of_integer)
                .fold(Cases::default(), Cases::join),
            Self::Single(case, _) => Cases::one(*case),
            Self::Numeric { .. } | Self::Mixed(_) => {
                (0..self.len()).map(|row| Cases::of(&self.value(row))).fold(Cases::default(), Cases::join)
            }
        }
    }

    pub(crate) fn is_missing(&self, row: usize) -> bool {
        match self {
            Self::Missing(_) => true,
            Self::Single(_, array) => array.is_null(row),
            Self::Numeric { numbers, .. } => numbers.is_null(row),
            Self::Mixed(values) => values.as_slice()[row] == Value::Null,
        }
    }

    /// The value as it was; `row` is below its length.
    pub(crate) fn value(&self, row: usize) -> Value {
        match self {
            _ if self.is_missing(row) => Value::Null,
            Self::Missing(_) => Value::Null,
            Self::Single(case, array) => single(*case, array, row),
            #[expect(clippy::cast_possible_truncation, reason = "it was a whole number that a number can be")]
            Self::Numeric { numbers, whole } if whole.value(row) => Value::Integer(numbers.value(row) as i64),
            Self::Numeric { numbers, .. } => Value::Number(numbers.value(row)),
            Self::Mixed(values) => values.as_slice()[row].clone(),
        }
    }

    /// One below the other. None if arrow cannot hold so much in one array.
    pub(crate) fn below(&self, other: &Self) -> Option<Self> {
        let arrays = |case, upper: &dyn Array, lower: &dyn Array| {
            concat(&[upper, lower]).ok().map(|array| Self::Single(case, array))
        };
        match (self, other) {
            (Self::Missing(upper), Self::Missing(lower)) => Some(Self::Missing(upper + lower)),
            (Self::Single(case, upper), Self::Single(other, lower)) if case == other => {
                arrays(*case, upper, lower)
            }
            (Self::Missing(rows), Self::Single(case, lower)) => {
                arrays(*case, &new_null_array(lower.data_type(), *rows), lower)
            }
            (Self::Single(case, upper), Self::Missing(rows)) => {
                arrays(*case, upper, &new_null_array(upper.data_type(), *rows))
            }
            _ => Some(self.values().chain(other.values()).collect()),
        }
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.len()).map(|row| self.value(row))
    }
}

/// A number or a whole number as a number.
#[expect(clippy::cast_precision_loss, reason = "the caller has asked for numbers")]
pub(crate) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(integer) => Some(*integer as f64),
        Value::Number(number) => Some(*number),
        _ => None,
    }
}

fn single(case: Case, array: &ArrayRef, row: usize) -> Value {
    let list = |array: &ListArray| array.value(row);
    match case {
        Case::Boolean => Value::Boolean(array.as_boolean().value(row)),
        Case::Integer => Value::Integer(array.as_primitive::<Int64Type>().value(row)),
        Case::Number => Value::Number(array.as_primitive::<Float64Type>().value(row)),
        Case::Text => Value::Text(array.as_string::<i32>().value(row).to_owned()),
        Case::Json => Value::Json(array.as_string::<i32>().value(row).to_owned()),
        Case::Bytes => Value::Bytes(array.as_binary::<i32>().value(row).to_vec()),
        Case::Integers => {
            Value::Integers(list(array.as_list()).as_primitive::<Int64Type>().values().to_vec())
        }
        Case::Numbers => {
            Value::Numbers(list(array.as_list()).as_primitive::<Float64Type>().values().to_vec())
        }
        Case::Texts => Value::Texts(
            list(array.as_list()).as_string::<i32>().iter().flatten().map(str::to_owned).collect(),
        ),
    }
}
