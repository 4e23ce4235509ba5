//! Reading tasks: first the keys of all states at one moment, then the hashes, a page at a time.

use redis::{Pipeline, Value};

use crate::{
    Error, Fields, Network, Result, State, Task, TaskKey, WorkerId,
    hash_pages::{FIRST_PAGE, next_page},
    reply,
};

const FIELDS: [&str; 7] = ["xs", "ys", "xs_extra", "ys_extra", "condition", "worker_id", "attempts"];

impl Network {
    /// The tasks in the given states, each exactly once, in the order of the states, within one in the order of its list.
    ///
    /// A task whose hash has vanished is left out with a warning.
    pub async fn tasks(&self, states: &[State]) -> Result<Vec<Task>> {
        let mut tasks = Vec::new();
        let (mut vanished, mut size) = (0, FIRST_PAGE);
        for (state, keys) in self.task_keys(states).await? {
            tasks.reserve(keys.len());
            let mut rest = keys.as_slice();
            while !rest.is_empty() {
                let (page, later) = rest.split_at(size.min(rest.len()));
                rest = later;
                let bytes = self.read_page(state, page, &mut tasks, &mut vanished).await?;
                size = next_page(page.len(), bytes);
            }
        }
        self.warn_of_vanished(vanished);
        Ok(tasks)
    }

    /// These tasks, each in the state in which it was a moment before; none for a key of no task.
    pub async fn tasks_by_key(&self, keys: &[TaskKey]) -> Result<Vec<Option<Task>>> {
        let states = self.states(keys).await?;
        let mut tasks = Vec::with_capacity(keys.len());
        for (keys, states) in keys.chunks(FIRST_PAGE).zip(states.chunks(FIRST_PAGE)) {
            let values = self.inner.bulk().await?.send_all(&hashes(keys)).await?;
            for ((key, state), value) in keys.iter().zip(states).zip(values) {
                tasks.push(match state {
                    Some(state) => self.read_task(key, *state, value)?,
                    None => None,
                });
            }
        }
        Ok(tasks)
    }

    /// Answers how many bytes that were.
    async fn read_page(
        &self,
        state: State,
        keys: &[TaskKey],
        tasks: &mut Vec<Task>,
        vanished: &mut usize,
    ) -> Result<usize> {
        let values = self.inner.bulk().await?.send_all(&hashes(keys)).await?;
        let mut bytes = 0;
        for (key, value) in keys.iter().zip(values) {
            bytes += reply::size(&value);
            match self.read_task(key, state, value)? {
                Some(task) => tasks.push(task),
                None => *vanished += 1,
            }
        }
        Ok(bytes)
    }

    fn read_task(&self, key: &TaskKey, state: State, value: Value) -> Result<Option<Task>> {
        let values = reply::array(value)?;
        if values.iter().all(|value| *value == Value::Nil) {
            return Ok(None);
        }
        let [xs, ys, xs_extra, ys_extra, condition, worker_id, attempts]: [Value; 7] =
            values.try_into().map_err(|values| reply::unexpected(&Value::Array(values)))?;
        let codec = &self.inner.codec;
        let corrupt = |field: &str, cause: &dyn ToString| corrupt(key, field, cause);
        let condition = reply::bytes(condition)?
            .map(|bytes| codec.decode_condition(&bytes).map_err(|error| corrupt("condition", &error)))
            .transpose()?;
        let worker_id = reply::bytes(worker_id)?
            .map(|bytes| codec.decode_text(&bytes).map_err(|error| corrupt("worker_id", &error)))
            .transpose()?;
        let attempt = reply::text(attempts)?.and_then(|text| text.parse().ok()).unwrap_or(0);
        Ok(Some(Task {
            key: key.clone(),
            state,
            xs: self.decode_fields(key, "xs", xs)?,
            ys: self.decode_fields(key, "ys", ys)?,
            xs_extra: self.decode_fields(key, "xs_extra", xs_extra)?,
            ys_extra: self.decode_fields(key, "ys_extra", ys_extra)?,
            condition,
            worker_id: worker_id.map(WorkerId::stored),
            attempt,
        }))
    }

    /// One field of a task's hash; an absent one is an empty list.
    pub(crate) fn decode_fields(&self, key: &TaskKey, field: &str, value: Value) -> Result<Fields> {
        match reply::bytes(value)? {
            None => Ok(Fields::new()),
            Some(bytes) => {
                self.inner.codec.decode_fields(&bytes).map_err(|error| corrupt(key, field, &error))
            }
        }
    }
}

fn hashes(keys: &[TaskKey]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(keys.len());
    for key in keys {
        pipeline.cmd("HMGET").arg(key.as_str()).arg(&FIELDS);
    }
    pipeline
}

fn corrupt(key: &TaskKey, field: &str, cause: &dyn ToString) -> Error {
    Error::Corrupt { key: format!("`{field}` of task {key}"), cause: cause.to_string() }
}
