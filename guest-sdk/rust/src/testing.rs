//! A network in memory, in which a loop can be tested natively.

use std::{cell::RefCell, collections::HashMap, error::Error as StdError, rc::Rc};

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Condition, Context, Counts, Key, State, Task, Worker,
    backend::{Backend, Network, Objective, Settings},
    bindings::rush::worker::types,
    objective, test_log,
};

pub use crate::test_log::Logged;

/// A network in memory: calls do what the host would do, but nothing is waited for, and everything happens on one
/// thread. Workers share it.
///
/// ```
/// use rush_worker::{prelude::*, testing::TestNetwork};
///
/// #[derive(Serialize, Deserialize)]
/// struct Point { x: f64 }
/// #[derive(Serialize, Deserialize)]
/// struct Outcome { y: f64 }
///
/// fn double(worker: &mut Worker) -> Result<()> {
///     while let Some(task) = worker.pop(Duration::from_secs(1))? {
///         let Point { x } = task.xs()?;
///         worker.finish_one(&task.key, &Outcome { y: 2.0 * x })?;
///     }
///     Ok(())
/// }
///
/// # fn main() -> Result<()> {
/// let network = TestNetwork::new();
/// network.worker().push(&[Point { x: 1.0 }, Point { x: 2.5 }])?;
/// double(&mut network.worker())?;
///
/// let ys: Vec<f64> = network.finished().iter().map(|task| task.ys().map(|Outcome { y }| y)).collect::<Result<_>>()?;
/// assert_eq!(ys, [2.0, 5.0]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TestNetwork {
    network: Rc<RefCell<Network>>,
    /// So many messages had been logged on this thread before.
    logged_before: usize,
}

impl Default for TestNetwork {
    fn default() -> Self {
        Self::new()
    }
}

impl TestNetwork {
    /// An empty network: no arguments, no data, seed 0, and nothing that stops a loop.
    pub fn new() -> Self {
        let settings = Settings {
            args: "{}".into(),
            seed: 0,
            data: HashMap::new(),
            objective: None,
            stop_when_finished: None,
            budget: None,
        };
        test_log::install();
        Self {
            network: Rc::new(RefCell::new(Network::new(settings))),
            logged_before: test_log::logged().len(),
        }
    }

    /// `[loop.args]` of the run file.
    ///
    /// # Panics
    ///
    /// When `args` cannot be JSON.
    #[must_use]
    pub fn args<T: Serialize + ?Sized>(self, args: &T) -> Self {
        let text = serde_json::to_string(args).expect("arguments can be JSON");
        self.with(|settings| settings.args = text)
    }

    /// The seed of its workers.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        self.with(|settings| settings.seed = seed)
    }

    /// A file of `[loop.data]`.
    #[must_use]
    pub fn data(self, name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        self.with(|settings| {
            settings.data.insert(name.into(), bytes.into());
        })
    }

    /// The objective of the run file: a function that cannot fail.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
    /// # #[derive(Serialize, Deserialize)] struct Outcome { y: f64 }
    /// let network = TestNetwork::new().objective(|Point { x }| Outcome { y: 2.0 * x });
    /// let ys: Outcome = network.worker().evaluate(&Point { x: 1.5 }).unwrap();
    /// assert_eq!(ys.y, 3.0);
    /// ```
    #[must_use]
    pub fn objective<X: DeserializeOwned, Y: Serialize>(
        self,
        mut function: impl FnMut(X) -> Y + 'static,
    ) -> Self {
        self.failing_objective(move |xs| Ok::<_, Condition>(function(xs)))
    }

    /// The objective of the run file: a function that may fail, with whatever error it may return as a component.
    #[must_use]
    pub fn failing_objective<X: DeserializeOwned, Y: Serialize, E: Into<Box<dyn StdError>>>(
        self,
        mut function: impl FnMut(X) -> Result<Y, E> + 'static,
    ) -> Self {
        let evaluate = move |xs| {
            let returned = objective::point(xs).and_then(|xs| function(xs).map_err(objective::condition));
            returned.and_then(|ys| objective::ys(&ys)).map_err(types::Condition::from)
        };
        self.with(|settings| settings.objective = Some(Objective(Rc::new(RefCell::new(evaluate)))))
    }

    /// What an objective is given, to test its function with: the arguments, data and seed of this network are those of the
    /// objective.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # #[derive(Serialize, Deserialize)] struct Point { x: f64 }
    /// fn scaled(context: &mut Context, Point { x }: Point) -> Result<f64> {
    ///     let factor: f64 = context.args()?;
    ///     Ok(factor * x)
    /// }
    ///
    /// let mut context = TestNetwork::new().args(&2.5).context();
    /// assert_eq!(scaled(&mut context, Point { x: 2.0 }), Ok(5.0));
    /// ```
    pub fn context(&self) -> Context {
        Context::new(Backend { network: Rc::clone(&self.network), worker_id: String::new() })
    }

    /// `stop.finished` of the run file: workers see `terminated` once so many tasks are finished.
    #[must_use]
    pub fn stop_when_finished(self, tasks: u64) -> Self {
        self.with(|settings| settings.stop_when_finished = Some(tasks))
    }

    /// The same with `exact = true`: pushing more than so many tasks (failed ones not counted) is refused.
    #[must_use]
    pub fn budget(self, tasks: u64) -> Self {
        self.with(|settings| settings.budget = Some(tasks)).stop_when_finished(tasks)
    }

    fn with(self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.network.borrow_mut().settings);
        self
    }

    /// A further worker: `worker-1`, `worker-2` and so on.
    pub fn worker(&self) -> Worker {
        let mut network = self.network.borrow_mut();
        let worker_id = format!("worker-{}", network.workers.len() + 1);
        network.workers.push(worker_id.clone());
        drop(network);
        Worker::new(Backend { network: Rc::clone(&self.network), worker_id })
    }

    /// Asks all workers to end.
    pub fn terminate(&self) {
        self.network.borrow_mut().terminated = true;
    }

    /// Declares a worker lost: whatever it writes from now on is refused.
    pub fn lose(&self, worker_id: impl Into<String>) {
        self.network.borrow_mut().lose(worker_id.into());
    }

    /// Declares a worker lost as soon as another waits for room, as [`Worker::when_there_is_room`] does: its running tasks fail
    /// then. A worker that waits and nobody is to be lost is told to end, because nothing else happens in the meantime.
    pub fn lose_while_others_wait(&self, worker_id: impl Into<String>) {
        self.network.borrow_mut().dying.push(worker_id.into());
    }

    /// All tasks, in the order in which they were created.
    pub fn tasks(&self) -> Vec<Task> {
        self.network.borrow().tasks.iter().cloned().map(Task::from).collect()
    }

    /// The finished tasks, in the order in which they were created.
    pub fn finished(&self) -> Vec<Task> {
        self.tasks().into_iter().filter(|task| task.state == State::Finished).collect()
    }

    /// The task of this key.
    pub fn task(&self, key: &Key) -> Option<Task> {
        self.tasks().into_iter().find(|task| task.key == *key)
    }

    /// What was logged on this thread since this network was made, by the macros of the `log` crate. Nothing, if the test has set a
    /// logger of its own.
    ///
    /// ```
    /// use rush_worker::{prelude::*, testing::TestNetwork};
    ///
    /// let network = TestNetwork::new();
    /// warn!(target: "mlr3/rush", "{} is out of bounds", "x1");
    /// let logged = &network.logged()[0];
    /// assert_eq!((logged.logger.as_str(), logged.message.as_str()), ("mlr3/rush", "x1 is out of bounds"));
    /// ```
    pub fn logged(&self) -> Vec<Logged> {
        test_log::logged().split_off(self.logged_before)
    }

    /// How many tasks are in each state.
    pub fn count(&self) -> Counts {
        self.network.borrow().count()
    }
}
