//! What a batch system says about the processes whose workers are not there.

use std::collections::{BTreeSet, HashMap};

use rush_network::{LaunchRecord, Network, WorkerId};

use crate::{Awaited, JobState, LaunchError, batch_system::BatchSystem, launched::Origin};

/// Everything that a look needs, so that it hangs on nothing: batch systems take their time.
pub(crate) struct Look {
    pub(crate) system: BatchSystem,
    pub(crate) records: Vec<LaunchRecord>,
    pub(crate) processes: Vec<Vec<Awaited>>,
    pub(crate) origins: Vec<Origin>,
}

impl Look {
    /// The states of all processes whose workers are not all registered, each with its place among `processes`. Who is said to have ended
    /// is not registered after that, so it never will be.
    pub(crate) async fn at(self, network: &Network) -> Result<Vec<JobState>, LaunchError> {
        let absent = unregistered(network, &self.processes).await?;
        if absent.is_empty() {
            return Ok(Vec::new());
        }
        let concerned: BTreeSet<usize> =
            absent.iter().filter_map(|process| self.record_of(*process)).collect();
        let records: Vec<&LaunchRecord> =
            concerned.iter().filter_map(|record| self.records.get(*record)).collect();
        let found = self.system.look(&records).await?;
        let found: HashMap<(usize, u32), JobState> = concerned
            .iter()
            .zip(found)
            .flat_map(|(record, states)| states.into_iter().map(|state| ((*record, state.process), state)))
            .collect();
        let absent = unregistered(network, &self.processes).await?;
        Ok(absent.into_iter().map(|process| self.state_of(process, &found)).collect())
    }

    fn record_of(&self, process: usize) -> Option<usize> {
        self.origins.get(process).map(|origin| origin.record)
    }

    fn state_of(&self, process: usize, found: &HashMap<(usize, u32), JobState>) -> JobState {
        let place = u32::try_from(process).unwrap_or(u32::MAX);
        let known = self.origins.get(process).and_then(|origin| found.get(&(origin.record, origin.process)));
        match known {
            Some(state) => JobState { process: place, ..state.clone() },
            None => JobState::unknown(place, "", "nothing is known of it"),
        }
    }
}

/// The processes whose workers have not all registered since they were started, by their places.
pub(crate) async fn unregistered(
    network: &Network,
    processes: &[Vec<Awaited>],
) -> rush_network::Result<BTreeSet<usize>> {
    let incarnations = incarnations(network, processes.iter().flatten()).await?;
    let is_missing =
        |worker: &Awaited| incarnations.get(&worker.id).is_none_or(|found| *found <= worker.before);
    let missing = processes.iter().enumerate().filter(|(_, workers)| workers.iter().any(is_missing));
    Ok(missing.map(|(process, _)| process).collect())
}

/// The incarnations of those of these workers that are known.
pub(crate) async fn incarnations(
    network: &Network,
    workers: impl Iterator<Item = &Awaited>,
) -> rush_network::Result<HashMap<WorkerId, u64>> {
    let ids: Vec<WorkerId> = workers.map(|worker| worker.id.clone()).collect();
    let found = network.workers_of(&ids).await?.into_iter();
    Ok(found.map(|worker| (worker.id, worker.incarnation)).collect())
}
