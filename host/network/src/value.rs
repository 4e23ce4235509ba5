//! What a task carries: named values.
//!
//! The ten cases are those of `value` in the WIT contract (`guest-sdk/wit/worker.wit`), in the same order.

/// A scalar, a vector, or anything nested as JSON text.
///
/// Numbers keep NaN and the infinities; [`Value::Null`] is a missing value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Missing.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number, NaN and the infinities included.
    Number(f64),
    /// Text.
    Text(String),
    /// Raw bytes.
    Bytes(Vec<u8>),
    /// A vector of whole numbers.
    Integers(Vec<i64>),
    /// A vector of numbers.
    Numbers(Vec<f64>),
    /// A vector of texts.
    Texts(Vec<String>),
    /// Anything nested, as JSON text.
    Json(String),
}

impl Value {
    /// How many bytes of content this value holds; names and framing are not counted.
    pub fn size(&self) -> usize {
        match self {
            Self::Null => 0,
            Self::Boolean(_) => 1,
            Self::Integer(_) | Self::Number(_) => 8,
            Self::Text(text) | Self::Json(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Integers(values) => values.len() * 8,
            Self::Numbers(values) => values.len() * 8,
            Self::Texts(texts) => texts.iter().map(String::len).sum(),
        }
    }

    /// Whether both are the same bit by bit: then NaN is itself, which it does not equal.
    pub fn is_identical(&self, other: &Self) -> bool {
        let same = |one: &f64, other: &f64| one.to_bits() == other.to_bits();
        match (self, other) {
            (Self::Number(one), Self::Number(other)) => same(one, other),
            (Self::Numbers(one), Self::Numbers(other)) => {
                one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
            }
            _ => self == other,
        }
    }
}

macro_rules! from {
    ($($type:ty => $case:ident),* $(,)?) => {
        $(impl From<$type> for Value {
            fn from(value: $type) -> Self {
                Self::$case(value.into())
            }
        })*
    };
}

from! {
    bool => Boolean, i64 => Integer, i32 => Integer, u32 => Integer, f64 => Number, f32 => Number,
    String => Text, &str => Text, Vec<u8> => Bytes, Vec<i64> => Integers, Vec<f64> => Numbers, Vec<String> => Texts,
}

impl From<serde_json::Value> for Value {
    /// Scalars become scalars; arrays and objects stay JSON.
    fn from(value: serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match value {
            Json::Null => Self::Null,
            Json::Bool(boolean) => Self::Boolean(boolean),
            Json::String(text) => Self::Text(text),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Self::Integer(integer),
                (None, Some(number)) => Self::Number(number),
                (None, None) => Self::Json(number.to_string()),
            },
            nested @ (Json::Array(_) | Json::Object(_)) => Self::Json(nested.to_string()),
        }
    }
}

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// The name; unique within one list, any text, also empty.
    pub name: String,
    /// The value.
    pub value: Value,
}

impl Field {
    /// A field of this name and value.
    pub fn new(name: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { name: name.into(), value: value.into() }
    }

    /// Whether both have the same name, and [the same value](Value::is_identical).
    pub fn is_identical(&self, other: &Self) -> bool {
        self.name == other.name && self.value.is_identical(&other.value)
    }
}

/// An ordered, named list; names are unique.
pub type Fields = Vec<Field>;

/// Writes an ordered, named list: `fields! { "x1" => 1.5, "x2" => 2.0 }`.
///
/// ```
/// use rush_network::{Value, fields};
/// let xs = fields! { "x1" => 1.5, "kernel" => "rbf" };
/// assert_eq!(xs[1].value, Value::Text("rbf".into()));
/// ```
#[macro_export]
macro_rules! fields {
    ($($name:expr => $value:expr),* $(,)?) => {
        ::std::vec![$($crate::Field::new($name, $value)),*]
    };
}

/// The value of the field of this name.
pub fn field<'a>(fields: &'a [Field], name: &str) -> Option<&'a Value> {
    fields.iter().find(|field| field.name == name).map(|field| &field.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_a_number_is_identical_to_itself_and_to_no_other() {
        let numbers = |number: f64| [Value::Number(number), Value::Numbers(vec![1.0, number])];
        let other = f64::from_bits(f64::NAN.to_bits() ^ 1);
        for ((nan, again), other) in numbers(f64::NAN).into_iter().zip(numbers(f64::NAN)).zip(numbers(other))
        {
            assert!(nan.is_identical(&again) && nan != again);
            assert!(!nan.is_identical(&other));
        }
        assert!(!Value::Numbers(vec![1.0]).is_identical(&Value::Numbers(vec![1.0, 2.0])));
        assert!(!Value::Integer(1).is_identical(&Value::Number(1.0)));
        assert!(Value::from("a").is_identical(&Value::from("a")));
        assert!(Field::new("x", 1).is_identical(&Field::new("x", 1)));
        assert!(!Field::new("x", 1).is_identical(&Field::new("y", 1)));
    }
}
