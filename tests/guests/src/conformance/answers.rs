//! What a command saw, as fields.

use rush_worker::{Condition, Error, Field, Fields, Key, Result, State, Task, Value};

/// Collects fields.
#[derive(Debug, Default)]
pub(crate) struct Answer(pub(crate) Fields);

impl Answer {
    pub(crate) fn with(mut self, name: impl Into<String>, value: Value) -> Self {
        self.add(name, value);
        self
    }

    pub(crate) fn add(&mut self, name: impl Into<String>, value: Value) {
        self.0.push(Field { name: name.into(), value });
    }

    /// A list of fields, under a prefix.
    pub(crate) fn add_fields(&mut self, prefix: &str, fields: Fields) {
        for Field { name, value } in fields {
            self.add(format!("{prefix}.{name}"), value);
        }
    }

    pub(crate) fn add_condition(&mut self, prefix: &str, condition: Condition) {
        self.add(format!("{prefix}kind"), Value::Text(condition.kind));
        self.add(format!("{prefix}message"), Value::Text(condition.message));
        self.add_fields(&format!("{prefix}details"), condition.details);
    }

    pub(crate) fn add_task(&mut self, prefix: &str, task: Task) {
        self.add(format!("{prefix}key"), Value::Text(task.key.to_string()));
        self.add(format!("{prefix}state"), Value::Text(name(task.state).into()));
        self.add(format!("{prefix}attempt"), Value::Integer(task.attempt.into()));
        self.add(format!("{prefix}worker-id"), task.worker_id.map_or(Value::Null, Value::Text));
        for (part, fields) in
            [("xs", task.xs), ("ys", task.ys), ("xs-extra", task.xs_extra), ("ys-extra", task.ys_extra)]
        {
            self.add_fields(&format!("{prefix}{part}"), fields);
        }
        if let Some(condition) = task.condition {
            self.add_condition(prefix, condition);
        }
    }

    pub(crate) fn of_keys(name: &str, keys: Vec<Key>) -> Self {
        Self::default().with(name, key_texts(keys))
    }
}

pub(crate) fn key_texts(keys: Vec<Key>) -> Value {
    Value::Texts(keys.into_iter().map(String::from).collect())
}

pub(crate) fn booleans(list: &[bool]) -> Value {
    Value::Integers(list.iter().map(|&boolean| boolean.into()).collect())
}

pub(crate) fn name(state: State) -> &'static str {
    match state {
        State::Queued => "queued",
        State::Running => "running",
        State::Finished => "finished",
        State::Failed => "failed",
    }
}

/// What a call says that was refused; what is not of the host ends the loop.
pub(crate) fn refusal(error: Error) -> Result<Fields> {
    let (case, message) = match &error {
        Error::Invalid(message) => ("invalid", message.clone()),
        Error::LostOwnership(message) => ("lost-ownership", message.clone()),
        Error::BudgetExhausted { .. } => ("budget-exhausted", String::new()),
        Error::StorageFull(message) => ("storage-full", message.clone()),
        Error::Unavailable(message) => ("unavailable", message.clone()),
        Error::LimitExceeded(message) => ("limit-exceeded", message.clone()),
        Error::Denied(message) => ("denied", message.clone()),
        _ => return Err(error),
    };
    let mut answer =
        Answer::default().with("error", Value::Text(case.into())).with("message", Value::Text(message));
    if let Error::BudgetExhausted { remaining } = error {
        answer.add("room", Value::Integer(i64::try_from(remaining).unwrap_or(i64::MAX)));
    }
    Ok(answer.0)
}
