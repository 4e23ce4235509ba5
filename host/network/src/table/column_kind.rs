//! What a column holds.

use std::fmt;

use crate::Value;

/// What a column holds, for whoever wants it as a plain vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers; also whole numbers beside others, if a number can be each of them exactly.
    Number,
    /// Whole numbers.
    Integer,
    /// True or false.
    Boolean,
    /// Text.
    Text,
    /// Anything else: vectors, bytes, JSON, values of several kinds, or nothing but missing values.
    Mixed,
}

impl fmt::Display for ColumnKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Text => "text",
            Self::Mixed => "mixed",
        })
    }
}

/// The cases of [`Value`] but for missing ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Boolean,
    Integer,
    Number,
    Text,
    Bytes,
    Integers,
    Numbers,
    Texts,
    Json,
}

impl Case {
    const ALL: [Self; 9] = [
        Self::Boolean,
        Self::Integer,
        Self::Number,
        Self::Text,
        Self::Bytes,
        Self::Integers,
        Self::Numbers,
        Self::Texts,
        Self::Json,
    ];

    /// None for a missing value.
    pub(crate) fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Null => return None,
            Value::Boolean(_) => Self::Boolean,
            Value::Integer(_) => Self::Integer,
            Value::Number(_) => Self::Number,
            Value::Text(_) => Self::Text,
            Value::Bytes(_) => Self::Bytes,
            Value::Integers(_) => Self::Integers,
            Value::Numbers(_) => Self::Numbers,
            Value::Texts(_) => Self::Texts,
            Value::Json(_) => Self::Json,
        })
    }
}

/// The cases that stand in a column. That of several columns, one below the other, is their union.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Cases(u16);

impl Cases {
    /// A whole number that no number is.
    const INEXACT: u16 = 1 << 15;

    pub(crate) fn one(case: Case) -> Self {
        Self(1 << case as u16)
    }

    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Integer(integer) => Self::of_integer(*integer),
            other => Case::of(other).map_or(Self::default(), Self::one),
        }
    }

    pub(crate) fn of_integer(integer: i64) -> Self {
        let inexact = if is_exact(integer) { 0 } else { Self::INEXACT };
        Self(Self::one(Case::Integer).0 | inexact)
    }

    pub(crate) fn join(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The only case of the column, if it has but one.
    pub(crate) fn single(self) -> Option<Case> {
        Case::ALL.into_iter().find(|case| self.0 & !Self::INEXACT == Self::one(*case).0)
    }

    /// Whole numbers and others, which numbers can hold.
    pub(crate) fn numeric(self) -> bool {
        self == Self::one(Case::Integer).join(Self::one(Case::Number))
    }

    pub(crate) fn kind(self) -> ColumnKind {
        match self.single() {
            Some(Case::Boolean) => ColumnKind::Boolean,
            Some(Case::Integer) => ColumnKind::Integer,
            Some(Case::Number) => ColumnKind::Number,
            Some(Case::Text) => ColumnKind::Text,
            None if self.numeric() => ColumnKind::Number,
            _ => ColumnKind::Mixed,
        }
    }
}

/// Whether a number can be this whole number: 53 significant bits are enough.
fn is_exact(integer: i64) -> bool {
    let size = integer.unsigned_abs();
    size == 0 || size >> size.trailing_zeros() < 1 << 53
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(values: &[Value]) -> ColumnKind {
        values.iter().map(Cases::of).fold(Cases::default(), Cases::join).kind()
    }

    #[test]
    fn a_column_of_one_case_has_its_kind() {
        assert_eq!(kind(&[true.into()]), ColumnKind::Boolean);
        assert_eq!(kind(&[1_i64.into(), i64::MAX.into()]), ColumnKind::Integer);
        assert_eq!(kind(&[1.5.into(), Value::Null]), ColumnKind::Number);
        assert_eq!(kind(&["a".into()]), ColumnKind::Text);
        assert_eq!(kind(&[vec![1.0].into()]), ColumnKind::Mixed);
        assert_eq!(kind(&[Value::Null]), ColumnKind::Mixed);
        assert_eq!(kind(&[1.5.into(), "a".into()]), ColumnKind::Mixed);
    }

    #[test]
    fn whole_numbers_beside_others_are_numbers_if_numbers_can_be_them() {
        assert_eq!(kind(&[1_i64.into(), 1.5.into()]), ColumnKind::Number);
        assert_eq!(kind(&[(1_i64 << 53).into(), 1.5.into(), i64::MIN.into()]), ColumnKind::Number);
        assert_eq!(kind(&[((1_i64 << 53) + 1).into(), 1.5.into()]), ColumnKind::Mixed);
        assert_eq!(kind(&[i64::MAX.into(), 1.5.into()]), ColumnKind::Mixed);
    }
}
