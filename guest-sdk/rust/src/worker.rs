//! The worker: who it is, what it was given, when to end.

use serde::de::DeserializeOwned;

use crate::{
    Result, WorkerRng,
    backend::{Backend, Calls},
    given,
};

/// A worker of a network, as its loop sees it.
///
/// What concerns tasks: [`push_running`](Self::push_running), [`finish`](Self::finish), [`fail`](Self::fail),
/// [`pop`](Self::pop), [`push`](Self::push), [`count`](Self::count), [`fetch`](Self::fetch),
/// [`fetch_new`](Self::fetch_new) and more. All of these take and give lists, and
/// cost one round trip whatever the length; those that end in `_one` are for the most common length.
#[derive(Debug)]
pub struct Worker {
    pub(crate) backend: Backend,
    rng: Option<WorkerRng>,
}

impl Worker {
    pub(crate) fn new(backend: Backend) -> Self {
        Self { backend, rng: None }
    }

    /// The id of this worker.
    pub fn id(&self) -> String {
        self.backend.id()
    }

    /// The id of the network.
    pub fn network_id(&self) -> String {
        self.backend.network_id()
    }

    /// Whether the loop should end: somebody asked this worker to, or the stop condition of the run is met.
    /// Costs no round trip.
    pub fn terminated(&self) -> bool {
        self.backend.terminated()
    }

    /// The ids of the workers that run at the moment, this one among them.
    pub fn running_workers(&self) -> Result<Vec<String>> {
        Ok(self.backend.running_workers()?)
    }

    /// `[loop.args]` of the run file. An error names the argument that does not fit.
    ///
    /// ```
    /// # use rush_worker::{Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().args(&serde_json::json!({ "lower": [0], "upper": [1] })).worker();
    /// #[derive(Deserialize)]
    /// #[serde(deny_unknown_fields)]
    /// struct Args { lower: Vec<f64>, upper: Vec<f64>, budget: Option<u64> }
    ///
    /// let args: Args = worker.args()?;
    /// assert_eq!(args.lower, [0.0]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn args<T: DeserializeOwned>(&self) -> Result<T> {
        given::args("loop.args", &self.backend.args())
    }

    /// A file of `[loop.data]` in the run file, byte for byte as it was when this worker was started; none if the run file does not
    /// name it.
    ///
    /// Every call copies it into the loop's memory, so keep what is needed again. A loop that has no room for it ends: raise
    /// `[loop.limits] memory`.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().data("train", "mpg,cyl\n21,6\n").worker();
    /// let train = worker.data("train").ok_or("[loop.data] train is missing")?;
    /// let header = String::from_utf8_lossy(&train).lines().next().map(str::to_owned);
    /// assert_eq!(header.as_deref(), Some("mpg,cyl"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn data(&self, name: &str) -> Option<Vec<u8>> {
        self.backend.data(name)
    }

    /// The seed of this worker; the run's seed and the worker's index make it.
    pub fn seed(&self) -> u64 {
        self.backend.seed()
    }

    /// The worker's random numbers, seeded with [`seed`](Self::seed): one stream, which goes on with every call.
    ///
    /// ```
    /// # use rush_worker::{prelude::*, testing::TestNetwork};
    /// # let mut worker = TestNetwork::new().worker();
    /// let x1 = worker.rng().uniform(-5.0, 10.0);
    /// # assert!((-5.0..=10.0).contains(&x1));
    /// ```
    pub fn rng(&mut self) -> &mut WorkerRng {
        let Self { backend, rng } = self;
        rng.get_or_insert_with(|| WorkerRng::new(backend.seed()))
    }
}
