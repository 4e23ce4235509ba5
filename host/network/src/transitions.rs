//! What a worker does with tasks.
//!
//! Every call is one round trip, whatever its length, and an empty list is a no-op without one. Keys of new tasks are made
//! here, so that a call can be sent again when its reply was lost.

use std::{sync::Arc, time::Duration};

use redis::{Cmd, Value};
use tokio::time::Instant;

use crate::{
    Error, FailedTask, Failure, FinishedTask, Invalid, NewTask, Outcome, Result, State, Task, TaskKey,
    Worker, WorkerId,
    budget::admitted,
    check::distinct,
    group::{Call, Kind},
    network::is_bulk,
    reply, script,
};

impl Worker {
    /// Creates queued tasks; with `worker`, in that worker's own queue, which it pops first. Returns their keys.
    pub async fn push(&self, tasks: &[NewTask], worker: Option<&WorkerId>) -> Result<Vec<TaskKey>> {
        self.inner.network.push_as(self.pusher(), tasks, worker).await
    }

    /// Creates tasks with their results. Returns their keys.
    pub async fn push_finished(&self, tasks: &[FinishedTask]) -> Result<Vec<TaskKey>> {
        self.inner.network.push_finished_as(self.pusher(), tasks).await
    }

    /// Creates tasks as failed. Returns their keys.
    pub async fn push_failed(&self, tasks: &[FailedTask]) -> Result<Vec<TaskKey>> {
        self.inner.network.push_failed_as(self.pusher(), tasks).await
    }

    /// Creates tasks that this worker evaluates now. Returns their keys.
    ///
    /// [`Error::BudgetExhausted`] if they are more than an exact run has room for: none of them is created.
    pub async fn push_running(&self, tasks: &[NewTask]) -> Result<Vec<TaskKey>> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let (created, answer) = self.step(&[], tasks).await?;
        admitted(answer)?;
        Ok(created)
    }

    /// Takes the oldest queued task, of this worker's own queue before the common one, and marks it as running.
    ///
    /// Waits for up to `timeout`; none after that, or as soon as the worker should end.
    pub async fn pop(&self, timeout: Duration) -> Result<Option<Task>> {
        let deadline = Instant::now().checked_add(timeout);
        loop {
            // Listening begins before looking, so that a push in between is heard.
            let common = self.inner.network.inner.local.queue.notified();
            let own = self.inner.signals.changed.notified();
            tokio::pin!(common, own);
            common.as_mut().enable();
            own.as_mut().enable();
            if let Some(task) = self.pop_now().await? {
                return Ok(Some(task));
            }
            if timeout.is_zero() || self.terminated() {
                return Ok(None);
            }
            let time_is_up = async {
                match deadline {
                    Some(deadline) => tokio::time::sleep_until(deadline).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = common => {}
                () = own => {}
                () = time_is_up => return Ok(None),
            }
        }
    }

    /// One look. Should it be dropped on its way, or its reply be lost, the next has the same number and gets the same task.
    async fn pop_now(&self) -> Result<Option<Task>> {
        let own = &self.inner.keys;
        let mut answered = self.inner.pops.lock().await;
        let values = loop {
            let request = *answered + 1;
            let mut values = Cmd::with_capacity(6, 256);
            values.arg(&own.info).arg(&own.queue).arg(&own.running);
            values.arg(self.inner.incarnation).arg(request).arg(&self.inner.encoded_id);
            match self.ask(Kind::Pops, self.call(3, values), 1).await? {
                // One that was dropped may come after this one, and find something: the next has the same number still.
                Value::Nil => return Ok(None),
                // One that was dropped got a task that is settled.
                Value::Int(_) => *answered = request,
                Value::Array(values) => {
                    *answered = request;
                    break values;
                }
                other => return Err(reply::unexpected(&other)),
            }
        };
        drop(answered);
        let [key, xs, xs_extra, attempts]: [Value; 4] =
            values.try_into().map_err(|values| reply::unexpected(&Value::Array(values)))?;
        let key = TaskKey::stored(reply::text(key)?.unwrap_or_default());
        let attempt = u32::try_from(reply::count(&attempts)?).unwrap_or(u32::MAX);
        let network = &self.inner.network;
        Ok(Some(Task {
            state: State::Running,
            xs: network.decode_fields(&key, "xs", xs)?,
            ys: Vec::new(),
            xs_extra: network.decode_fields(&key, "xs_extra", xs_extra)?,
            ys_extra: Vec::new(),
            condition: None,
            worker_id: Some(self.inner.id.clone()),
            attempt,
            key,
        }))
    }

    /// Saves results and marks the tasks as finished. Returns the keys that were refused, because somebody settled them
    /// first; their fields are untouched.
    pub async fn finish(&self, outcomes: &[Outcome]) -> Result<Vec<TaskKey>> {
        if outcomes.is_empty() {
            return Ok(Vec::new());
        }
        let (_, answer) = self.step(outcomes, &[]).await?;
        self.refused_outcomes(outcomes, answer)
    }

    /// Marks running tasks of this worker as failed. Returns the refused keys, as [`finish`](Self::finish) does.
    pub async fn fail(&self, failures: &[Failure]) -> Result<Vec<TaskKey>> {
        if failures.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.inner.network.inner.keys;
        let own = &self.inner.keys;
        distinct(failures.iter().map(|failure| &failure.key))?;
        let mut call = script::FAIL.call(4 + failures.len(), 256 + 128 * failures.len());
        call.arg(&own.info).arg(&keys.running_tasks).arg(&own.running).arg(&keys.failed_tasks);
        add_keys(&mut call, failures.iter().map(|failure| &failure.key));
        call.arg(self.inner.incarnation).arg(&self.inner.encoded_id);
        let encoder = self.inner.network.encoder();
        for failure in failures {
            call.arg(encoder.condition(failure.condition.as_ref())?);
        }
        let answer = self.send(&call, failures.len()).await?;
        let refused = reply::array(known(failures.iter().map(|failure| &failure.key), answer)?)?;
        let refused = refused.iter().map(|index| picked(failures, index).map(|failure| failure.key.clone()));
        self.heard_refused(refused.collect())
    }

    /// [`finish`](Self::finish), then [`push_running`](Self::push_running), in one round trip. If a finish is refused nothing
    /// is pushed; if the budget has no room for all of `next` the finish stands. Either way the list of new keys is then empty.
    pub async fn finish_and_push_running(
        &self,
        outcomes: &[Outcome],
        next: &[NewTask],
    ) -> Result<Vec<TaskKey>> {
        if outcomes.is_empty() {
            return match self.push_running(next).await {
                Err(Error::BudgetExhausted { .. }) => Ok(Vec::new()),
                pushed => pushed,
            };
        }
        if next.is_empty() {
            return self.finish(outcomes).await.map(|_| Vec::new());
        }
        let (created, mut answer) = self.step(outcomes, next).await?;
        let over_budget = match &mut answer {
            Value::Array(values) => values.pop_if(|value| *value == Value::Int(-1)).is_some(),
            _ => false,
        };
        let refused = self.refused_outcomes(outcomes, answer)?;
        if over_budget {
            return Ok(Vec::new());
        }
        Ok(if refused.is_empty() { created } else { Vec::new() })
    }

    /// Finishes and creates; either may be nothing. The keys of what is new, and what the script says.
    async fn step(&self, outcomes: &[Outcome], next: &[NewTask]) -> Result<(Vec<TaskKey>, Value)> {
        let network = &self.inner.network;
        distinct(outcomes.iter().map(|outcome| &outcome.key))?;
        let created: Vec<TaskKey> = next.iter().map(|_| network.inner.keys.new_task()).collect();
        let tasks = outcomes.len() + next.len();
        let mut values = Cmd::with_capacity(7 + 3 * tasks, 192 + 128 * tasks);
        values.arg(&self.inner.keys.info).arg(&self.inner.keys.running);
        add_keys(&mut values, outcomes.iter().map(|outcome| &outcome.key).chain(&created));
        // Held until the answer is here.
        let request = if next.is_empty() { None } else { self.numbered_push().await };
        values.arg(self.inner.incarnation).arg(&self.inner.encoded_id);
        self.add_outcomes(&mut values, outcomes)?;
        network.add_new_tasks(&mut values, next)?;
        let call = Call {
            shape: [outcomes.len(), next.len()],
            request: request.as_ref().map_or(0, |request| **request),
            ..self.call(2 + tasks, values)
        };
        Ok((created, self.ask(Kind::Steps, call, tasks).await?))
    }

    fn call(&self, keys: usize, values: Cmd) -> Call {
        Call { worker: Arc::as_ptr(&self.inner).addr(), shape: [0, 0], request: 0, keys, values }
    }

    /// Asks for so many tasks, perhaps together with other workers of this process.
    async fn ask(&self, kind: Kind, call: Call, tasks: usize) -> Result<Value> {
        let network = &self.inner.network;
        let answer = if is_bulk(tasks) {
            network.ask_alone(network.inner.bulk().await?, kind, &call).await
        } else {
            network.ask(kind, call).await
        };
        self.registered(answer?)
    }

    fn add_outcomes(&self, call: &mut Cmd, outcomes: &[Outcome]) -> Result<()> {
        let encoder = self.inner.network.encoder();
        for outcome in outcomes {
            call.arg(encoder.fields("ys", &outcome.ys)?).arg(encoder.extra("ys_extra", &outcome.extra)?);
        }
        Ok(())
    }

    fn refused_outcomes(&self, outcomes: &[Outcome], value: Value) -> Result<Vec<TaskKey>> {
        if let Value::Int(_) = value {
            // All went as it should.
            self.inner.network.inner.local.heard_finished(reply::count(&value)?);
            return Ok(Vec::new());
        }
        let values = reply::array(known(outcomes.iter().map(|outcome| &outcome.key), value)?)?;
        let [finished, refused @ ..] = values.as_slice() else {
            return Err(reply::unexpected(&Value::Array(values)));
        };
        self.inner.network.inner.local.heard_finished(reply::count(finished)?);
        let refused = refused.iter().map(|index| picked(outcomes, index).map(|outcome| outcome.key.clone()));
        self.heard_refused(refused.collect())
    }

    /// Somebody settled them first, perhaps by cancelling: whatever was evaluated for them is over.
    fn heard_refused(&self, refused: Result<Vec<TaskKey>>) -> Result<Vec<TaskKey>> {
        let refused = refused?;
        self.inner.signals.cancels.settled(&refused);
        Ok(refused)
    }
}

/// Passes an answer on, unless it is `UNKNOWN <index>`: there is no such task, and nothing was written.
fn known<'a>(mut keys: impl Iterator<Item = &'a TaskKey>, value: Value) -> Result<Value> {
    let Value::SimpleString(status) = &value else { return Ok(value) };
    let index = status.strip_prefix("UNKNOWN ").and_then(|index| index.parse().ok());
    match index.and_then(|index| keys.nth(index)) {
        Some(key) => Err(Invalid::UnknownTask { key: key.to_string() }.into()),
        None => Err(reply::unexpected(&value)),
    }
}

fn picked<'a, T>(items: &'a [T], index: &Value) -> Result<&'a T> {
    let position = usize::try_from(reply::integer(index)?).ok();
    position.and_then(|position| items.get(position)).ok_or_else(|| reply::unexpected(index))
}

pub(crate) fn add_keys<'a>(call: &mut Cmd, keys: impl Iterator<Item = &'a TaskKey>) {
    for key in keys {
        call.arg(key.as_str());
    }
}
