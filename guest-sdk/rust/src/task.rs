//! Tasks as a loop gets them.

use std::fmt;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Condition, Fields, Result, State, bindings::rush::worker::types, from_fields};

/// The key of a task: unique within the network, made by the host.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(String);

impl Key {
    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&Key> for String {
    fn from(key: &Key) -> Self {
        key.0.clone()
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0
    }
}

/// A task that was popped or fetched.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Task {
    /// Names it.
    pub key: Key,
    /// Its state when the host read it.
    pub state: State,
    /// The point, as named values; [`Task::xs`] makes a row of them.
    pub xs: Fields,
    /// The result, once finished.
    pub ys: Fields,
    /// What lies beside the point.
    pub xs_extra: Fields,
    /// What lies beside the result.
    pub ys_extra: Fields,
    /// Why it failed.
    pub condition: Option<Condition>,
    /// Who evaluates or evaluated it.
    pub worker_id: Option<String>,
    /// How often the task was popped; 0 for one that its worker created as running.
    pub attempt: u32,
}

impl Task {
    /// The point as a row.
    pub fn xs<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(from_fields(self.xs.clone())?)
    }

    /// The result as a row.
    pub fn ys<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(from_fields(self.ys.clone())?)
    }

    /// What lies beside the point, as a row.
    pub fn xs_extra<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(from_fields(self.xs_extra.clone())?)
    }

    /// What lies beside the result, as a row.
    pub fn ys_extra<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(from_fields(self.ys_extra.clone())?)
    }
}

impl From<types::Task> for Task {
    fn from(task: types::Task) -> Self {
        Self {
            key: Key(task.key),
            state: task.state,
            xs: task.xs,
            ys: task.ys,
            xs_extra: task.xs_extra,
            ys_extra: task.ys_extra,
            condition: task.condition.map(Condition::from),
            worker_id: task.worker_id,
            attempt: task.attempt,
        }
    }
}
