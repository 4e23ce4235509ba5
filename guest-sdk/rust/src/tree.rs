//! What a row serializes to first: values, nested as they come.

use serde::ser::{self, Serialize, SerializeMap, SerializeSeq};

use crate::{ConversionError, Field, Fields, Value};

/// A serialized value. Vectors of one type are a [`Value`] already; what nests deeper becomes JSON in the end.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree {
    Value(Value),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// A row: each entry of a struct or map becomes a field.
    pub(crate) fn into_fields(self) -> Result<Fields, ConversionError> {
        let entries = match self {
            Self::Map(entries) => entries,
            // `()`: a task without elements.
            Self::Value(Value::Null) => Vec::new(),
            Self::Value(_) | Self::List(_) => {
                return Err(ConversionError::new("a row is a struct or a map with texts as keys"));
            }
        };
        entries
            .into_iter()
            .map(|(name, tree)| {
                let value = tree.into_value().map_err(|error| error.in_field(&name))?;
                Ok(Field { name, value })
            })
            .collect()
    }

    fn into_value(self) -> Result<Value, ConversionError> {
        match self {
            Self::Value(value) => Ok(value),
            nested => serde_json::to_string(&nested)
                .map(Value::Json)
                .map_err(|error| ConversionError::new(error.to_string())),
        }
    }
}

/// Collects the elements of a list, as a typed vector for as long as they allow it.
#[derive(Debug)]
pub(crate) enum ListBuilder {
    Integers(Vec<i64>),
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Mixed(Vec<Tree>),
    Empty { capacity: usize },
}

impl ListBuilder {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        // A length that a `Serialize` merely announces is not to be trusted with much memory.
        Self::Empty { capacity: capacity.min(65_536) }
    }

    pub(crate) fn push(&mut self, element: Tree) {
        match (&mut *self, element) {
            (Self::Integers(list), Tree::Value(Value::Integer(element))) => list.push(element),
            (Self::Numbers(list), Tree::Value(Value::Number(element))) => list.push(element),
            (Self::Texts(list), Tree::Value(Value::Text(element))) => list.push(element),
            (Self::Mixed(list), element) => list.push(element),
            (Self::Empty { capacity }, element) => {
                let capacity = *capacity;
                *self = Self::starting_with(element, capacity);
            }
            (_, element) => {
                let mut items = std::mem::replace(self, Self::Mixed(Vec::new())).into_items();
                items.push(element);
                *self = Self::Mixed(items);
            }
        }
    }

    fn starting_with(first: Tree, capacity: usize) -> Self {
        fn vec<T>(first: T, capacity: usize) -> Vec<T> {
            let mut list = Vec::with_capacity(capacity.max(1));
            list.push(first);
            list
        }
        match first {
            Tree::Value(Value::Integer(first)) => Self::Integers(vec(first, capacity)),
            Tree::Value(Value::Number(first)) => Self::Numbers(vec(first, capacity)),
            Tree::Value(Value::Text(first)) => Self::Texts(vec(first, capacity)),
            first => Self::Mixed(vec(first, capacity)),
        }
    }

    /// The list as a vector of one type, if it is one.
    pub(crate) fn finish(self) -> Tree {
        match self {
            Self::Integers(list) => Tree::Value(Value::Integers(list)),
            Self::Numbers(list) => Tree::Value(Value::Numbers(list)),
            Self::Texts(list) => Tree::Value(Value::Texts(list)),
            // An empty list does not say what it would hold.
            mixed_or_empty => Tree::List(mixed_or_empty.into_items()),
        }
    }

    fn into_items(self) -> Vec<Tree> {
        match self {
            Self::Integers(list) => list.into_iter().map(|item| Tree::Value(Value::Integer(item))).collect(),
            Self::Numbers(list) => list.into_iter().map(|item| Tree::Value(Value::Number(item))).collect(),
            Self::Texts(list) => list.into_iter().map(|item| Tree::Value(Value::Text(item))).collect(),
            Self::Mixed(list) => list,
            Self::Empty { .. } => Vec::new(),
        }
    }
}

/// As JSON, which has no word for NaN and the infinities: rather an error than a `null` in their place.
impl Serialize for Tree {
    fn serialize<S: ser::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        fn number<E: ser::Error>(number: f64) -> Result<f64, E> {
            if number.is_finite() {
                return Ok(number);
            }
            Err(E::custom(format_args!(
                "a nested value is stored as JSON, which cannot hold {number}; make it a field of its own, or missing"
            )))
        }
        match self {
            Self::Value(value) => match value {
                Value::Null => serializer.serialize_unit(),
                Value::Boolean(value) => serializer.serialize_bool(*value),
                Value::Integer(value) => serializer.serialize_i64(*value),
                Value::Number(value) => serializer.serialize_f64(number(*value)?),
                Value::Text(value) => serializer.serialize_str(value),
                Value::Bytes(value) => value.serialize(serializer),
                Value::Integers(value) => value.serialize(serializer),
                Value::Numbers(value) => {
                    let mut list = serializer.serialize_seq(Some(value.len()))?;
                    for value in value {
                        list.serialize_element(&number::<S::Error>(*value)?)?;
                    }
                    list.end()
                }
                Value::Texts(value) => value.serialize(serializer),
                Value::Json(_) => unreachable!("JSON text is made of trees, never part of one"),
            },
            Self::List(list) => list.serialize(serializer),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (name, tree) in entries {
                    map.serialize_entry(name, tree)?;
                }
                map.end()
            }
        }
    }
}
