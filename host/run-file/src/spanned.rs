//! Values that remember where in the text they were written.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::ops::Range;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};
use serde_spanned::Spanned;

use crate::value_error::ValueError;

/// Byte range in the joined text of all sources, see [`crate::sources`].
pub(crate) type Span = Range<usize>;

/// A value of the right type, with its place.
#[derive(Clone)]
pub(crate) struct At<T> {
    pub(crate) span: Span,
    pub(crate) value: T,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        Ok(Self { span: spanned.span(), value: spanned.into_inner() })
    }
}

impl<T: JsonSchema> JsonSchema for At<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A type that is written as a string, such as a duration.
pub(crate) trait Written: FromStr<Err = ValueError> {
    /// What it is called in messages: "is not a valid …".
    const NOUN: &'static str;
    /// What a reader expects, with an example: "a duration such as \"30s\"".
    const EXPECTED: &'static str;
    /// Regular expression that editors check.
    const PATTERN: Option<&'static str> = None;
}

/// A string that is to become a `T`. It is kept as text until all of the file has been seen, so that one bad value
/// does not hide the next.
pub(crate) struct Text<T> {
    pub(crate) span: Span,
    pub(crate) written: String,
    kind: PhantomData<fn() -> T>,
}

impl<'de, T> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let At { span, value: written } = At::<String>::deserialize(deserializer)?;
        Ok(Self { span, written, kind: PhantomData })
    }
}

/// Keyword of the schema that only the checks of this crate read; it is taken out of what is published.
pub(crate) const EXPECTED_KEYWORD: &str = "x-expected";

impl<T: Written> JsonSchema for Text<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::NOUN.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut schema = schemars::json_schema!({ "type": "string" });
        schema.insert(EXPECTED_KEYWORD.to_owned(), T::EXPECTED.into());
        if let Some(pattern) = T::PATTERN {
            schema.insert("pattern".to_owned(), pattern.into());
        }
        schema
    }
}
