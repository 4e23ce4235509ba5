//! Workers that were launched and are not there yet: where they wait, and why.

use std::{collections::HashMap, fmt};

use rush_launch::{JobState, PendingProcess, Phase};
use rush_network::{LaunchRecord, LaunchedWorker, WorkerId, WorkerInfo};

use crate::{failure::Failure, print::text, session::Session};

/// The state of such a worker in tables. The network knows no worker like this, only its launch.
pub(crate) const PENDING: &str = "pending";

/// What has become of a host process whose workers are not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It waits for its turn, or is about to begin.
    Waits,
    /// It has ended, or never started.
    Failed,
}

/// A worker that was launched and is not there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PendingWorker {
    pub(crate) id: WorkerId,
    /// The incarnation that it had, which has ended; 0: it is new.
    pub(crate) before: u64,
    pub(crate) launcher: String,
    /// A host, a job, a pod; empty if nobody knows.
    pub(crate) place: String,
    /// The job that it is a part of, as its launcher calls it; else its place.
    pub(crate) job: String,
    /// When it was launched, in milliseconds since 1970.
    pub(crate) at: u64,
    pub(crate) stage: Stage,
    /// Why it is not there, as its launcher says.
    pub(crate) reason: String,
}

/// Workers that are not there for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) launcher: String,
    /// The job or the host; empty if there is neither.
    pub(crate) place: String,
    pub(crate) stage: Stage,
    pub(crate) reason: String,
    pub(crate) workers: u64,
}

/// Everybody of this network who is pending.
pub(crate) async fn look(session: &Session) -> Result<Vec<PendingWorker>, Failure> {
    Ok(workers(&rush_launch::pending(&session.network, &session.run_file).await?))
}

/// Those workers of pending processes that are not there.
fn workers(processes: &[PendingProcess]) -> Vec<PendingWorker> {
    let mut pending = Vec::new();
    for PendingProcess { record, process, workers, state } in processes {
        let Some(launched) = record.processes.get(*process as usize) else { continue };
        let its = launched.workers.iter().filter(|worker| workers.contains(&worker.id));
        pending.extend(its.map(|worker| PendingWorker {
            id: worker.id.clone(),
            before: worker.before,
            launcher: record.launcher.clone(),
            place: if launched.place.is_empty() { state.place.clone() } else { launched.place.clone() },
            job: job(record, &launched.place),
            at: record.at,
            stage: if launched.failure.is_some() { Stage::Failed } else { stage(state.phase) },
            reason: reason(state),
        }));
    }
    pending
}

/// The workers of each of these launches that have not come (yet), whatever their launchers say.
pub(crate) fn absent<'a>(
    records: &'a [LaunchRecord],
    known: &[WorkerInfo],
) -> Vec<(&'a LaunchRecord, Vec<&'a WorkerId>)> {
    let known: HashMap<&WorkerId, &WorkerInfo> = known.iter().map(|worker| (&worker.id, worker)).collect();
    let has_come = |worker: &&LaunchedWorker| {
        known.get(&worker.id).is_some_and(|known| known.incarnation > worker.before)
    };
    let absent = |record: &'a LaunchRecord| {
        let workers = record.processes.iter().flat_map(|process| &process.workers);
        let absent = workers.filter(|worker| !has_come(worker)).map(|worker| &worker.id);
        (record, absent.collect())
    };
    records.iter().map(absent).collect()
}

/// The same by their reasons, in the order of their launches.
pub(crate) fn by_reason(workers: &[PendingWorker]) -> Vec<Waiting> {
    let mut all: Vec<Waiting> = Vec::new();
    for worker in workers {
        let is_same = |waiting: &&mut Waiting| {
            waiting.launcher == worker.launcher
                && waiting.place == worker.job
                && waiting.reason == worker.reason
        };
        match all.iter_mut().find(is_same) {
            Some(waiting) => waiting.workers += 1,
            None => all.push(Waiting {
                launcher: worker.launcher.clone(),
                place: worker.job.clone(),
                stage: worker.stage,
                reason: worker.reason.clone(),
                workers: 1,
            }),
        }
    }
    all
}

/// Processes that are not there by their reasons, each with so many workers.
pub(crate) fn of_processes(
    launcher: &str,
    job: &str,
    states: &[JobState],
    workers: impl Fn(&JobState) -> u64,
) -> Vec<Waiting> {
    let mut all: Vec<Waiting> = Vec::new();
    for state in states {
        let one = Waiting {
            launcher: launcher.to_owned(),
            place: job.to_owned(),
            stage: stage(state.phase),
            reason: reason(state),
            workers: workers(state),
        };
        match all.iter_mut().find(|waiting| (waiting.stage, &waiting.reason) == (one.stage, &one.reason)) {
            Some(waiting) => waiting.workers += one.workers,
            None => all.push(one),
        }
    }
    all
}

/// Whether a process in this phase may still register its workers.
pub(crate) fn stage(phase: Phase) -> Stage {
    if phase == Phase::Ended { Stage::Failed } else { Stage::Waits }
}

/// Why workers are not there, in the words of their launcher.
pub(crate) fn reason(JobState { phase, reason, .. }: &JobState) -> String {
    let reason = text::harmless(reason.trim());
    let otherwise = match phase {
        Phase::Pending => "in the queue",
        Phase::Running => "about to begin",
        Phase::Ended => "ended before it began to work",
        Phase::Unknown => "not registered yet",
    };
    if reason.is_empty() { otherwise.to_owned() } else { reason.into_owned() }
}

/// Whether a reason says that nothing will come of waiting.
pub(crate) fn is_in_vain(reason: &str) -> bool {
    reason.ends_with("never begins")
}

/// What somebody looks for who wants to know more: a host, or a job by the number or the name that its launcher knows it by.
pub(crate) fn job(record: &LaunchRecord, host: &str) -> String {
    if !host.is_empty() {
        return host.to_owned();
    }
    match &record.job {
        Some(job) => format!("job {job}"),
        None if record.name.is_empty() => String::new(),
        None => format!("job {}", record.name),
    }
}

/// `2 workers wait (slurm, job 1234): Resources`.
impl fmt::Display for Waiting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { launcher, place, stage, reason, workers } = self;
        let does = match (stage, workers) {
            (Stage::Waits, 1) => "waits",
            (Stage::Waits, _) => "wait",
            (Stage::Failed, _) => "did not begin",
        };
        let whence = if place.is_empty() { launcher.clone() } else { format!("{launcher}, {place}") };
        write!(formatter, "{} {does} ({whence}): {reason}", text::counted(*workers, "worker"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rush_network::{LaunchId, LaunchedProcess};

    use super::*;

    fn id(name: &str) -> WorkerId {
        WorkerId::parse(name).unwrap()
    }

    /// A launch with a process for each of these lists of workers.
    pub(crate) fn record(launcher: &str, job: Option<&str>, processes: &[(&str, &[&str])]) -> LaunchRecord {
        let process = |(place, workers): &(&str, &[&str])| LaunchedProcess {
            place: (*place).to_owned(),
            first_index: 0,
            workers: workers.iter().map(|name| LaunchedWorker { id: id(name), before: 0 }).collect(),
            failure: None,
        };
        LaunchRecord {
            id: LaunchId::parse("0123456789ab").unwrap(),
            launcher: launcher.into(),
            from: "here".into(),
            at: 1_784_903_405_000,
            name: "rush-test-0123456789ab".into(),
            job: job.map(str::to_owned),
            processes: processes.iter().map(process).collect(),
        }
    }

    pub(crate) fn state(process: u32, phase: Phase, reason: &str) -> JobState {
        JobState { process, place: format!("1234_{process}"), phase, reason: reason.into() }
    }

    fn pending(record: &LaunchRecord, process: u32, phase: Phase, reason: &str) -> PendingProcess {
        let workers = &record.processes[process as usize].workers;
        PendingProcess {
            record: record.clone(),
            process,
            workers: workers.iter().map(|worker| worker.id.clone()).collect(),
            state: state(process, phase, reason),
        }
    }

    fn said(processes: &[PendingProcess]) -> Vec<String> {
        by_reason(&workers(processes)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn who_waits_for_the_same_reason_is_told_in_one_line() {
        let array = record("slurm", Some("1234"), &[("", &["a", "b"]), ("", &["c"]), ("", &["d"])]);
        let processes = [
            pending(&array, 0, Phase::Pending, "Resources"),
            pending(&array, 1, Phase::Pending, "Resources"),
            pending(&array, 2, Phase::Ended, "FAILED, exit code 127"),
        ];
        assert_eq!(
            said(&processes),
            [
                "3 workers wait (slurm, job 1234): Resources",
                "1 worker did not begin (slurm, job 1234): FAILED, exit code 127"
            ]
        );
        let its = workers(&processes);
        assert_eq!((its[0].place.as_str(), its[0].job.as_str()), ("1234_0", "job 1234"));
    }

    #[test]
    fn a_host_is_named_and_what_has_no_reason_gets_one() {
        let mut hosts = record("ssh", None, &[("node3", &["a"]), ("node4", &["b"])]);
        hosts.processes[0].failure = Some("connection refused".into());
        let processes = [
            pending(&hosts, 0, Phase::Unknown, "connection refused"),
            pending(&hosts, 1, Phase::Unknown, ""),
        ];
        assert_eq!(
            said(&processes),
            [
                "1 worker did not begin (ssh, node3): connection refused",
                "1 worker waits (ssh, node4): not registered yet"
            ]
        );
        let nameless = LaunchRecord { name: String::new(), ..record("command", None, &[("", &["a"])]) };
        assert_eq!(
            said(&[pending(&nameless, 0, Phase::Unknown, "")]),
            ["1 worker waits (command): not registered yet"]
        );
    }

    #[test]
    fn who_has_come_is_absent_no_more() {
        let mut array = record("slurm", Some("7"), &[("", &["a", "b", "c"])]);
        array.processes[0].workers[1].before = 1;
        let known = ["a", "b"].map(|name| WorkerInfo::new(id(name)));
        let again = id("b");
        assert_eq!(absent(&[array], &known)[0].1, [&again, &id("c")]);
    }

    #[test]
    fn a_terminal_obeys_nothing_that_a_batch_system_says() {
        assert_eq!(reason(&state(0, Phase::Pending, " Res\x1b[2Jources\n")), "Res␛[2Jources");
    }
}
