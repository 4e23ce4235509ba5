//! Making a column, value by value.

use std::sync::Arc;

use arrow_array::builder::{
    BinaryBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
};

use super::{column_kind::Case, data::Data};
use crate::Value;

/// A column that grows. It is an arrow array as long as its values are of one case.
pub(crate) struct DataBuilder {
    len: usize,
    /// Rows that are expected.
    capacity: usize,
    values: Values,
}

enum Values {
    Missing,
    Boolean(BooleanBuilder),
    Integer(Int64Builder),
    Number(Float64Builder),
    Text(StringBuilder),
    Bytes(BinaryBuilder),
    Integers(ListBuilder<Int64Builder>),
    Numbers(ListBuilder<Float64Builder>),
    Texts(ListBuilder<StringBuilder>),
    Json(StringBuilder),
    Mixed(Vec<Value>),
}

impl Values {
    /// Room for so many rows; arrow's own default is for a thousand, and most chunks have one.
    fn of(case: Case, rows: usize) -> Self {
        match case {
            Case::Boolean => Self::Boolean(BooleanBuilder::with_capacity(rows)),
            Case::Integer => Self::Integer(Int64Builder::with_capacity(rows)),
            Case::Number => Self::Number(Float64Builder::with_capacity(rows)),
            Case::Text => Self::Text(StringBuilder::with_capacity(rows, 16 * rows)),
            Case::Bytes => Self::Bytes(BinaryBuilder::with_capacity(rows, 16 * rows)),
            Case::Integers => {
                Self::Integers(ListBuilder::with_capacity(Int64Builder::with_capacity(rows), rows))
            }
            Case::Numbers => {
                Self::Numbers(ListBuilder::with_capacity(Float64Builder::with_capacity(rows), rows))
            }
            Case::Texts => {
                let texts = StringBuilder::with_capacity(rows, 16 * rows);
                Self::Texts(ListBuilder::with_capacity(texts, rows))
            }
            Case::Json => Self::Json(StringBuilder::with_capacity(rows, 16 * rows)),
        }
    }

    fn missing(&mut self, rows: usize) {
        match self {
            Self::Missing => {}
            Self::Boolean(builder) => builder.append_nulls(rows),
            Self::Integer(builder) => builder.append_nulls(rows),
            Self::Number(builder) => builder.append_nulls(rows),
            Self::Text(builder) | Self::Json(builder) => builder.append_nulls(rows),
            Self::Bytes(builder) => builder.append_nulls(rows),
            Self::Integers(builder) => builder.append_nulls(rows),
            Self::Numbers(builder) => builder.append_nulls(rows),
            Self::Texts(builder) => builder.append_nulls(rows),
            Self::Mixed(values) => values.resize(values.len() + rows, Value::Null),
        }
    }

    /// Takes a value of its own case, and gives back any other.
    fn push(&mut self, value: Value) -> Result<(), Value> {
        match (self, value) {
            (Self::Boolean(builder), Value::Boolean(boolean)) => builder.append_value(boolean),
            (Self::Integer(builder), Value::Integer(integer)) => builder.append_value(integer),
            (Self::Number(builder), Value::Number(number)) => builder.append_value(number),
            (Self::Text(builder), Value::Text(text)) | (Self::Json(builder), Value::Json(text)) => {
                builder.append_value(text);
            }
            (Self::Bytes(builder), Value::Bytes(bytes)) => builder.append_value(bytes),
            (Self::Integers(builder), Value::Integers(integers)) => {
                builder.values().append_slice(&integers);
                builder.append(true);
            }
            (Self::Numbers(builder), Value::Numbers(numbers)) => {
                builder.values().append_slice(&numbers);
                builder.append(true);
            }
            (Self::Texts(builder), Value::Texts(texts)) => {
                for text in texts {
                    builder.values().append_value(text);
                }
                builder.append(true);
            }
            (Self::Mixed(values), value) => values.push(value),
            (_, other) => return Err(other),
        }
        Ok(())
    }

    fn finish(self, len: usize) -> Data {
        match self {
            Self::Missing => Data::Missing(len),
            Self::Boolean(mut builder) => Data::Single(Case::Boolean, Arc::new(builder.finish())),
            Self::Integer(mut builder) => Data::Single(Case::Integer, Arc::new(builder.finish())),
            Self::Number(mut builder) => Data::Single(Case::Number, Arc::new(builder.finish())),
            Self::Text(mut builder) => Data::Single(Case::Text, Arc::new(builder.finish())),
            Self::Bytes(mut builder) => Data::Single(Case::Bytes, Arc::new(builder.finish())),
            Self::Integers(mut builder) => Data::Single(Case::Integers, Arc::new(builder.finish())),
            Self::Numbers(mut builder) => Data::Single(Case::Numbers, Arc::new(builder.finish())),
            Self::Texts(mut builder) => Data::Single(Case::Texts, Arc::new(builder.finish())),
            Self::Json(mut builder) => Data::Single(Case::Json, Arc::new(builder.finish())),
            Self::Mixed(values) => Data::of_several_cases(values),
        }
    }
}

impl DataBuilder {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self { len: 0, capacity: rows, values: Values::Missing }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn missing(&mut self, rows: usize) {
        if rows > 0 {
            self.values.missing(rows);
            self.len += rows;
        }
    }

    pub(crate) fn push(&mut self, value: Value) {
        let Some(case) = Case::of(&value) else { return self.missing(1) };
        if let Err(value) = self.values.push(value) {
            let earlier =
                std::mem::replace(&mut self.values, Values::of(case, self.capacity.max(self.len + 1)));
            if matches!(earlier, Values::Missing) {
                self.values.missing(self.len);
            } else {
                let earlier = earlier.finish(self.len);
                self.values = Values::Mixed((0..self.len).map(|row| earlier.value(row)).collect());
            }
            // The first is of its own case, the second takes any.
            let taken = self.values.push(value);
            debug_assert!(taken.is_ok());
        }
        self.len += 1;
    }

    pub(crate) fn finish(self) -> Data {
        self.values.finish(self.len)
    }
}

impl FromIterator<Value> for Data {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let values = values.into_iter();
        let mut builder = DataBuilder::with_capacity(values.size_hint().0);
        values.for_each(|value| builder.push(value));
        builder.finish()
    }
}
