//! Waiting for room: in the exact budget of a run, and in Redis.

use crate::{Counts, Error, Key, Result, ToRow, Worker, backend::Calls};

/// After so many refusals in a row without any change and without a running task, nobody works on what is queued: five seconds,
/// because the host takes a moment for each.
const PATIENCE: u32 = 100;

/// Creating tasks, and saving results, as soon as there is room.
impl Worker {
    /// Makes a call, and makes it again as long as it is refused for want of room: because the run's exact budget has no
    /// place left ([`Error::BudgetExhausted`] with nothing remaining), or because Redis is full ([`Error::StorageFull`]).
    /// None when the worker should end instead.
    ///
    /// A place in the budget becomes free when a task fails, or its worker dies with it. Somebody has to take that place, or
    /// fewer tasks finish than were asked for; a loop that ends when no place is left cannot. So a loop pushes like this:
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize)] struct Point { x: f64 }
    /// # #[derive(Serialize)] struct Outcome { y: f64 }
    /// fn search(worker: &mut Worker) -> Result<()> {
    ///     while !worker.terminated() {
    ///         let xs = Point { x: worker.rng().random() };
    ///         let Some(key) = worker.when_there_is_room(|worker| worker.push_running_one(&xs))? else { break };
    ///         worker.when_there_is_room(|worker| worker.finish_one(&key, &Outcome { y: xs.x }))?;
    ///     }
    ///     Ok(())
    /// }
    /// # fn main() -> Result<()> {
    /// # let network = TestNetwork::new().budget(10);
    /// # search(&mut network.worker())?;
    /// # assert_eq!(network.count().finished, 10);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The worker should have no running tasks of its own while it waits for a place: they take places, too. Tasks that are
    /// queued do as well; when for five seconds none is running and nothing changes, nobody will evaluate them, and the
    /// answer is none.
    ///
    /// [`Error::BudgetExhausted`] with something remaining is passed on: fewer tasks fit than the call asks for, and waiting for
    /// room for all of them could take for ever. [`push_running_what_fits`](Self::push_running_what_fits) pushes fewer then.
    pub fn when_there_is_room<T>(&self, mut call: impl FnMut(&Self) -> Result<T>) -> Result<Option<T>> {
        let mut quiet = Quiet::default();
        let mut again = true;
        loop {
            match call(self) {
                // A refusal that was sent twice may tell of a place that became free in between.
                Err(Error::BudgetExhausted { remaining: 1.. }) if again => {
                    again = false;
                    continue;
                }
                Err(Error::BudgetExhausted { remaining: 0 }) => {
                    if !self.terminated() && quiet.looks(self.count()?) >= PATIENCE {
                        return Ok(None);
                    }
                }
                Err(Error::StorageFull(_)) => {}
                done => return done.map(Some),
            }
            if self.terminated() {
                return Ok(None);
            }
            self.backend.refused();
            again = true;
        }
    }

    /// [`push_running`](Self::push_running) of the first of these points: of all of them, or of as many as the run's exact
    /// budget has room for. Waits for a place as [`when_there_is_room`](Self::when_there_is_room) does. No keys mean that
    /// the worker should end.
    ///
    /// ```
    /// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let network = TestNetwork::new().budget(5);
    /// # let worker = network.worker();
    /// # #[derive(Serialize)] struct Point { x: f64 }
    /// # #[derive(Serialize)] struct Outcome { y: f64 }
    /// while !worker.terminated() {
    ///     let batch = [Point { x: 0.0 }, Point { x: 0.5 }, Point { x: 1.0 }];
    ///     for (key, Point { x }) in worker.push_running_what_fits(&batch)?.iter().zip(&batch) {
    ///         worker.when_there_is_room(|worker| worker.finish_one(key, &Outcome { y: 2.0 * x }))?;
    ///     }
    /// }
    /// # assert_eq!(network.count().finished, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn push_running_what_fits<R: ToRow>(&self, xss: &[R]) -> Result<Vec<Key>> {
        let pushed = self.when_there_is_room(|worker| {
            let mut fitting = xss;
            loop {
                match worker.push_running(fitting) {
                    Err(Error::BudgetExhausted { remaining: remaining @ 1.. }) => {
                        let room = usize::try_from(remaining).unwrap_or(usize::MAX);
                        fitting = &fitting[..room.min(fitting.len())];
                    }
                    done => return done,
                }
            }
        })?;
        Ok(pushed.unwrap_or_default())
    }
}

/// For how long nothing has happened.
#[derive(Default)]
struct Quiet {
    last: Option<[u64; 3]>,
    looks: u32,
}

impl Quiet {
    /// How many looks in a row found these counts, and nothing running.
    fn looks(&mut self, Counts { queued, running, finished, failed }: Counts) -> u32 {
        let now = Some([queued, finished, failed]);
        if running > 0 || now != self.last {
            *self = Self { last: now, looks: 0 };
        }
        self.looks += 1;
        self.looks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::TestNetwork;

    /// Finishes what it may push, `batch` tasks at a time; the first of each batch fails.
    fn batches(worker: &Worker, batch: usize) {
        while !worker.terminated() {
            let keys = worker.push_running_what_fits(&vec![(); batch]).unwrap();
            for (place, key) in keys.iter().enumerate() {
                if place == 0 && batch > 1 && keys.len() > 1 {
                    worker.fail_one(key, "the first fails").unwrap();
                } else {
                    worker.finish_one(key, &()).unwrap();
                }
            }
        }
    }

    #[test]
    fn the_last_task_of_one_that_dies_is_replaced() {
        let network = TestNetwork::new().budget(10);
        let dying = network.worker();
        dying.push_running_one(&()).unwrap();
        network.lose_while_others_wait(dying.id());
        batches(&network.worker(), 1);
        let Counts { queued, running, finished, failed } = network.count();
        assert_eq!([queued, running, finished, failed], [0, 0, 10, 1]);
    }

    #[test]
    fn a_batch_that_does_not_fit_is_pushed_in_part() {
        for budget in [100, 101, 102] {
            let network = TestNetwork::new().budget(budget);
            batches(&network.worker(), 3);
            assert_eq!((network.count().finished, network.count().running), (budget, 0));
        }
    }

    #[test]
    fn who_waits_for_a_place_that_stays_taken_is_told_to_end() {
        let network = TestNetwork::new().budget(1);
        network.worker().push_running_one(&()).unwrap();
        let pushed = network.worker().when_there_is_room(|worker| worker.push_running_one(&()));
        assert_eq!(pushed, Ok(None));
    }

    #[test]
    fn a_full_redis_is_asked_again() {
        let worker = TestNetwork::new().worker();
        let mut answers = vec![Ok(1), Err(Error::StorageFull("full".into()))];
        assert_eq!(worker.when_there_is_room(|_| answers.pop().unwrap()), Ok(Some(1)));
    }

    #[test]
    fn what_no_waiting_helps_is_passed_on() {
        let network = TestNetwork::new().budget(2);
        let worker = network.worker();
        let pushed = worker.when_there_is_room(|worker| worker.push_running(&[(), (), ()]));
        assert_eq!(pushed, Err(Error::BudgetExhausted { remaining: 2 }));
        let failed: Result<Option<()>> = worker.when_there_is_room(|_| Err(Error::message("no")));
        assert_eq!(failed, Err(Error::message("no")));
    }

    #[test]
    fn queued_tasks_that_nobody_evaluates_are_not_waited_for() {
        let counts = |running, queued| Counts { queued, running, finished: 5, failed: 0 };
        let mut quiet = Quiet::default();
        assert!((0..1000).all(|_| quiet.looks(counts(1, 3)) < PATIENCE));
        assert!((0..1000).all(|queued| quiet.looks(counts(0, queued)) < PATIENCE));
        assert!((0..=PATIENCE).any(|_| quiet.looks(counts(0, 3)) >= PATIENCE));
    }
}
