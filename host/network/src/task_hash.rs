//! The hash of a task: which of its fields are read, and what they say.

use redis::{Pipeline, Value};

use crate::{
    Codec, Error, Network, Parts, Result, State, reply,
    table::{ChunkBuilder, Part},
};

/// A field of a task's hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Part(Part),
    Condition,
    WorkerId,
    Attempts,
}

impl Field {
    fn as_str(self) -> &'static str {
        match self {
            Self::Part(part) => part.as_str(),
            Self::Condition => "condition",
            Self::WorkerId => "worker_id",
            Self::Attempts => "attempts",
        }
    }
}

/// What is read of tasks that are in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) state: State,
    fields: Vec<Field>,
}

impl Wanted {
    /// Only what a task of this state has. So one that has moved on since shows itself as it was.
    pub(crate) fn new(state: State, parts: Parts) -> Self {
        let results = state == State::Finished;
        let has = |part: Part| match part {
            Part::Xs | Part::XsExtra => true,
            Part::Ys | Part::YsExtra => results,
        };
        let wanted = Part::ALL.into_iter().filter(|part| parts.wants(*part) && has(*part));
        let mut fields: Vec<Field> = wanted.map(Field::Part).collect();
        if parts.condition && state == State::Failed {
            fields.push(Field::Condition);
        }
        if parts.worker_id && state != State::Queued {
            fields.push(Field::WorkerId);
        }
        fields.push(Field::Attempts);
        Self { state, fields }
    }

    /// Separated by spaces, as a script takes them.
    pub(crate) fn joined(&self) -> String {
        self.fields.iter().map(|field| field.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Whether a hash that exists has one of the fields for certain: every task has `xs`.
    fn tells_existence(&self) -> bool {
        self.fields.contains(&Field::Part(Part::Xs))
    }

    /// Reads the hashes of these tasks.
    pub(crate) fn pipeline(&self, keys: &[String]) -> Pipeline {
        let mut pipeline = Pipeline::with_capacity(2 * keys.len());
        for key in keys {
            let cmd = pipeline.cmd("HMGET").arg(key);
            for field in &self.fields {
                cmd.arg(field.as_str());
            }
            if !self.tells_existence() {
                pipeline.cmd("EXISTS").arg(key);
            }
        }
        pipeline
    }

    /// How many elements a hash seems to have, without reading them.
    pub(crate) fn elements(&self, codec: &dyn Codec, hash: &Value) -> usize {
        let Value::Array(values) = hash else { return 0 };
        let elements = self.fields.iter().zip(values).map(|(field, value)| match (field, value) {
            (Field::Part(_), Value::BulkString(bytes)) => codec.count_fields(bytes),
            _ => 0,
        });
        elements.fold(0, usize::saturating_add)
    }

    /// The hashes in what such a pipeline answered; nil for one that has vanished.
    pub(crate) fn hashes(&self, values: Vec<Value>) -> Vec<Value> {
        if self.tells_existence() {
            return values;
        }
        let mut values = values.into_iter();
        let mut hashes = Vec::with_capacity(values.len() / 2);
        while let (Some(hash), Some(exists)) = (values.next(), values.next()) {
            hashes.push(if exists == Value::Int(0) { Value::Nil } else { hash });
        }
        hashes
    }
}

impl Network {
    /// Adds a task as its hash shows it; false if the hash has vanished.
    pub(crate) fn add_task(
        &self,
        builder: &mut ChunkBuilder,
        wanted: &Wanted,
        key: &str,
        hash: Value,
    ) -> Result<bool> {
        let values = reply::array(hash)?;
        let nothing = values.iter().all(|value| *value == Value::Nil);
        if values.is_empty() || (nothing && wanted.tells_existence()) {
            return Ok(false);
        }
        if values.len() != wanted.fields.len() {
            return Err(reply::unexpected(&Value::Array(values)));
        }
        let codec = &self.inner.codec;
        builder.begin(key, wanted.state);
        for (field, value) in wanted.fields.iter().zip(values) {
            let Some(bytes) = reply::bytes(value)? else { continue };
            let read = match field {
                Field::Part(part) => {
                    codec.each_field(&bytes, &mut |name, value| builder.field(*part, name, value))
                }
                Field::Condition => codec.decode_condition(&bytes).map(|read| builder.condition(read)),
                Field::WorkerId => codec.decode_text(&bytes).map(|read| builder.worker_id(read)),
                Field::Attempts => {
                    let attempt = std::str::from_utf8(&bytes).ok().and_then(|text| text.parse().ok());
                    builder.attempt(attempt.unwrap_or(0));
                    Ok(())
                }
            };
            read.map_err(|error| Error::Corrupt {
                key: format!("`{}` of task {key}", field.as_str()),
                cause: error.to_string(),
            })?;
        }
        Ok(true)
    }
}
