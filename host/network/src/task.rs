//! Tasks: the unit in which workers exchange information.

use std::fmt;

use crate::{Fields, Invalid, WorkerId};

/// The key of a task: a UUID, behind the network's `{hash tag}` if it has one. It is also the name of the task's hash
/// in Redis, as in rush.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TaskKey(String);

impl TaskKey {
    /// Takes a key that somebody gave us. Whoever may choose keys freely could name any key of the database,
    /// so nothing but a UUID (behind the network's own hash tag) is accepted.
    pub fn parse(text: impl Into<String>, hash_tag: &str) -> Result<Self, Invalid> {
        let text = text.into();
        match text.strip_prefix(hash_tag) {
            Some(uuid) if uuid.len() == 36 && uuid::Uuid::try_parse(uuid).is_ok() => Ok(Self(text)),
            _ => Err(Invalid::TaskKey { key: text }),
        }
    }

    /// A new key, which nobody has used.
    pub(crate) fn new(hash_tag: &str) -> Self {
        let mut text = String::with_capacity(hash_tag.len() + 36);
        text.push_str(hash_tag);
        let mut buffer = uuid::Uuid::encode_buffer();
        text.push_str(uuid::Uuid::new_v4().hyphenated().encode_lower(&mut buffer));
        Self(text)
    }

    /// A key that Redis holds in one of this network's lists.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }

    /// The key as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TaskKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<TaskKey> for String {
    fn from(key: TaskKey) -> Self {
        key.0
    }
}

/// The four states of a task; it is always in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Waits for a worker to pop it.
    Queued,
    /// A worker evaluates it.
    Running,
    /// Has its result.
    Finished,
    /// Has no result, but a condition that says why.
    Failed,
}

impl State {
    /// All states, in the order in which a task can go through them.
    pub const ALL: [Self; 4] = [Self::Queued, Self::Running, Self::Finished, Self::Failed];

    /// The name of the state.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Finished => "finished",
            Self::Failed => "failed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// One of `error`, `trap`, `time-limit`, `memory-limit`, `fuel`, `limit` (another limit of the run file), `denied`,
    /// `cancelled`, `killed`, `lost`, `removed`.
    pub kind: String,
    /// For people.
    pub message: String,
    /// Whatever else is known.
    pub details: Fields,
}

impl Condition {
    /// A condition without details.
    pub fn new(kind: impl Into<String>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into(), details: Fields::new() }
    }

    /// What a failed task has when nothing else was said, as in rush.
    pub fn task_failed() -> Self {
        Self::new("error", "Task failed")
    }
}

/// A task to create as queued or running.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewTask {
    /// The point to evaluate.
    pub xs: Fields,
    /// Anything to store beside it.
    pub extra: Fields,
}

impl From<Fields> for NewTask {
    fn from(xs: Fields) -> Self {
        Self { xs, extra: Fields::new() }
    }
}

/// A task to create with its result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FinishedTask {
    /// The point.
    pub xs: Fields,
    /// Its result.
    pub ys: Fields,
    /// Anything stored beside the point.
    pub xs_extra: Fields,
    /// Anything stored beside the result.
    pub ys_extra: Fields,
}

/// A task to create as failed.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FailedTask {
    /// The point.
    pub xs: Fields,
    /// Anything stored beside it.
    pub xs_extra: Fields,
    /// Why it failed; none reads "Task failed".
    pub condition: Option<Condition>,
}

/// The result of a running task.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The task.
    pub key: TaskKey,
    /// Its result.
    pub ys: Fields,
    /// Anything to store beside it.
    pub extra: Fields,
}

impl Outcome {
    /// A result with nothing beside it.
    pub fn new(key: TaskKey, ys: Fields) -> Self {
        Self { key, ys, extra: Fields::new() }
    }
}

/// The failure of a running task.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// The task.
    pub key: TaskKey,
    /// Why; none reads "Task failed".
    pub condition: Option<Condition>,
}

/// A task as it stands in Redis.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Its key.
    pub key: TaskKey,
    /// Its state when it was read.
    pub state: State,
    /// The point.
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
    pub worker_id: Option<WorkerId>,
    /// How often it was popped; 0 for a task that its worker created as running.
    pub attempt: u32,
}

/// How many tasks are in each state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Counts {
    /// Waiting in the queue or in a worker's own queue.
    pub queued: u64,
    /// Being evaluated.
    pub running: u64,
    /// With a result.
    pub finished: u64,
    /// With a condition.
    pub failed: u64,
}
