//! The worker and the objective of its run.

use std::result::Result as StdResult;

use serde::de::DeserializeOwned;

use crate::{Condition, Error, Fields, Key, Result, Row, ToRow, Worker, backend::Calls, from_fields};

/// Evaluating the objective of the run file.
///
/// It runs in a sandbox of its own. Whatever it does there (an error, a trap, more time or memory than it may have) is a [`Condition`],
/// and the next evaluation starts as if nothing had happened.
impl Worker {
    /// Evaluates a point: its result as a row of a type of yours, or why there is none.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
    /// # fn main() -> Result<()> {
    /// # let network = TestNetwork::new().objective(|Point { x }| std::collections::BTreeMap::from([("y", x * x)]));
    /// # let worker = network.worker();
    /// #[derive(Serialize, Deserialize)]
    /// struct Outcome { y: f64 }
    ///
    /// let xs = Point { x: 3.0 };
    /// let key = worker.push_running_one(&xs)?;
    /// match worker.evaluate::<Outcome>(&xs) {
    ///     Ok(ys) => worker.finish_one(&key, &Outcome { y: ys.y.ln() })?,
    ///     Err(condition) => worker.fail_one(&key, condition)?,
    /// };
    /// # assert_eq!(network.finished()[0].ys::<Outcome>()?.y, 9.0_f64.ln());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// An evaluation that somebody cancelled ends with the kind `cancelled`. Its task has failed by then, so failing it again is refused,
    /// which is nothing to worry about.
    pub fn evaluate<Y: DeserializeOwned>(&self, xs: &(impl ToRow + ?Sized)) -> StdResult<Y, Condition> {
        let Row { elements, .. } = xs.to_row().map_err(|error| Condition::new(error.to_string()))?;
        let wrong = |error| Condition::new(format!("`ys` of the objective do not fit this loop: {error}"));
        from_fields(self.evaluate_fields(&elements)?).map_err(wrong)
    }

    /// Evaluates the point of a running task of this worker, then finishes or fails the task: whether its result was saved.
    ///
    /// The task fails if the objective does, and if its result cannot be stored. It is left alone if somebody has settled it
    /// meanwhile, by cancelling it for example. A full Redis is waited for, as
    /// [`when_there_is_room`](Self::when_there_is_room) does.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
    /// # #[derive(Serialize, Deserialize)] struct Outcome { y: f64 }
    /// # fn main() -> Result<()> {
    /// # let network = TestNetwork::new().objective(|Point { x }| Outcome { y: x * x }).stop_when_finished(1);
    /// # let worker = network.worker();
    /// # worker.push(&[Point { x: 3.0 }])?;
    /// while !worker.terminated() {
    ///     let Some(task) = worker.pop(Duration::from_secs(1))? else { continue };
    ///     worker.evaluate_task(&task.key, &task)?;
    /// }
    /// # assert_eq!(network.finished()[0].ys::<Outcome>()?.y, 9.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn evaluate_task(&self, key: &Key, xs: &(impl ToRow + ?Sized)) -> Result<bool> {
        let Row { elements, .. } = xs.to_row()?;
        self.settle(key, self.evaluate_fields(&elements).map(Row::from_fields))
    }

    /// [`evaluate_task`](Self::evaluate_task), then [`push_running`](Self::push_running) of the next point, in one round trip: the new
    /// key. None means that nothing was pushed: the task failed or was settled by somebody else, or the run's exact budget is used up.
    pub fn evaluate_task_and_push_running(
        &self,
        key: &Key,
        xs: &(impl ToRow + ?Sized),
        next: &impl ToRow,
    ) -> Result<Option<Key>> {
        let Row { elements, .. } = xs.to_row()?;
        let evaluated = self.evaluate_fields(&elements).map(Row::from_fields);
        if let Ok(ys) = &evaluated {
            let step = |worker: &Self| worker.finish_and_push_running_one(key, ys, next);
            match self.when_there_is_room(step) {
                // Nothing was written, be it for the result or for the point.
                Err(Error::LimitExceeded(_) | Error::Invalid(_)) => {}
                done => return Ok(done?.flatten()),
            }
        }
        self.settle(key, evaluated)?;
        Ok(None)
    }

    /// [`evaluate_task`](Self::evaluate_task) for each of these running tasks, one after the other: how many results were saved. Each is
    /// saved as soon as it is there.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
    /// # #[derive(Serialize)] struct Outcome { y: f64 }
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().objective(|Point { x }| Outcome { y: x * x }).worker();
    /// let batch = [Point { x: 0.0 }, Point { x: 0.5 }, Point { x: 1.0 }];
    /// let keys = worker.push_running_what_fits(&batch)?;
    /// let saved = worker.evaluate_all(keys.iter().zip(&batch))?;
    /// # assert_eq!(saved, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn evaluate_all<'a, X: ToRow + 'a>(
        &self,
        tasks: impl IntoIterator<Item = (&'a Key, &'a X)>,
    ) -> Result<usize> {
        let mut saved = 0;
        for (key, xs) in tasks {
            saved += usize::from(self.evaluate_task(key, xs)?);
        }
        Ok(saved)
    }

    /// Evaluates the points of these running tasks, one after the other, and then saves all results in one round trip: how many were
    /// saved. For evaluations that are shorter than a round trip; what a worker that dies has not saved yet is lost, so
    /// [`evaluate_all`](Self::evaluate_all) is for longer ones. Each task fares as with [`evaluate_task`](Self::evaluate_task).
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
    /// # #[derive(Serialize)] struct Outcome { y: f64 }
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().objective(|Point { x }| Outcome { y: x * x }).worker();
    /// let batch = [Point { x: 0.0 }, Point { x: 0.5 }, Point { x: 1.0 }];
    /// let keys = worker.push_running_what_fits(&batch)?;
    /// let saved = worker.evaluate_together(keys.iter().zip(&batch))?;
    /// # assert_eq!(saved, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn evaluate_together<'a, X: ToRow + 'a>(
        &self,
        tasks: impl IntoIterator<Item = (&'a Key, &'a X)>,
    ) -> Result<usize> {
        let (mut keys, mut yss) = (Vec::new(), Vec::new());
        for (key, xs) in tasks {
            let Row { elements, .. } = xs.to_row()?;
            match self.evaluate_fields(&elements) {
                Ok(ys) => {
                    keys.push(key.clone());
                    yss.push(Row::from_fields(ys));
                }
                failed @ Err(_) => drop(self.settle(key, failed.map(Row::from_fields))?),
            }
        }
        match self.when_there_is_room(|worker| worker.finish(&keys, &yss)) {
            // One of them cannot be stored, so that nothing was written: each for itself.
            Err(Error::LimitExceeded(_) | Error::Invalid(_)) => {
                let mut saved = 0;
                for (key, ys) in keys.iter().zip(yss) {
                    saved += usize::from(self.settle(key, Ok(ys))?);
                }
                Ok(saved)
            }
            finished => Ok(finished?.map_or(0, |refused| keys.len() - refused.len())),
        }
    }

    /// Finishes or fails a task: whether its result was saved.
    fn settle(&self, key: &Key, evaluated: StdResult<Row, Condition>) -> Result<bool> {
        let condition = match evaluated {
            Ok(ys) => match self.when_there_is_room(|worker| worker.finish_one(key, &ys)) {
                // It is the objective's fault, and may cost no more than its task.
                Err(Error::LimitExceeded(message)) => unstorable(&message).with_kind("limit"),
                Err(Error::Invalid(message)) => unstorable(&message),
                done => return Ok(done?.unwrap_or(false)),
            },
            Err(condition) => condition,
        };
        match self.when_there_is_room(|worker| worker.fail_one(key, condition.clone())) {
            // The host hands over only what it stores; a condition of another backend may be anything.
            Err(Error::LimitExceeded(message) | Error::Invalid(message)) => {
                let condition =
                    Condition::new(format!("the condition of the objective cannot be stored: {message}"));
                self.when_there_is_room(|worker| worker.fail_one(key, condition.clone()))?;
            }
            failed => drop(failed?),
        }
        Ok(false)
    }

    /// [`evaluate`](Self::evaluate) with fields as they are, both ways.
    pub fn evaluate_fields(&self, xs: &Fields) -> StdResult<Fields, Condition> {
        self.backend.evaluate(xs).map_err(Condition::from)
    }
}

fn unstorable(message: &str) -> Condition {
    Condition::new(format!("`ys` of the objective cannot be stored: {message}"))
}
