//! What a command saw.

use std::fmt;

use rush_network::{Field, Fields, Value, field};

use super::model::{same, shortened};

/// The answer to a command.
#[derive(Debug, Clone)]
pub(crate) struct Answer(pub(crate) Fields);

impl Answer {
    /// A value of it, if it has it.
    pub(crate) fn find(&self, name: &str) -> Option<&Value> {
        field(&self.0, name)
    }

    #[track_caller]
    pub(crate) fn text(&self, name: &str) -> String {
        match self.find(name) {
            Some(Value::Text(text)) => text.clone(),
            other => panic!("`{name}` is {other:?}: {self}"),
        }
    }

    /// A list of texts. An empty one may come as empty JSON: a list that a guest makes itself does not say what it would hold.
    #[track_caller]
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        match self.find(name) {
            Some(Value::Texts(texts)) => texts.clone(),
            Some(Value::Json(json)) if json == "[]" => Vec::new(),
            other => panic!("`{name}` is {other:?}: {self}"),
        }
    }

    /// A list of whole numbers; an empty one as [`texts`](Self::texts) has it.
    #[track_caller]
    pub(crate) fn integers(&self, name: &str) -> Vec<i64> {
        match self.find(name) {
            Some(Value::Integers(integers)) => integers.clone(),
            Some(Value::Json(json)) if json == "[]" => Vec::new(),
            other => panic!("`{name}` is {other:?}: {self}"),
        }
    }

    #[track_caller]
    pub(crate) fn numbers(&self, name: &str) -> Vec<f64> {
        match self.find(name) {
            Some(Value::Numbers(numbers)) => numbers.clone(),
            Some(Value::Json(json)) if json == "[]" => Vec::new(),
            other => panic!("`{name}` is {other:?}: {self}"),
        }
    }

    /// The fields under a prefix, in their order.
    pub(crate) fn fields(&self, prefix: &str) -> Fields {
        let under = |field: &Field| {
            let name = field.name.strip_prefix(prefix)?.to_owned();
            Some(Field { name, value: field.value.clone() })
        };
        self.0.iter().filter_map(under).collect()
    }

    /// Asserts a value.
    #[track_caller]
    pub(crate) fn has(&self, name: &str, should: impl Into<Value>) -> &Self {
        let should = should.into();
        let kept = match (self.find(name), &should) {
            (Some(Value::Json(json)), Value::Texts(texts)) if texts.is_empty() => json == "[]",
            (Some(Value::Json(json)), Value::Integers(integers)) if integers.is_empty() => json == "[]",
            (Some(Value::Json(json)), Value::Numbers(numbers)) if numbers.is_empty() => json == "[]",
            (Some(is), should) => same(is, should),
            (None, _) => false,
        };
        assert!(kept, "`{name}` is not {should:?}: {self}");
        self
    }

    /// Asserts that it says nothing.
    #[track_caller]
    pub(crate) fn is_empty(&self) {
        assert!(self.0.is_empty(), "{self}");
    }

    /// Asserts that there is no such value.
    #[track_caller]
    pub(crate) fn lacks(&self, name: &str) -> &Self {
        assert!(self.find(name).is_none(), "`{name}` is there: {self}");
        self
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Field { name, value } in &self.0 {
            write!(formatter, "\n  {name:?}: {}", shortened(value))?;
        }
        Ok(())
    }
}
