//! What becomes of a launch that has failed: nothing of it may start workers later.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use rush_network::{Network, WorkerId, WorkerInfo, hostname};

use crate::{Awaited, Launched, kill, terminate};

/// So long Redis is asked, and killed processes are waited for: whoever has failed wants to say so.
const PATIENCE: Duration = Duration::from_secs(2);

/// What becomes of the processes of a failed launch, and of their workers.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fate {
    /// Processes that are killed: not all of their workers are registered.
    processes: BTreeSet<usize>,
    /// Those of their workers that are registered, which nobody would carry any more.
    killed: Vec<WorkerId>,
    /// Workers of the other processes, which end after their task.
    asked: Vec<WorkerId>,
}

/// `doomed` are processes that have been killed already, whoever has registered since.
fn decide(
    processes: &[Vec<Awaited>],
    doomed: &BTreeSet<usize>,
    is_registered: impl Fn(usize, &Awaited) -> bool,
) -> Fate {
    let mut fate = Fate::default();
    for (process, workers) in processes.iter().enumerate() {
        let registered = workers.iter().filter(|worker| is_registered(process, worker));
        let registered: Vec<WorkerId> = registered.map(|worker| worker.id.clone()).collect();
        if registered.len() < workers.len() || doomed.contains(&process) {
            fate.processes.insert(process);
            fate.killed.extend(registered);
        } else {
            fate.asked.extend(registered);
        }
    }
    fate
}

impl Launched {
    /// Ends what was launched, because not all of it could be: processes whose workers are not all registered are killed, and so are
    /// those of their workers that are; other workers are asked to end after their task.
    ///
    /// First the permission to register is withdrawn, so that what was handed on to others (a batch system) does nothing when it begins,
    /// be it in hours.
    pub async fn give_up(&mut self, network: &Network) {
        self.withdraw(network).await;
        let fate = decide(&self.processes, &BTreeSet::new(), self.is_registered(network).await);
        for process in &fate.processes {
            if let Err(error) = self.children.kill(*process) {
                tracing::warn!(%error, "a process of a failed launch could not be killed");
            }
        }
        let gone = async {
            while self.children.running().any(|process| fate.processes.contains(&process)) {
                self.children.next_exit().await;
            }
        };
        // A process that is not even gone by now will not register, either.
        let _ = tokio::time::timeout(PATIENCE, gone).await;
        // They may have registered until then.
        let fate = decide(&self.processes, &fate.processes, self.is_registered(network).await);
        let ends = async { tokio::join!(kill(network, &fate.killed), terminate(network, &fate.asked)) };
        match tokio::time::timeout(PATIENCE, ends).await {
            Ok((Ok(_), Ok(_))) => {}
            Ok((Err(error), _) | (_, Err(error))) => {
                tracing::warn!(%error, "workers of a failed launch could not be ended");
            }
            Err(_) => tracing::warn!("Redis does not answer, so workers of a failed launch may go on"),
        }
    }

    /// Whether a worker has been registered by this launch. If Redis does not say so, nobody has.
    async fn is_registered(&self, network: &Network) -> impl Fn(usize, &Awaited) -> bool + use<> {
        let ids = self.ids();
        let found = tokio::time::timeout(PATIENCE, network.workers_of(&ids)).await;
        let found = found.ok().and_then(Result::ok).unwrap_or_default().into_iter();
        let found: HashMap<WorkerId, WorkerInfo> = found.map(|worker| (worker.id.clone(), worker)).collect();
        let sees_pids = self.launcher.sees_ends();
        let pids: Vec<Option<u32>> =
            (0..self.processes.len()).map(|process| self.children.former_pid(process)).collect();
        let here = hostname();
        move |process, awaited| {
            let Some(worker) = found.get(&awaited.id) else { return false };
            // One that somebody else was faster to start again is none of ours.
            let is_ours = !sees_pids
                || worker.hostname == here && pids.get(process).is_some_and(|pid| *pid == worker.pid);
            worker.incarnation > awaited.before && is_ours
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn awaited(name: &str) -> Awaited {
        Awaited { id: WorkerId::parse(name).unwrap(), before: 0 }
    }

    /// Two processes with two workers each: what becomes of them if these are registered.
    fn fate(registered: &[&str], doomed: &[usize]) -> (Vec<usize>, Vec<String>, Vec<String>) {
        let processes = [vec![awaited("a"), awaited("b")], vec![awaited("c"), awaited("d")]];
        let is_registered = |_, worker: &Awaited| registered.contains(&worker.id.as_str());
        let Fate { processes, killed, asked } =
            decide(&processes, &doomed.iter().copied().collect(), is_registered);
        let names = |ids: Vec<WorkerId>| ids.into_iter().map(|id| id.to_string()).collect();
        (processes.into_iter().collect(), names(killed), names(asked))
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_process_whose_workers_are_all_there_ends_with_them() {
        assert_eq!(fate(&["a", "b"], &[]), (vec![1], names(&[]), names(&["a", "b"])));
    }

    #[test]
    fn a_process_whose_workers_are_not_all_there_is_killed_with_those_that_are() {
        assert_eq!(fate(&["a", "c", "d"], &[]), (vec![0], names(&["a"]), names(&["c", "d"])));
        assert_eq!(fate(&[], &[]), (vec![0, 1], names(&[]), names(&[])));
    }

    #[test]
    fn who_registered_while_its_process_was_killed_is_killed_too() {
        assert_eq!(fate(&["a", "b", "c", "d"], &[1]), (vec![1], names(&["c", "d"]), names(&["a", "b"])));
    }
}
