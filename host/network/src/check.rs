//! What a call may contain, checked before anything is sent: a refused call has written nothing.

use std::collections::HashSet;

use crate::{Codec, Condition, Error, Field, Invalid, Result, TaskKey, Value};

/// Encodes one named list after checking it; nothing for an empty one that may be left out.
pub(crate) struct Encoder<'a> {
    pub(crate) codec: &'a dyn Codec,
    pub(crate) max_value: usize,
}

impl Encoder<'_> {
    /// `xs` and `ys`, which always stand in the task, also when empty.
    pub(crate) fn fields(&self, list: &'static str, fields: &[Field]) -> Result<Vec<u8>> {
        self.check(list, fields)?;
        self.limited(list, self.codec.encode_fields(fields))
    }

    /// The extras, which are left out when empty.
    pub(crate) fn extra(&self, list: &'static str, fields: &[Field]) -> Result<Vec<u8>> {
        if fields.is_empty() { Ok(Vec::new()) } else { self.fields(list, fields) }
    }

    pub(crate) fn condition(&self, condition: Option<&Condition>) -> Result<Vec<u8>> {
        let default = Condition::task_failed();
        let condition = condition.unwrap_or(&default);
        self.check("details", &condition.details)?;
        self.limited("condition", self.codec.encode_condition(condition))
    }

    fn check(&self, list: &'static str, fields: &[Field]) -> Result<()> {
        names_differ(list, fields.iter().map(|field| field.name.as_str()))?;
        for field in fields {
            // The exact limit holds for what is encoded; a value beyond it is not encoded first.
            if field.value.size() > self.max_value {
                return Err(self.too_large(format!("`{}` in {list}", field.name), field.value.size()));
            }
            if let Value::Json(text) = &field.value
                && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text)
            {
                return Err(Invalid::Json { name: field.name.clone(), cause: error.to_string() }.into());
            }
        }
        Ok(())
    }

    /// The name of an entry of a hash.
    pub(crate) fn name<'n>(&self, name: &'n str) -> Result<&'n str> {
        if name.len() > self.max_value {
            return Err(self.too_large("the name of an entry of a hash".to_owned(), name.len()));
        }
        Ok(name)
    }

    fn limited(&self, what: &str, bytes: Vec<u8>) -> Result<Vec<u8>> {
        if bytes.len() > self.max_value {
            Err(self.too_large(what.to_owned(), bytes.len()))
        } else {
            Ok(bytes)
        }
    }

    fn too_large(&self, what: String, size: usize) -> Error {
        Error::LimitExceeded { what, size, limit: self.max_value }
    }
}

/// No name may stand twice in one list.
pub(crate) fn names_differ<'a>(
    list: &'static str,
    mut names: impl ExactSizeIterator<Item = &'a str> + Clone,
) -> Result<()> {
    let repeated = if names.len() <= 16 {
        let mut rest = names.clone();
        names.find(|name| {
            rest.next();
            rest.clone().any(|later| later == *name)
        })
    } else {
        let mut seen = HashSet::with_capacity(names.len());
        names.find(|name| !seen.insert(*name))
    };
    match repeated {
        None => Ok(()),
        Some(name) => Err(Invalid::RepeatedName { name: name.to_owned(), list }.into()),
    }
}

/// No task may stand twice in one call: which of the two would be the first writer?
pub(crate) fn distinct<'a>(keys: impl ExactSizeIterator<Item = &'a TaskKey>) -> Result<()> {
    if keys.len() < 2 {
        return Ok(());
    }
    let mut seen = HashSet::with_capacity(keys.len());
    for key in keys {
        if !seen.insert(key) {
            return Err(Invalid::RepeatedKey { key: key.to_string() }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MessagePack, fields};

    const ENCODER: Encoder<'_> = Encoder { codec: &MessagePack, max_value: 100 };

    fn refusal(fields: &[Field]) -> String {
        ENCODER.fields("xs", fields).unwrap_err().to_string()
    }

    #[test]
    fn names_are_unique() {
        assert_eq!(
            refusal(&fields! { "a" => 1.0, "b" => 2.0, "a" => 3.0 }),
            "the name `a` stands twice in xs"
        );
        let mut many: Vec<Field> = (0..40).map(|n| Field::new(n.to_string(), 1_i64)).collect();
        assert!(Encoder { max_value: 1 << 20, ..ENCODER }.fields("xs", &many).is_ok());
        many.push(Field::new("7", 1_i64));
        assert_eq!(refusal(&many), "the name `7` stands twice in xs");
        assert!(
            ENCODER.fields("xs", &fields! { "" => 1.0, "ä" => 2.0 }).is_ok(),
            "empty and unicode names are names"
        );
    }

    #[test]
    fn what_is_too_large_is_named() {
        let size_of = |len: usize| fields! { "v" => "x".repeat(len) };
        assert!(ENCODER.fields("ys", &size_of(95)).is_ok());
        assert_eq!(refusal(&size_of(100)), "xs has 105 bytes; `[tasks] max_value` allows 100");
        assert_eq!(refusal(&size_of(101)), "`v` in xs has 101 bytes; `[tasks] max_value` allows 100");
    }

    #[test]
    fn json_is_json() {
        let broken = Field { name: "j".into(), value: Value::Json("{".into()) };
        assert!(refusal(&[broken]).starts_with("the JSON text of `j` is not valid: EOF"));
    }
}
