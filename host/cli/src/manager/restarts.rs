//! Which workers of a run are started again, of those that are lost or whose time was up: decided here, done elsewhere.

use std::collections::BTreeMap;

use rush_network::{WorkerId, WorkerInfo, WorkerState};
use tokio::time::Instant;

use crate::print::text;

/// So many workers are named when they are started again.
const NAMED: usize = 5;

/// The workers that have been started again, each with its latest start.
#[derive(Debug, Default)]
pub(crate) struct Restarts {
    latest: BTreeMap<WorkerId, Start>,
}

/// One more start of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The process that was started for it, if one could be.
    pub(crate) process: Option<usize>,
    /// When.
    pub(crate) at: Instant,
    /// Its incarnation before.
    before: u64,
    /// How often it has been started again. Those count, too, that died before they could register.
    times: u32,
}

impl Restarts {
    /// Those of these workers that are to be started again now. One whose latest start may still register is left alone:
    /// `is_starting` says that of a start whose worker has not registered since.
    pub(crate) fn due(
        &self,
        workers: &[WorkerInfo],
        is_starting: impl Fn(&WorkerInfo, &Start) -> bool,
    ) -> Vec<WorkerInfo> {
        let is_due = |worker: &&WorkerInfo| {
            worker.is_to_be_restarted()
                && !self.is_starting(worker, &is_starting)
                && self.latest.get(&worker.id).is_none_or(|start| start.times < worker.max_restarts)
        };
        workers.iter().filter(is_due).cloned().collect()
    }

    /// Whether the latest start of a worker may still lead to its registration.
    pub(crate) fn is_starting(
        &self,
        worker: &WorkerInfo,
        is_starting: impl Fn(&WorkerInfo, &Start) -> bool,
    ) -> bool {
        self.awaited(worker).is_some_and(|start| is_starting(worker, start))
    }

    /// The latest start of a worker, if it has not registered since.
    pub(crate) fn awaited(&self, worker: &WorkerInfo) -> Option<&Start> {
        self.latest.get(&worker.id).filter(|start| worker.incarnation <= start.before)
    }

    /// Takes note that a process was started for a worker.
    pub(crate) fn started(&mut self, worker: &WorkerInfo, process: Option<usize>) {
        let times = self.latest.get(&worker.id).map_or(0, |start| start.times) + 1;
        let start = Start { process, at: Instant::now(), before: worker.incarnation, times };
        self.latest.insert(worker.id.clone(), start);
    }
}

/// What is said of workers that are started again.
pub(crate) fn announcements(due: &[WorkerInfo]) -> Vec<String> {
    let (lost, up): (Vec<&WorkerInfo>, Vec<&WorkerInfo>) =
        due.iter().partition(|worker| worker.state == WorkerState::Lost);
    let say = |workers: &[&WorkerInfo], what: &str, why: &str| {
        let ids: Vec<&str> = workers.iter().map(|worker| worker.id.as_str()).take(NAMED).collect();
        let more = if workers.len() > ids.len() { ", …" } else { "" };
        let count = text::counted(workers.len() as u64, what);
        format!("Starting {count} again{why}: {}{more}", ids.join(", "))
    };
    let lost = (!lost.is_empty()).then(|| say(&lost, "lost worker", ""));
    let up = (!up.is_empty()).then(|| say(&up, "worker", " whose time was up"));
    lost.into_iter().chain(up).collect()
}

#[cfg(test)]
mod tests {
    use rush_network::{End, EndKind};

    use super::*;

    fn lost(incarnation: u64, max_restarts: u32) -> WorkerInfo {
        WorkerInfo {
            state: WorkerState::Lost,
            end: Some(End::new(EndKind::Lost, "")),
            incarnation,
            config: "a".repeat(64),
            max_restarts,
            managed: true,
            end_restart: incarnation <= u64::from(max_restarts),
            ..WorkerInfo::new(WorkerId::parse("calm_otter").unwrap())
        }
    }

    fn count(restarts: &Restarts, worker: &WorkerInfo, is_starting: bool) -> usize {
        restarts.due(std::slice::from_ref(worker), |_, _| is_starting).len()
    }

    #[test]
    fn a_lost_worker_is_started_again_so_often_and_no_more() {
        let mut restarts = Restarts::default();
        for incarnation in 1..=3 {
            assert_eq!(count(&restarts, &lost(incarnation, 3), true), 1, "{incarnation}");
            restarts.started(&lost(incarnation, 3), Some(0));
        }
        assert_eq!(count(&restarts, &lost(4, 3), true), 0);
        assert_eq!(count(&Restarts::default(), &lost(1, 0), true), 0, "nobody asked for it");
        let running = WorkerInfo { state: WorkerState::Running, ..lost(1, 3) };
        assert_eq!(count(&Restarts::default(), &running, true), 0);
    }

    #[test]
    fn who_is_being_started_is_left_alone() {
        let mut restarts = Restarts::default();
        restarts.started(&lost(1, 3), Some(4));
        assert_eq!(count(&restarts, &lost(1, 3), true), 0);
        assert_eq!(count(&restarts, &lost(2, 3), true), 1, "it has registered, and was lost again");
    }

    #[test]
    fn processes_that_never_register_are_not_started_for_ever() {
        let mut restarts = Restarts::default();
        for _ in 0..2 {
            assert_eq!(count(&restarts, &lost(1, 2), false), 1);
            restarts.started(&lost(1, 3), Some(0));
        }
        assert_eq!(count(&restarts, &lost(1, 2), false), 0);
    }

    #[test]
    fn whose_time_was_up_is_started_again_like_the_lost() {
        let up = WorkerInfo { state: WorkerState::Terminated, ..lost(1, 3) };
        let done = WorkerInfo { end_restart: false, ..up.clone() };
        assert_eq!(count(&Restarts::default(), &up, false), 1);
        assert_eq!(count(&Restarts::default(), &done, false), 0, "its loop was done");
        assert_eq!(
            announcements(&[up.clone(), lost(1, 3), up]),
            [
                "Starting 1 lost worker again: calm_otter",
                "Starting 2 workers again whose time was up: calm_otter, calm_otter"
            ]
        );
        let many: Vec<WorkerInfo> = vec![lost(1, 3); 7];
        assert!(
            announcements(&many)[0].starts_with("Starting 7 lost workers again: ")
                && announcements(&many)[0].ends_with(", …")
        );
    }
}
