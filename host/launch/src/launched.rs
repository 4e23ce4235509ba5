//! Host processes that have been started, and the registration of their workers.

use std::{
    io::{self, Read as _, Seek as _},
    path::PathBuf,
    process::ExitStatus,
    time::Duration,
};

use rush_network::{Network, WorkerId, WorkerInfo};
use tokio::time::Instant;

use crate::{
    LaunchError, Launcher, Status,
    local::{LocalChildren, Talk},
};

const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LAST_PAUSE: Duration = Duration::from_millis(50);
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
    pub(crate) fn new(id: WorkerId) -> Self {
        Self { id, before: 0 }
    }

    /// One that has ended.
    pub fn again(worker: &WorkerInfo) -> Self {
        Self { id: worker.id.clone(), before: worker.incarnation }
    }
}

/// Host processes that have been started, by the index of each in [`children`](Self::children).
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
        Self { children: LocalChildren::new(), processes: Vec::new(), launcher, log }
    }

    /// The ids of all workers.
    pub fn ids(&self) -> Vec<WorkerId> {
        self.processes.iter().flatten().map(|worker| worker.id.clone()).collect()
    }

    /// The workers of one process.
    pub fn workers_of(&self, process: usize) -> &[Awaited] {
        self.processes.get(process).map_or(&[], Vec::as_slice)
    }

    /// Waits until all workers are registered. One whose process fails before that never will be: then this ends with an error,
    /// and so does all that was launched; see [`give_up`](Self::give_up).
    pub async fn until_registered(
        &mut self,
        network: &Network,
        patience: Duration,
    ) -> Result<(), LaunchError> {
        let registered = self.wait_until_registered(network, patience).await;
        if registered.is_err() {
            self.give_up(network).await;
        }
        registered
    }

    async fn wait_until_registered(
        &mut self,
        network: &Network,
        patience: Duration,
    ) -> Result<(), LaunchError> {
        let all: Vec<Awaited> = self.processes.iter().flatten().cloned().collect();
        let deadline = Instant::now() + patience;
        let mut pause = FIRST_PAUSE;
        loop {
            let count = registered(network, &all).await?;
            if count == all.len() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(LaunchError::NotRegistered {
                    after: patience,
                    registered: count,
                    workers: all.len(),
                    said: self.said(),
                });
            }
            tokio::select! {
                Some((process, status)) = self.children.next_exit() => {
                    // A very short loop may have registered, worked and ended by now; other processes may still begin.
                    let its = self.workers_of(process);
                    if registered(network, its).await? < its.len()
                        && let Some(failed) = self.failed(status)
                    {
                        return Err(failed);
                    }
                }
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
            }
        }
    }

    /// What the end of a process means whose workers are not registered. A launcher's program that ends well has done its part.
    pub fn failed(&self, status: io::Result<ExitStatus>) -> Option<LaunchError> {
        match &self.launcher {
            Launcher::Local => Some(LaunchError::EndedEarly { status: status.into(), said: self.said() }),
            Launcher::Command(_) if status.as_ref().is_ok_and(ExitStatus::success) => None,
            Launcher::Command(launcher) => Some(LaunchError::ProgramFailed {
                program: launcher.argv.first().cloned().unwrap_or_default(),
                status: Status::from(status),
                said: self.said(),
            }),
        }
    }

    /// The end of what was written to the log since the start.
    fn said(&self) -> String {
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
        let found = network.workers_of(&ids).await?;
        let is_newer = |worker: &&&Awaited| {
            found.iter().any(|info| info.id == worker.id && info.incarnation > worker.before)
        };
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
