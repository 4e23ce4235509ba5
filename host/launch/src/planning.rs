//! What a launch consists of, before anything of it is done.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::Range,
    path::{PathBuf, absolute},
    thread::available_parallelism,
    time::SystemTime,
};

use rush_network::{LaunchId, LaunchRecord, LaunchedProcess, LaunchedWorker, WorkerId, WorkerInfo, hostname};
use rush_run_file::{Isolation, Restart, RunFile};

use crate::{
    Awaited, Carries, Launcher, WorkerCommand, carried_together, job_name,
    local::{plan_processes, threads_of_each},
    ssh,
};

/// Where host processes run, as far as somebody decides that here, and the places of their workers among all, from 0.
pub(crate) fn plan(launcher: &Launcher, run_file: &RunFile, count: u32) -> Vec<(String, Range<usize>)> {
    let processes = run_file.processes_for(count);
    if let Launcher::Ssh(launcher) = launcher {
        return ssh::plan(launcher, count, processes);
    }
    let plans = plan_processes(0, count as usize, processes as usize).into_iter();
    plans.map(|plan| (String::new(), plan.workers)).collect()
}

/// How many threads each process has for its loops, if so many were begun together. How many share another machine, and how many cores that has,
/// is not known here.
pub(crate) fn threads(launcher: &Launcher, run_file: &RunFile, processes: usize) -> Option<u32> {
    if *launcher != Launcher::Local {
        return None;
    }
    // The loop has a thread of its own beside them.
    if run_file.worker_loop.isolation == Isolation::Process {
        return Some(1);
    }
    Some(threads_of_each(processes, available_parallelism().unwrap_or(NonZeroUsize::MIN)))
}

/// New workers with new names, with the indices from `first` on.
pub(crate) fn new_workers(plan: Vec<(String, Range<usize>)>, first: u64) -> Vec<LaunchedProcess> {
    let process = |(place, workers): (String, Range<usize>)| LaunchedProcess {
        place,
        first_index: first + workers.start as u64,
        workers: workers.map(|_| LaunchedWorker { id: WorkerId::random(), before: 0 }).collect(),
        failure: None,
    };
    plan.into_iter().map(process).collect()
}

/// A launch that nobody knows of yet.
pub(crate) fn record(launcher: &Launcher, network: &str, processes: Vec<LaunchedProcess>) -> LaunchRecord {
    let id = LaunchId::random();
    let name = match launcher {
        Launcher::Slurm(_) | Launcher::Kubernetes(_) => job_name(network, &id),
        Launcher::Local | Launcher::Command(_) | Launcher::Ssh(_) => String::new(),
    };
    let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    LaunchRecord {
        id,
        launcher: launcher.name().to_owned(),
        from: hostname(),
        at: u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
        name,
        job: None,
        processes,
    }
}

/// Workers that come again, by configuration: one launch has one. Who was carried by one process is so again; each has a new index, from
/// `first` on.
pub(crate) fn again(
    launcher: &Launcher,
    workers: &[WorkerInfo],
    first: u64,
) -> BTreeMap<String, Vec<LaunchedProcess>> {
    let mut all: BTreeMap<String, Vec<LaunchedProcess>> = BTreeMap::new();
    let mut next = first;
    for its in carried_together(workers) {
        let Some(one) = its.first() else { continue };
        let comes =
            |worker: &&WorkerInfo| LaunchedWorker { id: worker.id.clone(), before: worker.incarnation };
        let process = LaunchedProcess {
            place: restarted_at(launcher, one),
            first_index: next,
            workers: its.iter().map(comes).collect(),
            failure: None,
        };
        next += its.len() as u64;
        all.entry(one.config.clone()).or_default().push(process);
    }
    all
}

/// Where a worker is started again: on the machine where it was, if somebody decides that here and still may choose it.
fn restarted_at(launcher: &Launcher, worker: &WorkerInfo) -> String {
    let Launcher::Ssh(launcher) = launcher else { return String::new() };
    let hosts = || launcher.hosts.iter().map(|host| &host.host);
    hosts().find(|host| **host == worker.place).or_else(|| hosts().next()).cloned().unwrap_or_default()
}

/// The workers of a process, for whoever awaits them.
pub(crate) fn awaited(process: &LaunchedProcess) -> Vec<Awaited> {
    process.workers.iter().map(Awaited::from).collect()
}

/// What a child of this process is told on its command line. Either all of its workers are new, or none is.
pub(crate) fn carried_by(process: &LaunchedProcess) -> Carries {
    if process.workers.iter().any(|worker| worker.before > 0) {
        return Carries::Again(awaited(process));
    }
    let ids = process.workers.iter().map(|worker| worker.id.clone()).collect();
    Carries::Named { ids, first_index: process.first_index }
}

/// The command of one process of a launch.
pub(crate) fn numbered(command: &WorkerCommand, record: &LaunchRecord, process: u32) -> WorkerCommand {
    let carries = Carries::Launched { launch: record.id.clone(), process: Some(process) };
    WorkerCommand { carries, ..command.clone() }
}

/// Whether workers are to be started again that are lost, or whose machine's time was up.
pub(crate) fn takes_over(run_file: &RunFile) -> bool {
    matches!(run_file.workers.restart, Restart::OnLost { .. })
}

/// Where files of the network are kept, absolute: what reads them may work elsewhere.
pub(crate) fn network_folder(run_file: &RunFile) -> PathBuf {
    let folder = run_file.folder.join(".rush").join(run_file.network.as_str());
    absolute(&folder).unwrap_or(folder)
}

#[cfg(test)]
mod tests {
    use rush_run_file::Options;

    use super::*;
    use crate::launched::tests::worker;

    fn threads_with(more: &str, processes: usize) -> Option<u32> {
        let text = format!("network = 'n'\n[loop]\ncomponent = 'loop.wasm'\n{more}");
        let run_file = RunFile::parse(&text, "run.toml", &Options::of_this_process()).unwrap();
        threads(&Launcher::named(&run_file), &run_file, processes)
    }

    #[test]
    fn the_processes_of_this_machine_share_its_cores() {
        let cores = available_parallelism().unwrap();
        assert_eq!(threads_with("", 1), u32::try_from(cores.get()).ok());
        assert_eq!(threads_with("", cores.get()), Some(1));
        assert_eq!(threads_with("isolation = 'process'\n", 1), Some(1));
    }

    #[test]
    fn what_another_machine_has_is_its_own_affair() {
        for launcher in [
            "[launcher.command]\nargv = ['sh', '-c', '{script}']",
            "[launcher.ssh]\nhosts = [{ host = 'a' }]",
        ] {
            assert_eq!(threads_with(launcher, 1), None, "{launcher}");
        }
    }

    #[test]
    fn every_new_worker_has_an_index_of_its_own() {
        let processes = new_workers(vec![("a".to_owned(), 0..2), ("b".to_owned(), 2..3)], 7);
        let places: Vec<(&str, u64, usize)> = processes
            .iter()
            .map(|process| (process.place.as_str(), process.first_index, process.workers.len()))
            .collect();
        assert_eq!(places, [("a", 7, 2), ("b", 9, 1)]);
        assert!(matches!(carried_by(&processes[0]), Carries::Named { first_index: 7, .. }));
    }

    #[test]
    fn who_comes_again_has_a_new_index_and_those_of_one_configuration_are_one_launch() {
        let lost = |name: &str, config: &str, pid| WorkerInfo {
            config: config.to_owned(),
            pid: Some(pid),
            ..worker(name, 3)
        };
        let workers = [lost("a", "x", 1), lost("b", "y", 1), lost("c", "x", 2), lost("d", "x", 1)];
        let launches = again(&Launcher::Local, &workers, 10);
        let indices: Vec<(&str, Vec<(u64, usize)>)> = launches
            .iter()
            .map(|(config, processes)| {
                let processes = processes.iter().map(|its| (its.first_index, its.workers.len()));
                (config.as_str(), processes.collect())
            })
            .collect();
        assert_eq!(indices, [("x", vec![(10, 2), (12, 1)]), ("y", vec![(13, 1)])]);
        let again = carried_by(&launches["y"][0]);
        assert!(matches!(again, Carries::Again(its) if its[0].id.as_str() == "b" && its[0].before == 3));
    }
}
