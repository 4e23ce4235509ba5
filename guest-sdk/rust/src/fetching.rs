//! What others have done, as tables.

use std::time::Duration;

use crate::{Parts, Result, State, Table, Worker, backend::Calls, tasks::milliseconds};

/// Fetching tasks.
impl Worker {
    /// The tasks in the given states, each exactly once, with the parts that are wanted.
    ///
    /// Finished tasks never change, so the host keeps them for all workers of its process: fetching them again costs what is
    /// new.
    ///
    /// ```
    /// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().worker();
    /// # #[derive(Serialize)] struct Point { x1: f64 }
    /// # worker.push_running(&[Point { x1: 0.5 }])?;
    /// let table = worker.fetch(&[State::Running, State::Finished], Parts::default() | Parts::WORKER_ID)?;
    /// let evaluated_by: Vec<_> = table.texts("worker_id")?.levels;
    /// # assert_eq!(evaluated_by, [worker.id()]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch(&self, states: &[State], parts: Parts) -> Result<Table> {
        Ok(Table::new(self.backend.fetch(states, parts)?))
    }

    /// The finished tasks that this worker has not been given by `fetch_new` yet; waits for one up to `timeout`, which
    /// may be zero. The table is empty when there is none in that time, or when the loop should end.
    ///
    /// ```
    /// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let network = TestNetwork::new();
    /// # let worker = network.worker();
    /// # #[derive(Serialize)] struct Outcome { y: f64 }
    /// # network.worker().push_finished(&[()], &[Outcome { y: 1.5 }])?;
    /// let mut best = f64::INFINITY;
    /// for y in worker.fetch_new(Parts::YS, Duration::from_secs(1))?.numbers("y")? {
    ///     best = best.min(y);
    /// }
    /// # assert_eq!(best, 1.5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fetch_new(&self, parts: Parts, timeout: Duration) -> Result<Table> {
        Ok(Table::new(self.backend.fetch_new(parts, milliseconds(timeout))?))
    }

    /// Forgets what [`fetch_new`](Self::fetch_new) has given already, and what the host has kept. Tables stay as they
    /// are.
    pub fn reset_cache(&self) {
        self.backend.reset_cache();
    }
}
