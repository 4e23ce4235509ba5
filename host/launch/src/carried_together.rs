//! Which workers one process carries when they are started again.

use std::collections::BTreeMap;

use rush_network::WorkerInfo;

/// Workers that are to be started again, by the process that each is to be carried by: those that one process has carried, with one
/// configuration, are carried by one again. What was planned once, for however many workers at a time, holds on.
///
/// Those without a configuration are left out; see [`can_be_restarted`].
pub fn carried_together(workers: &[WorkerInfo]) -> Vec<Vec<&WorkerInfo>> {
    let mut processes: BTreeMap<_, Vec<&WorkerInfo>> = BTreeMap::new();
    for worker in workers.iter().filter(|worker| can_be_restarted(worker)) {
        processes.entry((&worker.config, &worker.hostname, worker.pid)).or_default().push(worker);
    }
    processes.into_values().collect()
}

/// Whether a worker has a configuration that it could be started again with.
pub fn can_be_restarted(worker: &WorkerInfo) -> bool {
    !worker.config.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launched::tests::worker;

    fn lost(name: &str, config: &str, hostname: &str, pid: u32) -> WorkerInfo {
        let config = config.to_owned();
        WorkerInfo { config, hostname: hostname.to_owned(), pid: Some(pid), ..worker(name, 1) }
    }

    fn names(workers: &[WorkerInfo]) -> Vec<Vec<&str>> {
        let name =
            |worker: &&WorkerInfo| workers.iter().find(|known| known.id == worker.id).unwrap().id.as_str();
        carried_together(workers).iter().map(|process| process.iter().map(name).collect()).collect()
    }

    #[test]
    fn a_thousand_workers_of_one_process_are_carried_by_one_again() {
        let workers: Vec<WorkerInfo> =
            (0..1000).map(|index| lost(&format!("worker_{index}"), "c", "here", 7)).collect();
        let processes = carried_together(&workers);
        assert_eq!(processes.iter().map(Vec::len).collect::<Vec<_>>(), [1000]);
    }

    #[test]
    fn who_was_apart_stays_apart() {
        let workers = [
            lost("a", "c", "here", 7),
            lost("b", "c", "here", 8),
            lost("c", "c", "there", 7),
            lost("d", "other", "here", 7),
            lost("e", "c", "here", 7),
        ];
        assert_eq!(names(&workers), [vec!["a", "e"], vec!["b"], vec!["c"], vec!["d"]]);
    }

    #[test]
    fn who_has_no_configuration_cannot_be_started_again() {
        assert_eq!(names(&[lost("a", "", "here", 7), lost("b", "c", "here", 7)]), [vec!["b"]]);
        assert!(carried_together(&[]).is_empty());
    }
}
