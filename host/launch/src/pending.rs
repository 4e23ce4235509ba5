//! Who was launched and has not come (yet), and why.

use std::collections::HashMap;

use rush_network::{LaunchId, LaunchRecord, Network, WorkerId};
use rush_run_file::RunFile;

use crate::{Awaited, JobState, LaunchError, batch_system::BatchSystem, looking::incarnations};

/// A host process that was launched and whose workers are not all registered.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingProcess {
    /// Its launch.
    pub record: LaunchRecord,
    /// Its number there.
    pub process: u32,
    /// Those of its workers that are not registered.
    pub workers: Vec<WorkerId>,
    /// How far it is, as its launcher says.
    pub state: JobState,
}

/// Every process that may still register workers, by launch: it was launched, and nobody has withdrawn that. A batch system that does not
/// answer is no reason not to tell what else is known.
pub async fn pending(network: &Network, run_file: &RunFile) -> Result<Vec<PendingProcess>, LaunchError> {
    let records = network.launches().await?;
    let all = records.iter().flat_map(|record| &record.processes).flat_map(|process| &process.workers);
    let all: Vec<Awaited> = all.map(Awaited::from).collect();
    let absent = absent(&records, &incarnations(network, all.iter()).await?);
    let mut concerned: Vec<&LaunchRecord> = absent.iter().map(|(record, ..)| *record).collect();
    concerned.dedup_by_key(|record| &record.id);
    let states = states(&concerned, run_file).await;
    let pending = absent.into_iter().map(|(record, process, workers)| PendingProcess {
        record: record.clone(),
        process,
        workers,
        state: state_of(record, process, states.get(&record.id).map_or(&[], Vec::as_slice)),
    });
    Ok(pending.collect())
}

/// The processes of launches with those of their workers that are not registered, if there are any. `known` are the incarnations of all
/// that were ever registered.
fn absent<'a>(
    records: &'a [LaunchRecord],
    known: &HashMap<WorkerId, u64>,
) -> Vec<(&'a LaunchRecord, u32, Vec<WorkerId>)> {
    let mut absent = Vec::new();
    for record in records {
        for (number, process) in (0..).zip(&record.processes) {
            let missing = process.workers.iter().filter(|worker| {
                known.get(&worker.id).is_none_or(|incarnation| *incarnation <= worker.before)
            });
            let missing: Vec<WorkerId> = missing.map(|worker| worker.id.clone()).collect();
            if !missing.is_empty() {
                absent.push((record, number, missing));
            }
        }
    }
    absent
}

/// What batch systems say about launches.
async fn states(records: &[&LaunchRecord], run_file: &RunFile) -> HashMap<LaunchId, Vec<JobState>> {
    let mut states = HashMap::new();
    for (system, records) in BatchSystem::behind(records.iter().copied(), run_file) {
        let ids = records.iter().map(|record| record.id.clone());
        match system.look(&records).await {
            Ok(found) => states.extend(ids.zip(found)),
            Err(error) => {
                let silent = records.iter().map(|record| silent(record, &error.to_string()));
                states.extend(ids.zip(silent));
            }
        }
    }
    states
}

/// The batch system does not answer.
fn silent(record: &LaunchRecord, error: &str) -> Vec<JobState> {
    let place = record.job.as_ref().unwrap_or(&record.name);
    (0..).take(record.processes.len()).map(|process| JobState::unknown(process, place, error)).collect()
}

fn state_of(record: &LaunchRecord, process: u32, states: &[JobState]) -> JobState {
    if let Some(state) = states.iter().find(|state| state.process == process) {
        return state.clone();
    }
    let launched = usize::try_from(process).ok().and_then(|process| record.processes.get(process));
    let place = launched.map_or("", |launched| launched.place.as_str());
    let failure = launched.and_then(|launched| launched.failure.as_deref());
    JobState::unknown(process, place, failure.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use rush_network::{LaunchedProcess, LaunchedWorker};

    use super::*;
    use crate::Phase;

    fn id(name: &str) -> WorkerId {
        WorkerId::parse(name).unwrap()
    }

    /// Of two processes on two hosts; the second has a worker that comes again.
    fn record() -> LaunchRecord {
        let worker = |name: &str, before| LaunchedWorker { id: id(name), before };
        let process = |place: &str, workers| LaunchedProcess {
            place: place.to_owned(),
            first_index: 0,
            workers,
            failure: (place == "far").then(|| "far: connection refused".to_owned()),
        };
        LaunchRecord {
            id: LaunchId::random(),
            launcher: "ssh".to_owned(),
            from: "here".to_owned(),
            at: 0,
            name: String::new(),
            job: None,
            processes: vec![
                process("near", vec![worker("a", 0), worker("b", 0)]),
                process("far", vec![worker("c", 2)]),
            ],
        }
    }

    fn absent_if(known: &[(&str, u64)]) -> Vec<(u32, Vec<String>)> {
        let known = known.iter().map(|(name, incarnation)| (id(name), *incarnation)).collect();
        let names = |ids: Vec<WorkerId>| ids.into_iter().map(|id| id.to_string()).collect();
        let records = [record()];
        absent(&records, &known).into_iter().map(|(_, process, ids)| (process, names(ids))).collect()
    }

    #[test]
    fn who_has_registered_since_the_launch_is_not_pending() {
        let (a, b, c) = ("a".to_owned(), "b".to_owned(), "c".to_owned());
        assert_eq!(absent_if(&[]), [(0, vec![a, b.clone()]), (1, vec![c.clone()])]);
        assert_eq!(absent_if(&[("a", 1), ("c", 2)]), [(0, vec![b]), (1, vec![c])]);
        assert_eq!(absent_if(&[("a", 1), ("b", 4), ("c", 3)]), []);
    }

    #[test]
    fn without_a_batch_system_the_launch_itself_says_what_is_known() {
        let state = state_of(&record(), 1, &[]);
        assert_eq!((state.place.as_str(), state.phase), ("far", Phase::Unknown));
        assert_eq!(state.reason, "far: connection refused");
        assert_eq!(state_of(&record(), 0, &[]).reason, "");
        let said = JobState { phase: Phase::Pending, ..JobState::unknown(1, "7_1", "Resources") };
        assert_eq!(state_of(&record(), 1, std::slice::from_ref(&said)), said);
    }
}
