//! Starting workers of a run again: beside the watch, as a batch system may take its time.

use rush_launch::{JobState, LaunchError, Launched, Phase};
use rush_network::{Counts, WorkerInfo};
use tokio::time::Instant;

use crate::manager::{
    restarts::{Start, announcements},
    watch::Watch,
};

/// Workers have been started again, or could not be.
pub(super) struct StartedAgain {
    workers: Vec<WorkerInfo>,
    launched: Launched,
    begun: Result<(), LaunchError>,
}

impl Watch<'_> {
    /// Starts those of these workers again that may be, unless the run is over anyway: beside everything else, as a batch system may take
    /// its time.
    pub(super) fn start_again(&mut self, workers: &[WorkerInfo], counts: &Counts) {
        if self.restarting.is_some() || self.withdrawing || !self.may_start_again(counts) {
            return;
        }
        let due = self.restarts.due(workers, |worker, start| self.may_register(worker, start));
        if due.is_empty() {
            return;
        }
        for announcement in announcements(&due) {
            self.progress.say(format_args!("{announcement}"));
        }
        self.all_ended = None;
        let (launch, mut launched) = (self.launch, self.launched.beside());
        self.restarting = Some(Box::pin(async move {
            let begun = launch.restart(&due, &mut launched).await;
            StartedAgain { workers: due, launched, begun }
        }));
    }

    pub(super) fn started_again(&mut self, StartedAgain { workers, launched, begun }: StartedAgain) {
        if let Err(error) = begun {
            tracing::warn!(%error, "not all workers could be started again");
        }
        let first = self.launched.absorb(launched);
        self.listen_from(first);
        self.awaits_again = true;
        // Those of whom no process could be started, too: they are tried so often and no more.
        for worker in &workers {
            let carries = |process: &usize| {
                self.launched.workers_of(*process).iter().any(|carried| carried.id == worker.id)
            };
            let process = (first..self.launched.processes.len()).find(carries);
            self.restarts.started(worker, process);
        }
    }

    /// Whether the worker of a start may still come.
    pub(super) fn may_register(&self, worker: &WorkerInfo, start: &Start) -> bool {
        let is_its =
            |state: &&JobState| self.its_workers(state).iter().any(|carried| carried.id == worker.id);
        match self.waiting.iter().filter(is_its).max_by_key(|state| waits(state.phase)) {
            Some(state) if state.phase == Phase::Pending => return true,
            Some(state) if state.phase == Phase::Ended => return false,
            // It may have waited for its turn for longer than it may take from then on.
            Some(state) if self.arrivals.has_time(state.process, Instant::now()) => return true,
            _ => {}
        }
        let is_there = || self.launched.children.running().any(|process| Some(process) == start.process);
        start.at.elapsed() < self.session.run_file.workers.start_timeout.as_std()
            && (!self.launched.launcher.sees_ends() || is_there())
    }
}

/// How much one state of a worker says that stands in several launches: that it waits says most, that it ended least.
fn waits(phase: Phase) -> u8 {
    match phase {
        Phase::Pending => 3,
        Phase::Running => 2,
        Phase::Unknown => 1,
        Phase::Ended => 0,
    }
}
