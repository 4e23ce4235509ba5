//! Who was launched and has not come (yet), and why.

use std::{
    collections::HashMap,
    time::{Duration, SystemTime},
};

use rush_network::{LaunchId, LaunchRecord, Network, WorkerId};
use rush_run_file::RunFile;

use crate::{Awaited, JobState, LaunchError, Phase, batch_system::BatchSystem, looking::incarnations};

/// Who has not come for so long, and of whom not even its launcher knows anything, never comes: Slurm forgets in five minutes what has
/// ended, and nobody waits for so long for a host.
const FORGOTTEN: Duration = Duration::from_mins(10);

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
            Ok(found) => {
                let found = records.iter().zip(found);
                let found = found
                    .map(|(record, its)| its.into_iter().map(|state| or_forgotten(record, state)).collect());
                states.extend(ids.zip(found));
            }
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
    let state = JobState::unknown(process, place, failure.unwrap_or_default());
    // Whatever is behind a program of the user's may wait for days.
    if record.launcher == "ssh" { or_forgotten(record, state) } else { state }
}

/// One of whom nobody has known anything for long has ended.
fn or_forgotten(record: &LaunchRecord, state: JobState) -> JobState {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let launched = Duration::from_millis(record.at);
    if state.phase == Phase::Unknown && now.saturating_sub(launched) > FORGOTTEN {
        return JobState { phase: Phase::Ended, ..state };
    }
    state
}

#[cfg(test)]
mod tests {
    use rush_network::{LaunchedProcess, LaunchedWorker};

    use super::*;

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
            at: u64::MAX,
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

    #[test]
    fn of_whom_nobody_has_known_anything_for_long_is_not_waited_for() {
        let old = LaunchRecord { at: 0, ..record() };
        assert_eq!(state_of(&old, 1, &[]).phase, Phase::Ended);
        let unknown = JobState::unknown(1, "7_1", "Slurm does not know it any more");
        assert_eq!(or_forgotten(&record(), unknown.clone()), unknown);
        assert_eq!(or_forgotten(&old, unknown.clone()).phase, Phase::Ended);
        for phase in [Phase::Pending, Phase::Running] {
            let known = JobState { phase, ..unknown.clone() };
            assert_eq!(or_forgotten(&old, known.clone()), known, "it may wait for days");
        }
        let by_command = LaunchRecord { launcher: "command".to_owned(), ..old };
        assert_eq!(state_of(&by_command, 1, &[]).phase, Phase::Unknown);
    }
}
