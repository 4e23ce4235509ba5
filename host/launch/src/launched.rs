//! Host processes that have been started, and what their ends mean.

use std::{
    collections::HashMap,
    io::{self, Read as _, Seek as _},
    path::PathBuf,
    process::ExitStatus,
};

use rush_network::{LaunchRecord, LaunchedWorker, Network, WorkerId, WorkerInfo};

use crate::{
    JobState, LaunchError, Launcher, Status,
    batch_system::BatchSystem,
    local::{LocalChildren, Talk},
    looking::Look,
    ssh,
};

/// So much of what a launcher's program wrote is told.
const TOLD: u64 = 2 << 10;

/// A worker that is to register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awaited {
    /// Its id.
    pub id: WorkerId,
    /// The incarnation that it had before; 0 for a new one.
    pub before: u64,
}

impl Awaited {
    /// One that has ended.
    pub fn again(worker: &WorkerInfo) -> Self {
        Self { id: worker.id.clone(), before: worker.incarnation }
    }
}

impl From<&LaunchedWorker> for Awaited {
    fn from(worker: &LaunchedWorker) -> Self {
        Self { id: worker.id.clone(), before: worker.before }
    }
}

/// Where a process stands in the records of its launches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The launch, by its place among the records.
    pub(crate) record: usize,
    /// Its number there.
    pub(crate) process: u32,
}

/// Host processes that have been started, by the index of each in [`processes`](Self::processes). Those that this process has started
/// itself have the same index in [`children`](Self::children); a batch system's have no child.
///
/// When it is dropped, supervised processes end by themselves; detached ones go on.
#[derive(Debug)]
pub struct Launched {
    /// The processes that this one has started: the host processes themselves, or what a launcher needs for each.
    pub children: LocalChildren,
    /// The workers of each.
    pub processes: Vec<Vec<Awaited>>,
    /// What has started them.
    pub launcher: Launcher,
    /// The launches, as they stand in the network: the permission to register. Children of this process need none.
    pub records: Vec<LaunchRecord>,
    /// Where each process stands in them.
    pub(crate) origins: Vec<Origin>,
    /// Whether the children are connections that nobody needs once all workers are registered.
    pub(crate) lets_go: bool,
    log: Option<Log>,
}

/// Where the processes write, and what stood there before.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    before: u64,
}

impl Launched {
    pub(crate) fn new(launcher: Launcher, talk: &Talk) -> Self {
        let log = match talk {
            Talk::Log(path) => {
                let before = path.metadata().map_or(0, |metadata| metadata.len());
                Some(Log { path: path.clone(), before })
            }
            Talk::Inherit | Talk::Pipe => None,
        };
        Self {
            children: LocalChildren::new(),
            processes: Vec::new(),
            launcher,
            records: Vec::new(),
            origins: Vec::new(),
            lets_go: false,
            log,
        }
    }

    /// Nothing yet, to be started beside this, for [`Launch::restart`](crate::Launch::restart), and [absorbed](Self::absorb) then: a batch
    /// system may take its time.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self {
            children: self.children.beside(),
            processes: Vec::new(),
            launcher: self.launcher.clone(),
            records: Vec::new(),
            origins: Vec::new(),
            lets_go: self.lets_go,
            log: None,
        }
    }

    /// Takes over what was started [beside](Self::beside) this. Answers the index of the first of its processes here.
    pub fn absorb(&mut self, more: Self) -> usize {
        let (first, records) = (self.processes.len(), self.records.len());
        self.children.absorb(more.children);
        self.processes.extend(more.processes);
        self.records.extend(more.records);
        let origins = more.origins.into_iter();
        self.origins.extend(origins.map(|origin| Origin { record: origin.record + records, ..origin }));
        first
    }

    /// The ids of all workers.
    pub fn ids(&self) -> Vec<WorkerId> {
        self.processes.iter().flatten().map(|worker| worker.id.clone()).collect()
    }

    /// The workers of one process.
    pub fn workers_of(&self, process: usize) -> &[Awaited] {
        self.processes.get(process).map_or(&[], Vec::as_slice)
    }

    /// What the launches' batch system says about the processes whose workers are not all registered; nothing, if there is none. It
    /// hangs on nothing, so that it can be asked beside everything else: batch systems take their time.
    pub fn waiting(
        &self,
        network: &Network,
    ) -> impl Future<Output = Result<Vec<JobState>, LaunchError>> + Send + use<> {
        let look = BatchSystem::of(&self.launcher).map(|system| Look {
            system,
            records: self.records.clone(),
            processes: self.processes.clone(),
            origins: self.origins.clone(),
        });
        let network = network.clone();
        async move {
            match look {
                Some(look) => look.at(&network).await,
                None => Ok(Vec::new()),
            }
        }
    }

    /// Whether a batch system starts the processes, when it likes.
    pub(crate) fn is_batch(&self) -> bool {
        BatchSystem::of(&self.launcher).is_some()
    }

    /// One more process of a launch.
    pub(crate) fn push(&mut self, workers: Vec<Awaited>, origin: Option<Origin>) {
        self.processes.push(workers);
        self.origins.extend(origin);
    }

    /// What the end of a process means whose workers are not registered. A launcher's program that ends well has done its part.
    pub fn failed(&self, process: usize, status: io::Result<ExitStatus>) -> Option<LaunchError> {
        match &self.launcher {
            Launcher::Local => Some(LaunchError::EndedEarly { status: status.into(), said: self.said() }),
            Launcher::Command(_) if status.as_ref().is_ok_and(ExitStatus::success) => None,
            Launcher::Command(launcher) => Some(LaunchError::ProgramFailed {
                program: launcher.argv.first().cloned().unwrap_or_default(),
                status: Status::from(status),
                said: self.said(),
            }),
            Launcher::Ssh(_) => {
                ssh::failed(self.place_of(process), &self.children, process, status, &self.said())
            }
            // They have no processes here.
            Launcher::Slurm(_) | Launcher::Kubernetes(_) => None,
        }
    }

    /// Takes note of why a process has not begun. Answers its launch as others should see it from now on; children of this process have
    /// none.
    pub fn not_begun(&mut self, process: usize, why: &impl ToString) -> Option<LaunchRecord> {
        let origin = *self.origins.get(process)?;
        let record = self.records.get_mut(origin.record)?;
        let launched = record.processes.get_mut(usize::try_from(origin.process).ok()?)?;
        launched.failure = Some(why.to_string());
        Some(record.clone())
    }

    /// Where a process was started, as its launch says.
    fn place_of(&self, process: usize) -> &str {
        let launched = self.origins.get(process).and_then(|origin| {
            self.records.get(origin.record)?.processes.get(usize::try_from(origin.process).ok()?)
        });
        launched.map_or("", |launched| launched.place.as_str())
    }

    /// The end of what was written to the log since the start.
    pub(crate) fn said(&self) -> String {
        let read = |log: &Log| -> io::Result<Vec<u8>> {
            let mut file = std::fs::File::open(&log.path)?;
            let end = file.metadata()?.len();
            file.seek(io::SeekFrom::Start(log.before.max(end.saturating_sub(TOLD))))?;
            let mut said = Vec::new();
            file.take(TOLD).read_to_end(&mut said)?;
            Ok(said)
        };
        // What cannot be read is still in the log, which the user is told of.
        let said = self.log.as_ref().and_then(|log| read(log).ok()).unwrap_or_default();
        String::from_utf8_lossy(&said).into_owned()
    }
}

/// How many of these workers have registered since they were started.
pub async fn registered(network: &Network, workers: &[Awaited]) -> rush_network::Result<usize> {
    let new: Vec<WorkerId> =
        workers.iter().filter(|worker| worker.before == 0).map(|worker| worker.id.clone()).collect();
    let again: Vec<&Awaited> = workers.iter().filter(|worker| worker.before > 0).collect();
    let mut count = network.known_workers(&new).await?;
    if !again.is_empty() {
        let ids: Vec<WorkerId> = again.iter().map(|worker| worker.id.clone()).collect();
        let found = network.workers_of(&ids).await?.into_iter();
        let found: HashMap<WorkerId, u64> = found.map(|info| (info.id, info.incarnation)).collect();
        let is_newer = |worker: &&&Awaited| found.get(&worker.id).is_some_and(|found| *found > worker.before);
        count += again.iter().filter(is_newer).count();
    }
    Ok(count)
}

#[cfg(test)]
pub(crate) mod tests {
    use rush_network::{End, EndKind, WorkerState};

    use super::*;

    /// A worker that is lost.
    pub(crate) fn worker(name: &str, incarnation: u64) -> WorkerInfo {
        WorkerInfo {
            state: WorkerState::Lost,
            end: Some(End::new(EndKind::Lost, "")),
            incarnation,
            ..WorkerInfo::new(WorkerId::parse(name).unwrap())
        }
    }
}
