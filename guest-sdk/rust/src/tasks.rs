//! The worker and the tasks of its network.

use std::time::Duration;

use crate::{
    Condition, Counts, Error, Key, Result, Row, State, Task, ToRow, Worker,
    backend::Calls,
    bindings::rush::worker::types::{FailedTask, Failure, FinishedTask, NewTask, Outcome},
};

/// Creating tasks.
impl Worker {
    /// Creates queued tasks, for whoever pops them first.
    pub fn push<R: ToRow>(&self, xss: &[R]) -> Result<Vec<Key>> {
        Ok(keys(self.backend.push(&new_tasks(xss)?, None)?))
    }

    /// Creates queued tasks in the queue of one worker, which it pops before others.
    pub fn push_to<R: ToRow>(&self, worker_id: &str, xss: &[R]) -> Result<Vec<Key>> {
        Ok(keys(self.backend.push(&new_tasks(xss)?, Some(worker_id))?))
    }

    /// Creates tasks that this worker evaluates now: everybody sees them as running. In a run with an exact budget see
    /// [`when_there_is_room`](Self::when_there_is_room) and [`push_running_what_fits`](Self::push_running_what_fits).
    pub fn push_running<R: ToRow>(&self, xss: &[R]) -> Result<Vec<Key>> {
        Ok(keys(self.backend.push_running(&new_tasks(xss)?)?))
    }

    /// [`push_running`](Self::push_running) for one task.
    pub fn push_running_one<R: ToRow>(&self, xs: &R) -> Result<Key> {
        one(self.backend.push_running(&[new_task(xs.to_row()?)])?)
    }

    /// Creates tasks together with their results. They have no worker: nobody evaluated them here.
    pub fn push_finished<X: ToRow, Y: ToRow>(&self, xss: &[X], yss: &[Y]) -> Result<Vec<Key>> {
        same_length("points", xss.len(), "results", yss.len())?;
        let tasks: Vec<_> = xss
            .iter()
            .zip(yss)
            .map(|(xs, ys)| {
                let (Row { elements: xs, extra: xs_extra }, Row { elements: ys, extra: ys_extra }) =
                    (xs.to_row()?, ys.to_row()?);
                Ok(FinishedTask { xs, ys, xs_extra, ys_extra })
            })
            .collect::<Result<_>>()?;
        Ok(keys(self.backend.push_finished(&tasks)?))
    }

    /// Creates tasks that failed already. Without conditions (an empty slice) they read "Task failed".
    pub fn push_failed<R: ToRow>(&self, xss: &[R], conditions: &[Condition]) -> Result<Vec<Key>> {
        let tasks: Vec<_> = xss
            .iter()
            .zip(one_each(xss.len(), "points", conditions)?)
            .map(|(xs, condition)| {
                let Row { elements: xs, extra: xs_extra } = xs.to_row()?;
                Ok(FailedTask { xs, xs_extra, condition: condition.map(Into::into) })
            })
            .collect::<Result<_>>()?;
        Ok(keys(self.backend.push_failed(&tasks)?))
    }
}

/// Taking and ending tasks.
impl Worker {
    /// Takes the oldest queued task and marks it as running; waits for one up to `timeout`, which may be zero.
    pub fn pop(&self, timeout: Duration) -> Result<Option<Task>> {
        Ok(self.backend.pop(milliseconds(timeout))?.map(Task::from))
    }

    /// Saves results and marks the tasks as finished. Gives the keys that were refused, because somebody settled
    /// those tasks first; their fields are untouched.
    pub fn finish<R: ToRow>(&self, keys: &[Key], yss: &[R]) -> Result<Vec<Key>> {
        Ok(self::keys(self.backend.finish(&outcomes(keys, yss)?)?))
    }

    /// [`finish`](Self::finish) for one task: whether its result was saved.
    pub fn finish_one<R: ToRow>(&self, key: &Key, ys: &R) -> Result<bool> {
        Ok(self.backend.finish(&[outcome(key, ys.to_row()?)])?.is_empty())
    }

    /// Marks running tasks of this worker as failed. Without conditions (an empty slice) they read "Task failed".
    /// Gives the keys that were refused, because somebody settled those tasks first.
    pub fn fail(&self, keys: &[Key], conditions: &[Condition]) -> Result<Vec<Key>> {
        let failures: Vec<_> = keys
            .iter()
            .zip(one_each(keys.len(), "keys", conditions)?)
            .map(|(key, condition)| Failure { key: key.into(), condition: condition.map(Into::into) })
            .collect();
        Ok(self::keys(self.backend.fail(&failures)?))
    }

    /// [`fail`](Self::fail) for one task: whether its failure was saved.
    ///
    /// ```
    /// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().worker();
    /// # let key = worker.push_running_one(&())?;
    /// worker.fail_one(&key, "the kernel matrix is singular")?;
    /// # assert_eq!(worker.count()?.failed, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail_one(&self, key: &Key, condition: impl Into<Condition>) -> Result<bool> {
        let failure = Failure { key: key.into(), condition: Some(condition.into().into()) };
        Ok(self.backend.fail(&[failure])?.is_empty())
    }

    /// [`finish`](Self::finish), then [`push_running`](Self::push_running), in one round trip.
    ///
    /// Gives the new keys. None means that nothing was pushed: a finish was refused, or the run's exact budget is
    /// used up, in which case the results are saved.
    pub fn finish_and_push_running<Y: ToRow, X: ToRow>(
        &self,
        keys: &[Key],
        yss: &[Y],
        xss: &[X],
    ) -> Result<Vec<Key>> {
        Ok(self::keys(self.backend.finish_and_push_running(&outcomes(keys, yss)?, &new_tasks(xss)?)?))
    }

    /// [`finish_and_push_running`](Self::finish_and_push_running) for one task and its successor.
    pub fn finish_and_push_running_one<Y: ToRow, X: ToRow>(
        &self,
        key: &Key,
        ys: &Y,
        next: &X,
    ) -> Result<Option<Key>> {
        let keys = self
            .backend
            .finish_and_push_running(&[outcome(key, ys.to_row()?)], &[new_task(next.to_row()?)])?;
        Ok(keys.into_iter().next().map(Key::from))
    }
}

/// Looking at tasks.
impl Worker {
    /// How many tasks are in each state.
    pub fn count(&self) -> Result<Counts> {
        Ok(self.backend.count()?)
    }

    /// The keys of the tasks in each of the given states, taken at one moment: no task is in two of them.
    pub fn keys(&self, states: &[State]) -> Result<Vec<(State, Vec<Key>)>> {
        let lists = self.backend.keys(states)?;
        Ok(lists.into_iter().map(|(state, list)| (state, keys(list))).collect())
    }

    /// Whether each of these tasks is in the given state.
    pub fn has_state(&self, keys: &[Key], state: State) -> Result<Vec<bool>> {
        Ok(self.backend.has_state(&texts(keys), state)?)
    }

    /// Waits until all of these tasks are finished or failed. False when `timeout` is over, or when no worker is
    /// running that could end them.
    pub fn wait(&self, keys: &[Key], timeout: Option<Duration>) -> Result<bool> {
        Ok(self.backend.wait(&texts(keys), timeout.map(milliseconds))?)
    }

    /// Fails every queued task ("Removed from queue"), and says how many.
    pub fn empty_queue(&self) -> Result<u64> {
        Ok(self.backend.empty_queue()?)
    }
}

fn new_task(row: Row) -> NewTask {
    NewTask { xs: row.elements, extra: row.extra }
}

fn new_tasks<R: ToRow>(xss: &[R]) -> Result<Vec<NewTask>> {
    xss.iter().map(|xs| Ok(new_task(xs.to_row()?))).collect()
}

fn outcome(key: &Key, row: Row) -> Outcome {
    Outcome { key: key.into(), ys: row.elements, extra: row.extra }
}

fn outcomes<R: ToRow>(keys: &[Key], yss: &[R]) -> Result<Vec<Outcome>> {
    same_length("keys", keys.len(), "results", yss.len())?;
    keys.iter().zip(yss).map(|(key, ys)| Ok(outcome(key, ys.to_row()?))).collect()
}

fn same_length(what: &str, len: usize, other_what: &str, other_len: usize) -> Result<()> {
    if len == other_len {
        return Ok(());
    }
    Err(Error::Invalid(format!("{len} {what}, but {other_len} {other_what}")))
}

/// A condition for each of `len` tasks, or none for all.
fn one_each(
    len: usize,
    what: &str,
    conditions: &[Condition],
) -> Result<impl Iterator<Item = Option<Condition>>> {
    if !conditions.is_empty() {
        same_length(what, len, "conditions", conditions.len())?;
    }
    Ok(conditions.iter().cloned().map(Some).chain(std::iter::repeat(None)))
}

fn keys(texts: Vec<String>) -> Vec<Key> {
    texts.into_iter().map(Key::from).collect()
}

fn texts(keys: &[Key]) -> Vec<String> {
    keys.iter().map(String::from).collect()
}

fn one(keys: Vec<String>) -> Result<Key> {
    let [key] = <[String; 1]>::try_from(keys)
        .map_err(|keys| Error::Invalid(format!("the host gave {} keys for 1 task", keys.len())))?;
    Ok(key.into())
}

/// Whole milliseconds, rounded up, so that a short wait never becomes none.
pub(crate) fn milliseconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
