//! Values of the WIT contract and those of the network: the same cases in the same order, so all of it is moved, not copied.

use rush_network::{
    Condition, Counts, Error, FailedTask, Failure, Field, Fields, FinishedTask, NewTask, Outcome, State,
    Task, TaskKey, Value, Worker, WorkerId,
};

use crate::answer::TooLarge;
use crate::bindings::rush::worker::types as wit;

pub(super) fn value(value: wit::Value) -> Value {
    match value {
        wit::Value::Null => Value::Null,
        wit::Value::Boolean(boolean) => Value::Boolean(boolean),
        wit::Value::Integer(integer) => Value::Integer(integer),
        wit::Value::Number(number) => Value::Number(number),
        wit::Value::Text(text) => Value::Text(text),
        wit::Value::Bytes(bytes) => Value::Bytes(bytes),
        wit::Value::Integers(integers) => Value::Integers(integers),
        wit::Value::Numbers(numbers) => Value::Numbers(numbers),
        wit::Value::Texts(texts) => Value::Texts(texts),
        wit::Value::Json(json) => Value::Json(json),
    }
}

pub(super) fn wit_value(value: Value) -> wit::Value {
    match value {
        Value::Null => wit::Value::Null,
        Value::Boolean(boolean) => wit::Value::Boolean(boolean),
        Value::Integer(integer) => wit::Value::Integer(integer),
        Value::Number(number) => wit::Value::Number(number),
        Value::Text(text) => wit::Value::Text(text),
        Value::Bytes(bytes) => wit::Value::Bytes(bytes),
        Value::Integers(integers) => wit::Value::Integers(integers),
        Value::Numbers(numbers) => wit::Value::Numbers(numbers),
        Value::Texts(texts) => wit::Value::Texts(texts),
        Value::Json(json) => wit::Value::Json(json),
    }
}

pub(crate) fn fields(fields: wit::Fields) -> Fields {
    fields.into_iter().map(|field| Field { name: field.name, value: value(field.value) }).collect()
}

pub(crate) fn wit_fields(fields: Fields) -> wit::Fields {
    fields.into_iter().map(|field| wit::Field { name: field.name, value: wit_value(field.value) }).collect()
}

pub(crate) fn condition(condition: wit::Condition) -> Condition {
    Condition { kind: condition.kind, message: condition.message, details: fields(condition.details) }
}

pub(crate) fn wit_condition(condition: Condition) -> wit::Condition {
    wit::Condition {
        kind: condition.kind,
        message: condition.message,
        details: wit_fields(condition.details),
    }
}

pub(super) fn state(state: wit::State) -> State {
    match state {
        wit::State::Queued => State::Queued,
        wit::State::Running => State::Running,
        wit::State::Finished => State::Finished,
        wit::State::Failed => State::Failed,
    }
}

pub(super) fn wit_state(state: State) -> wit::State {
    match state {
        State::Queued => wit::State::Queued,
        State::Running => wit::State::Running,
        State::Finished => wit::State::Finished,
        State::Failed => wit::State::Failed,
    }
}

pub(super) fn new_tasks(tasks: Vec<wit::NewTask>) -> Vec<NewTask> {
    tasks.into_iter().map(|task| NewTask { xs: fields(task.xs), extra: fields(task.extra) }).collect()
}

pub(super) fn finished_tasks(tasks: Vec<wit::FinishedTask>) -> Vec<FinishedTask> {
    let convert = |task: wit::FinishedTask| FinishedTask {
        xs: fields(task.xs),
        ys: fields(task.ys),
        xs_extra: fields(task.xs_extra),
        ys_extra: fields(task.ys_extra),
    };
    tasks.into_iter().map(convert).collect()
}

pub(super) fn failed_tasks(tasks: Vec<wit::FailedTask>) -> Vec<FailedTask> {
    let convert = |task: wit::FailedTask| FailedTask {
        xs: fields(task.xs),
        xs_extra: fields(task.xs_extra),
        condition: task.condition.map(condition),
    };
    tasks.into_iter().map(convert).collect()
}

pub(super) fn outcomes(worker: &Worker, outcomes: Vec<wit::Outcome>) -> Result<Vec<Outcome>, Error> {
    let convert = |outcome: wit::Outcome| {
        Ok(Outcome {
            key: worker.parse_key(outcome.key)?,
            ys: fields(outcome.ys),
            extra: fields(outcome.extra),
        })
    };
    outcomes.into_iter().map(convert).collect()
}

pub(super) fn failures(worker: &Worker, failures: Vec<wit::Failure>) -> Result<Vec<Failure>, Error> {
    let convert = |failure: wit::Failure| {
        Ok(Failure { key: worker.parse_key(failure.key)?, condition: failure.condition.map(condition) })
    };
    failures.into_iter().map(convert).collect()
}

pub(super) fn keys(worker: &Worker, keys: Vec<String>) -> Result<Vec<TaskKey>, Error> {
    keys.into_iter().map(|key| worker.parse_key(key)).collect()
}

pub(super) fn wit_keys(keys: Vec<TaskKey>) -> Vec<String> {
    keys.into_iter().map(String::from).collect()
}

pub(super) fn worker_id(id: Option<String>) -> Result<Option<WorkerId>, Error> {
    Ok(id.map(WorkerId::parse).transpose()?)
}

pub(super) fn wit_task(task: Task) -> wit::Task {
    wit::Task {
        key: task.key.into(),
        state: wit_state(task.state),
        xs: wit_fields(task.xs),
        ys: wit_fields(task.ys),
        xs_extra: wit_fields(task.xs_extra),
        ys_extra: wit_fields(task.ys_extra),
        condition: task.condition.map(wit_condition),
        worker_id: task.worker_id.map(|id| id.as_str().to_owned()),
        attempt: task.attempt,
    }
}

pub(super) fn wit_counts(counts: Counts) -> wit::Counts {
    let Counts { queued, running, finished, failed } = counts;
    wit::Counts { queued, running, finished, failed }
}

/// Errors are values: nothing that happens to a call on the network traps.
#[expect(clippy::needless_pass_by_value, reason = "what `map_err` calls")]
pub(super) fn error(error: Error) -> wit::Error {
    let text = error.to_string();
    match error {
        Error::Invalid(_) => wit::Error::Invalid(text),
        Error::LostOwnership { .. } => wit::Error::LostOwnership(text),
        Error::BudgetExhausted { left } => wit::Error::BudgetExhausted(left),
        Error::StorageFull { .. } => wit::Error::StorageFull(text),
        Error::LimitExceeded { .. } => wit::Error::LimitExceeded(text),
        // Not the loop's fault, and perhaps different the next time.
        _ => wit::Error::Unavailable(text),
    }
}

/// For a call that can say so.
pub(super) fn too_large(too_large: TooLarge) -> wit::Error {
    wit::Error::LimitExceeded(too_large.to_string())
}
