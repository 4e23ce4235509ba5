//! What a parameter is set to.

use std::fmt;

use rush_worker::Value;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

/// What a parameter is set to: at one point, or one level of a category.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Setting {
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Text(String),
}

impl Setting {
    /// What it is called in messages.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "booleans",
            Self::Integer(_) => "integers",
            Self::Number(_) => "numbers",
            Self::Text(_) => "texts",
        }
    }

    /// Whether a value of a task is this setting. A whole number may have become an integer on its way through a file.
    #[expect(clippy::float_cmp, clippy::cast_precision_loss, reason = "levels are exact")]
    pub fn is(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Boolean(own), Value::Boolean(other)) => own == other,
            (Self::Text(own), Value::Text(other)) => own == other,
            (Self::Integer(own), Value::Integer(other)) => own == other,
            (Self::Integer(own), Value::Number(other)) => *own as f64 == *other,
            (Self::Number(own), Value::Integer(other)) => *own == *other as f64,
            (Self::Number(own), Value::Number(other)) => own == other,
            _ => false,
        }
    }
}

/// As it would stand in the run file.
impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(boolean) => write!(formatter, "{boolean}"),
            Self::Integer(integer) => write!(formatter, "{integer}"),
            Self::Number(number) => write!(formatter, "{number}"),
            Self::Text(text) => write!(formatter, "{text:?}"),
        }
    }
}

impl Serialize for Setting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Boolean(boolean) => serializer.serialize_bool(*boolean),
            Self::Integer(integer) => serializer.serialize_i64(*integer),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Setting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SettingVisitor)
    }
}

struct SettingVisitor;

impl Visitor<'_> for SettingVisitor {
    type Value = Setting;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text, an integer, a number or a boolean")
    }

    fn visit_bool<E: de::Error>(self, boolean: bool) -> Result<Setting, E> {
        Ok(Setting::Boolean(boolean))
    }

    fn visit_i64<E: de::Error>(self, integer: i64) -> Result<Setting, E> {
        Ok(Setting::Integer(integer))
    }

    fn visit_u64<E: de::Error>(self, integer: u64) -> Result<Setting, E> {
        match i64::try_from(integer) {
            Ok(integer) => Ok(Setting::Integer(integer)),
            Err(_) => Err(E::invalid_value(de::Unexpected::Unsigned(integer), &self)),
        }
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Setting, E> {
        Ok(Setting::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Setting, E> {
        Ok(Setting::Text(text.to_owned()))
    }
}
