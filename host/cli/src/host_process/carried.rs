//! Whom a process of a launch carries: a pure function of what the launch says and who is known.
//!
//! A process may begin late, twice, or anew: a job was submitted a second time, put back into its queue, or followed by a successor.
//! So it carries only those of its workers that nobody carries and that have not ended for good; the network makes sure that nobody
//! else does at the same moment.

use std::collections::HashMap;

use rush_network::{Error, LaunchedProcess, WorkerId, WorkerInfo, WorkerState};

/// A worker that is to be carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Carried {
    pub(super) id: WorkerId,
    /// The incarnation that it had; 0: it is new.
    pub(super) after: u64,
    /// The index that its launch has taken for it; none: it needs another one, since its own has been used.
    pub(super) index: Option<u64>,
}

/// The workers of a process.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Crew {
    /// Those that it carries.
    pub(super) carried: Vec<Carried>,
    /// Those that somebody else carries, or that have ended for good.
    pub(super) left_alone: Vec<WorkerId>,
}

impl Crew {
    /// How many it carries.
    pub(super) fn count(&self) -> u32 {
        u32::try_from(self.carried.len()).unwrap_or(u32::MAX)
    }

    /// `found` are those of the workers that the network knows. One that was to come again and that nobody knows is gone with all that the
    /// network held.
    pub(super) fn of(process: &LaunchedProcess, found: &[WorkerInfo]) -> Result<Self, Error> {
        let found: HashMap<&WorkerId, &WorkerInfo> = found.iter().map(|info| (&info.id, info)).collect();
        let mut crew = Self::default();
        for (index, worker) in (process.first_index..).zip(&process.workers) {
            let known = found.get(&worker.id);
            let carried = |after, index| Carried { id: worker.id.clone(), after, index };
            // One that began to count anew is another one.
            let incarnation = known.map_or(0, |info| info.incarnation);
            if incarnation < worker.before {
                return Err(Error::WorkerRemoved { worker_id: worker.id.to_string() });
            }
            match known {
                None => crew.carried.push(carried(0, Some(index))),
                Some(info) if info.state == WorkerState::Running => crew.left_alone.push(worker.id.clone()),
                Some(_) if incarnation == worker.before => {
                    crew.carried.push(carried(incarnation, Some(index)));
                }
                Some(info) if info.is_to_be_restarted() => crew.carried.push(carried(incarnation, None)),
                Some(_) => crew.left_alone.push(worker.id.clone()),
            }
        }
        Ok(crew)
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{End, EndKind, LaunchedWorker};

    use super::*;

    fn id(name: &str) -> WorkerId {
        WorkerId::parse(name).unwrap()
    }

    /// A process with these workers, each with the incarnation that it had; their indices begin at 7.
    fn process(workers: &[(&str, u64)]) -> LaunchedProcess {
        let workers = workers.iter().map(|(name, before)| LaunchedWorker { id: id(name), before: *before });
        LaunchedProcess { place: String::new(), first_index: 7, workers: workers.collect(), failure: None }
    }

    fn running(name: &str, incarnation: u64) -> WorkerInfo {
        WorkerInfo { incarnation, ..WorkerInfo::new(id(name)) }
    }

    fn ended(name: &str, incarnation: u64, kind: EndKind, end_restart: bool) -> WorkerInfo {
        let end = Some(End::new(kind, ""));
        WorkerInfo { state: kind.state(), end, end_restart, ..running(name, incarnation) }
    }

    fn carried(name: &str, after: u64, index: Option<u64>) -> Carried {
        Carried { id: id(name), after, index }
    }

    #[test]
    fn new_workers_get_the_indices_of_their_launch_whoever_of_them_comes() {
        let crew = Crew::of(&process(&[("a", 0), ("b", 0), ("c", 0)]), &[running("b", 1)]).unwrap();
        assert_eq!(crew.carried, [carried("a", 0, Some(7)), carried("c", 0, Some(9))]);
        assert_eq!(crew.left_alone, [id("b")]);
    }

    #[test]
    fn who_is_to_come_again_does_so_with_the_new_index_however_it_had_ended() {
        for kind in [EndKind::Returned, EndKind::Lost, EndKind::Killed, EndKind::TimeUp] {
            let crew = Crew::of(&process(&[("a", 3)]), &[ended("a", 3, kind, false)]).unwrap();
            assert_eq!(crew.carried, [carried("a", 3, Some(7))], "{kind:?}");
        }
    }

    /// A job that was put back into the queue, or that a successor follows: the index of its launch has been used.
    #[test]
    fn who_has_been_carried_and_may_be_started_again_comes_with_an_index_of_its_own() {
        for before in [0, 1] {
            for kind in [EndKind::Lost, EndKind::TimeUp] {
                let crew = Crew::of(&process(&[("a", before)]), &[ended("a", 2, kind, true)]).unwrap();
                assert_eq!(crew.carried, [carried("a", 2, None)], "{kind:?}");
            }
        }
    }

    #[test]
    fn who_runs_or_has_ended_for_good_is_left_alone() {
        let found = [
            running("a", 1),
            ended("b", 1, EndKind::Returned, false),
            ended("c", 1, EndKind::Lost, false),
            ended("d", 1, EndKind::Killed, false),
            ended("e", 1, EndKind::TimeUp, false),
            running("f", 4),
        ];
        let all = [("a", 0), ("b", 0), ("c", 0), ("d", 0), ("e", 0), ("f", 4)];
        let crew = Crew::of(&process(&all), &found).unwrap();
        assert!(crew.carried.is_empty(), "{crew:?}");
        assert_eq!(crew.left_alone.len(), all.len());
    }

    #[test]
    fn one_that_was_to_come_again_and_that_nobody_knows_was_reset() {
        for found in [vec![], vec![running("a", 1)], vec![ended("a", 1, EndKind::Lost, true)]] {
            let error = Crew::of(&process(&[("b", 0), ("a", 2)]), &found).unwrap_err();
            assert!(matches!(&error, Error::WorkerRemoved { worker_id } if worker_id == "a"), "{error}");
        }
    }
}
