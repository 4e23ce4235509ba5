//! How long a loop goes on.

use rush_worker::{Result, Worker};

/// Whether a loop should go on: nobody asked its worker to end, the run is not over, and fewer tasks than its own `budget` (of all in the network)
/// are finished. A budget costs a round trip each time; as in rush, workers count independently.
///
/// ```
/// # use rush_worker::{Row, testing::TestNetwork};
/// let network = TestNetwork::new();
/// let worker = network.worker();
/// assert!(search_space::goes_on(&worker, Some(1))?);
/// worker.push_finished(&[Row::default()], &[Row::default()])?;
/// assert!(!search_space::goes_on(&worker, Some(1))? && search_space::goes_on(&worker, None)?);
/// # Ok::<(), rush_worker::Error>(())
/// ```
pub fn goes_on(worker: &Worker, budget: Option<u64>) -> Result<bool> {
    Ok(!worker.terminated()
        && match budget {
            Some(budget) => worker.count()?.finished < budget,
            None => true,
        })
}
