//! What a command asks for: operands are fields, and a list of fields travels as elements that share a prefix.

use std::time::Duration;

use rush_worker::{Condition, Error, Field, Fields, Key, Parts, Result, Row, State, Value};

/// The fields of a command, or of a point that an objective gets.
#[derive(Debug)]
pub(crate) struct Operands(pub(crate) Fields);

impl Operands {
    fn find(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|field| field.name == name).map(|field| &field.value)
    }

    pub(crate) fn optional_text(&self, name: &str) -> Option<&str> {
        match self.find(name)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        self.optional_text(name).ok_or_else(|| Error::message(format!("the operand `{name}` is missing")))
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        match self.find(name)? {
            Value::Integer(integer) => Some(*integer),
            _ => None,
        }
    }

    /// How many.
    pub(crate) fn n(&self) -> usize {
        self.integer("n").and_then(|n| usize::try_from(n).ok()).unwrap_or(1)
    }

    pub(crate) fn timeout(&self) -> Option<Duration> {
        self.integer("timeout").and_then(|millis| u64::try_from(millis).ok()).map(Duration::from_millis)
    }

    pub(crate) fn texts(&self, name: &str) -> &[String] {
        match self.find(name) {
            Some(Value::Texts(texts)) => texts,
            _ => &[],
        }
    }

    pub(crate) fn keys(&self) -> Vec<Key> {
        self.texts("keys").iter().cloned().map(Key::from).collect()
    }

    pub(crate) fn states(&self) -> Result<Vec<State>> {
        self.texts("states").iter().map(|name| state(name)).collect()
    }

    pub(crate) fn parts(&self) -> Result<Parts> {
        let part = |name: &String| {
            Ok(match name.as_str() {
                "xs" => Parts::XS,
                "ys" => Parts::YS,
                "xs-extra" => Parts::XS_EXTRA,
                "ys-extra" => Parts::YS_EXTRA,
                "condition" => Parts::CONDITION,
                "worker-id" => Parts::WORKER_ID,
                other => return Err(Error::message(format!("`{other}` is no part"))),
            })
        };
        let parts: Result<Vec<_>> = self.texts("parts").iter().map(part).collect();
        Ok(parts?.into_iter().fold(Parts::empty(), |all, part| all | part))
    }

    /// The elements of this prefix, without it.
    pub(crate) fn fields(&self, prefix: &str) -> Fields {
        let field = |field: &Field| {
            let name = field.name.strip_prefix(prefix)?.strip_prefix('.')?.to_owned();
            Some(Field { name, value: field.value.clone() })
        };
        self.0.iter().filter_map(field).collect()
    }

    /// So many rows as are asked for: `xs` or `ys`, with the extras.
    pub(crate) fn rows(&self, prefix: &str, count: usize) -> Vec<Row> {
        let extra = self.fields(&format!("{prefix}-extra"));
        vec![Row::from_fields(self.fields(prefix)).with_extra_fields(extra); count]
    }

    pub(crate) fn condition(&self) -> Option<Condition> {
        let message = self.optional_text("message")?;
        let mut condition = Condition::new(message).with_kind(self.optional_text("kind").unwrap_or("error"));
        condition.details = self.fields("details");
        Some(condition)
    }

    /// The condition for each of so many tasks, if there is one.
    pub(crate) fn conditions(&self, count: usize) -> Vec<Condition> {
        self.condition().map(|condition| vec![condition; count]).unwrap_or_default()
    }
}

pub(crate) fn state(name: &str) -> Result<State> {
    Ok(match name {
        "queued" => State::Queued,
        "running" => State::Running,
        "finished" => State::Finished,
        "failed" => State::Failed,
        other => return Err(Error::message(format!("`{other}` is no state"))),
    })
}
