//! The workers of this process: what each has been told, and who waits for what.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::{Notify, watch};

use crate::{StopReason, WorkerId, cancels::Cancels, restarts::Restarts};

/// Why a worker is no longer registered although it did not end by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody killed it.
    Killed,
    /// Somebody buried it, because its heartbeat was missing.
    Lost,
    /// The network was reset, or another incarnation took its place.
    Removed,
}

/// What a worker of this process can be told from outside.
pub(crate) struct Signals {
    terminate: AtomicBool,
    verdict: watch::Sender<Option<Verdict>>,
    /// Something changed for this worker: its own queue, or one of the above.
    pub(crate) changed: Notify,
    /// Its running tasks that were cancelled.
    pub(crate) cancels: Cancels,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self {
            terminate: AtomicBool::new(false),
            verdict: watch::Sender::new(None),
            changed: Notify::new(),
            cancels: Cancels::new(),
        }
    }

    pub(crate) fn terminated(&self) -> bool {
        self.terminate.load(Ordering::Relaxed)
    }

    pub(crate) fn terminate(&self) {
        if !self.terminate.swap(true, Ordering::Relaxed) {
            self.changed.notify_waiters();
        }
    }

    /// The first verdict stands. It also terminates, so that a loop that looks sees it.
    pub(crate) fn decide(&self, verdict: Verdict) {
        self.verdict.send_if_modified(|current| current.is_none() && current.replace(verdict).is_none());
        self.terminate();
    }

    pub(crate) async fn verdict(&self) -> Verdict {
        let mut receiver = self.verdict.subscribe();
        let decided = receiver.wait_for(Option::is_some).await.ok().and_then(|verdict| *verdict);
        match decided {
            Some(verdict) => verdict,
            // The sender lives in `self`, which lives as long as this future.
            None => std::future::pending().await,
        }
    }
}

/// A worker of this process, as the heart sees it.
#[derive(Clone)]
pub(crate) struct LocalWorker {
    pub(crate) id: WorkerId,
    pub(crate) incarnation: u64,
    pub(crate) signals: Arc<Signals>,
}

/// All workers of this process.
#[derive(Default)]
pub(crate) struct Local {
    workers: Mutex<HashMap<WorkerId, LocalWorker>>,
    /// Pops that wait for the common queue; one is woken for each task that was pushed.
    pub(crate) queue: Notify,
    /// Tasks finished so far, as far as this process has heard.
    finished: AtomicU64,
    /// The finish line was crossed, which nobody has announced yet.
    pub(crate) progress: Notify,
    /// A worker of this process has finished tasks.
    pub(crate) some_finished: Notify,
    /// How many finished tasks end the run; `u64::MAX`: no such condition.
    finish_line: FinishLine,
    stop: Stop,
    /// Lost workers for this process to start again.
    pub(crate) restarts: Restarts,
}

struct FinishLine(AtomicU64);

impl Default for FinishLine {
    fn default() -> Self {
        Self(AtomicU64::new(u64::MAX))
    }
}

struct Stop(watch::Sender<Option<StopReason>>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Local {
    fn map(&self) -> MutexGuard<'_, HashMap<WorkerId, LocalWorker>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, worker: LocalWorker) {
        let signals = Arc::clone(&worker.signals);
        self.map().insert(worker.id.clone(), worker);
        // After it can be found: a stop that comes now tells it, too.
        if self.stop_reason().is_some() {
            signals.terminate();
        }
    }

    /// Forgets a worker; another incarnation of the same id stays.
    pub(crate) fn remove(&self, id: &WorkerId, incarnation: u64) {
        let mut map = self.map();
        if map.get(id).is_some_and(|worker| worker.incarnation == incarnation) {
            map.remove(id);
        }
    }

    /// Whether nobody else of this process could have company for a call.
    pub(crate) fn has_one(&self) -> bool {
        self.map().len() == 1
    }

    pub(crate) fn get(&self, id: &WorkerId) -> Option<LocalWorker> {
        self.map().get(id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<LocalWorker> {
        self.map().values().cloned().collect()
    }

    /// Lets so many waiting pops look at the queue.
    pub(crate) fn wake_poppers(&self, tasks: usize) {
        let waiting_at_most = self.map().len();
        for _ in 0..tasks.min(waiting_at_most) {
            self.queue.notify_one();
        }
    }

    pub(crate) fn set_finish_line(&self, finished: Option<u64>) {
        self.finish_line.0.store(finished.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Takes note of the length of the finished list, which comes with every finish, so that the run's budget is seen at once
    /// and not only with the next beat.
    pub(crate) fn heard_finished(&self, finished: u64) {
        let before = self.finished.fetch_max(finished, Ordering::Relaxed);
        if finished > before {
            self.some_finished.notify_waiters();
        }
        let line = self.finish_line.0.load(Ordering::Relaxed);
        if finished >= line && before < line {
            self.stop(StopReason::Finished { tasks: line });
            self.progress.notify_one();
        }
    }

    /// The tasks are gone: counting begins again.
    pub(crate) fn forget_finished(&self) {
        self.finished.store(0, Ordering::Relaxed);
    }

    pub(crate) fn stop_reason(&self) -> Option<StopReason> {
        *self.stop.0.borrow()
    }

    /// Resolves when this process asks its workers to end.
    pub(crate) async fn stopping(&self) -> StopReason {
        let mut receiver = self.stop.0.subscribe();
        let reason = receiver.wait_for(Option::is_some).await.ok().and_then(|reason| *reason);
        match reason {
            Some(reason) => reason,
            // The sender lives in `self`, which lives as long as this future.
            None => std::future::pending().await,
        }
    }

    /// Asks all workers of this process, and those still to come, to end. True if that is news: the first time, or because the run is
    /// over that was to go on elsewhere.
    pub(crate) fn stop(&self, reason: StopReason) -> bool {
        let news = self.stop.0.send_if_modified(|stop| {
            let news = stop.is_none_or(|before| before.gives_way_to(reason));
            if news {
                *stop = Some(reason);
            }
            news
        });
        if !news {
            return false;
        }
        for worker in self.all() {
            worker.signals.terminate();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn the_first_reason_stands_but_a_run_that_is_over_is_over() {
        use StopReason::{Asked, Finished, TimeUp};
        let done = Finished { tasks: 3 };
        for (first, second, stands) in
            [(Asked, done, Asked), (done, TimeUp, done), (TimeUp, Asked, TimeUp), (TimeUp, done, done)]
        {
            let local = Local::default();
            assert!(local.stop(first));
            assert_eq!(local.stop(second), stands != first, "{first} {second}");
            assert_eq!(local.stop_reason(), Some(stands));
        }
    }

    /// Else each beat would make every worker that waits look.
    #[test]
    fn only_more_finished_tasks_wake_who_waits_for_them() {
        let local = Local::default();
        for (heard, wakes) in [(3, true), (3, false), (2, false), (0, false), (4, true)] {
            let mut waiting = Box::pin(local.some_finished.notified());
            waiting.as_mut().enable();
            local.heard_finished(heard);
            assert_eq!(waiting.now_or_never().is_some(), wakes, "{heard}");
        }
    }
}
