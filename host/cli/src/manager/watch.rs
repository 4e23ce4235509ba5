//! Watching the workers of a run until all have ended: their processes, signals to the manager, and time limits.

use std::{collections::BTreeSet, process::ExitStatus, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use rush_launch::{JobState, Launch, LaunchError, Launched, local::LocalChildren, signals::Interrupts};
use rush_network::{Counts, WorkerId, WorkerInfo};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

use crate::{
    announcing,
    exit_code::ExitCode,
    failure::Failure,
    manager::{
        arrivals::Arrivals,
        breaking::{breaks, is_restart},
        ending::AFTER_KILL,
        funeral::{self, Left},
        observer::{Observer, Seen},
        over::{LEAVES_WITHIN, Signs},
        queue::Queue,
        restarts::{Restarts, Start},
        starting_again::StartedAgain,
        withdrawal::{Beside, Step},
    },
    print::{progress::Progress, talk, text},
    session::Session,
};

/// How the watch ended.
pub(crate) struct Watched {
    /// The exit code of a host process that could not begin.
    pub(crate) broken: Option<ExitCode>,
    /// Whether the network knows that all have ended.
    pub(crate) buried: bool,
    /// How many workers were taken back before they began.
    pub(crate) withdrawn: usize,
    /// How long it took.
    pub(crate) elapsed: Duration,
    /// How old the run was then, as `[stop] after` counts.
    pub(crate) age: Duration,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Watch<'a> {
    pub(super) session: &'a Session,
    pub(super) launch: &'a Launch<'a>,
    pub(super) launched: Launched,
    /// All workers of this run, each once, however often it is started.
    pub(super) ids: Vec<WorkerId>,
    pub(super) restarts: Restarts,
    /// When the run began. Workers come later: what carries them may have to be copied, or to wait in a queue.
    begun: Instant,
    pub(super) progress: Progress,
    pub(super) observer: Observer,
    /// What the processes say; the sender is there for those that are still to be started.
    lines: mpsc::UnboundedReceiver<String>,
    said: mpsc::UnboundedSender<String>,
    burials: JoinSet<Left>,
    /// The launchers' programs that failed to start workers again.
    failed: BTreeSet<usize>,
    pub(super) broken: Option<ExitCode>,
    /// When workers that should have ended are killed.
    pub(super) patience: Option<Instant>,
    /// Somebody wants the run to end.
    pub(super) ending: bool,
    pub(super) killed: bool,
    /// Since when the network knows that all workers have ended.
    pub(super) all_ended: Option<Instant>,
    pub(super) register_until: Option<Instant>,
    /// How many workers have not registered, as it was seen last.
    pub(super) missing: usize,
    pub(super) queue: Queue,
    pub(super) arrivals: Arrivals,
    /// What a batch system said last of processes that are not there, of restarts, too.
    pub(super) waiting: Vec<JobState>,
    /// Whether workers are to come that are started again.
    pub(super) awaits_again: bool,
    pub(super) restarting: Option<Beside<'a, StartedAgain>>,
    /// What has not begun is being taken back, or was.
    pub(super) withdrawing: bool,
    pub(super) withdrawals: FuturesUnordered<Beside<'a, Step>>,
    /// That it cannot be taken back yet was told.
    pub(super) is_told: bool,
    /// Since when nobody can begin any more.
    pub(super) fenced: Option<Instant>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(
        session: &'a Session,
        launch: &'a Launch<'a>,
        launched: Launched,
        before: &Counts,
        begun: Instant,
    ) -> Self {
        let (said, lines) = mpsc::unbounded_channel();
        let restarts_lost = matches!(session.run_file.workers.restart, rush_run_file::Restart::OnLost { .. });
        let thorough = restarts_lost || !launched.launcher.sees_ends();
        let workers: Vec<_> = launched.processes.iter().flatten().cloned().collect();
        let patience = session.run_file.workers.start_timeout.as_std();
        // One that waits in a queue has its time when its turn has come.
        let is_batch = announcing::is_batch(&launched.launcher);
        let mut watch = Self {
            ids: launched.ids(),
            restarts: Restarts::default(),
            begun,
            progress: Progress::new(before, session.run_file.stop.finished),
            observer: Observer::start(session.network.clone(), workers.clone(), thorough, *before),
            lines,
            said,
            launched,
            burials: JoinSet::new(),
            failed: BTreeSet::new(),
            broken: None,
            patience: None,
            ending: false,
            killed: false,
            all_ended: None,
            register_until: (!is_batch).then(|| Instant::now() + patience),
            missing: workers.len(),
            queue: Queue::default(),
            arrivals: Arrivals::new(patience),
            waiting: Vec::new(),
            awaits_again: false,
            restarting: None,
            withdrawing: false,
            withdrawals: FuturesUnordered::new(),
            is_told: false,
            fenced: None,
            session,
            launch,
        };
        watch.listen_from(0);
        watch
    }

    /// Hears what the processes from this one on say.
    pub(super) fn listen_from(&mut self, first: usize) {
        for process in first..self.launched.children.len() {
            let Some(stderr) = self.launched.children.take_stderr(process) else { continue };
            let said = self.said.clone();
            tokio::spawn(async move {
                let mut lines = BufReader::new(stderr).lines();
                while let Ok(Some(line)) = lines.next_line().await {
                    if said.send(line).is_err() {
                        return;
                    }
                }
            });
        }
    }

    pub(crate) async fn until_all_ended(mut self, interrupts: &mut Interrupts) -> Watched {
        while !self.signs().is_over(self.launched.launcher.sees_ends()) {
            let register_until = self.register_until;
            let patience = self.patience;
            let leave_until = self.leave_until();
            tokio::select! {
                // What a process said comes before its end.
                biased;
                Some(line) = self.lines.recv() => self.progress.say(format_args!("{line}")),
                Some((process, status)) = self.launched.children.next_exit() => self.ended(process, status).await,
                Some(Ok(left)) = self.burials.join_next() => self.start_again(&left.workers, &left.counts),
                Some(again) = done(&mut self.restarting) => self.started_again(again),
                Some(step) = self.withdrawals.next() => self.withdrew(step).await,
                Some(answer) = self.queue.answer() => self.heard(answer).await,
                interrupt = interrupts.next() => self.interrupted(interrupt).await,
                Ok(()) = self.observer.seen.changed() => {
                    let seen = self.observer.seen.borrow_and_update().clone();
                    self.saw(&seen);
                }
                () = until(register_until) => {
                    self.register_until = None;
                    if self.has_reached_its_end() {
                        self.withdraw();
                        continue;
                    }
                    if !self.somebody_is_late().await {
                        continue;
                    }
                    let patience = self.session.run_file.workers.start_timeout;
                    let registered = self.observer.seen.borrow().registered;
                    self.progress.say(format_args!(
                        "Only {registered} of {} workers are registered after {patience} ([workers] start_timeout)",
                        self.ids.len()
                    ));
                    self.broken.get_or_insert(ExitCode::Launcher);
                    self.kill().await;
                }
                () = until(patience) => self.kill().await,
                () = until(leave_until) => {}
            }
        }
        let (elapsed, age) = (self.progress.elapsed(), self.begun.elapsed());
        tokio::select! {
            () = self.leave_nothing() => {}
            _ = interrupts.next() => {}
        }
        self.dismiss().await;
        let buried = self.until_all_are_buried(interrupts).await;
        self.progress.clear();
        let withdrawn = if self.withdrawing { self.missing } else { 0 };
        Watched { broken: self.broken, buried, withdrawn, elapsed, age }
    }

    fn signs(&self) -> Signs {
        Signs {
            quiet: self.launched.children.running().next().is_none(),
            more_may_come: !(self.is_to_end() || self.burials.is_empty() && self.restarting.is_none()),
            ended_for: self.all_ended.map(|since| since.elapsed()),
            given_up: self.killed && self.patience.is_none(),
        }
    }

    /// When processes that are left when all workers have ended are not waited for any longer.
    fn leave_until(&self) -> Option<Instant> {
        let waits = self.launched.launcher.sees_ends() && !self.signs().more_may_come;
        self.all_ended.filter(|_| waits).map(|since| since + LEAVES_WITHIN)
    }

    fn saw(&mut self, seen: &Seen) {
        self.missing = self.ids.len().saturating_sub(seen.registered);
        let all_registered = self.missing == 0;
        if all_registered {
            self.register_until = None;
        }
        self.look_at_the_queue(seen);
        self.progress.show(&seen.counts, seen.running, &self.waiting());
        self.start_again(&seen.own, &seen.counts);
        let Some(own_running) = seen.own_running else { return };
        // Who was refused will never come; who came just before was seen by a look after that.
        let nobody_comes = all_registered
            || self.killed
            || self.fenced.is_some_and(|fenced| seen.at.is_some_and(|at| at > fenced));
        let nobody_runs = own_running == 0 && nobody_comes && self.restarting.is_none();
        // A program that failed is tried again after a while, but only for a run that needs it.
        let waits = self.may_start_again(&seen.counts);
        let may_come = |worker: &WorkerInfo, start: &Start| {
            self.may_register(worker, start)
                && (waits || start.process.is_none_or(|process| !self.failed.contains(&process)))
        };
        if nobody_runs && !seen.own.iter().any(|worker| self.restarts.is_starting(worker, may_come)) {
            self.all_ended.get_or_insert_with(Instant::now);
        } else {
            self.all_ended = None;
        }
    }

    /// Whether somebody wants the run to end.
    pub(super) fn is_to_end(&self) -> bool {
        self.ending || self.broken.is_some()
    }

    /// Whether a stop condition is met.
    pub(super) fn has_met(&self, counts: &Counts) -> bool {
        self.session.conditions().met(counts, self.begun.elapsed()).is_some()
    }

    pub(super) fn may_start_again(&self, counts: &Counts) -> bool {
        !self.is_to_end() && !self.has_met(counts)
    }

    /// What is left of launchers' programs and of hanging processes when all workers have ended, and what they still say.
    async fn dismiss(&mut self) {
        for process in self.launched.children.running().collect::<Vec<_>>() {
            self.launched.children.release(process);
        }
        let patience = Instant::now() + AFTER_KILL;
        loop {
            tokio::select! {
                biased;
                Some(line) = self.lines.recv() => self.progress.say(format_args!("{line}")),
                ended = self.launched.children.next_exit() => if ended.is_none() { break },
                () = until(Some(patience)) => break,
            }
        }
        let left: Vec<usize> = self.launched.children.running().collect();
        if !left.is_empty() && self.launched.launcher.sees_ends() {
            let count = text::counted(left.len() as u64, "host process");
            tracing::warn!("{count} did not end with the last worker, and are killed");
        }
        for process in left {
            self.signal(process, LocalChildren::kill);
        }
        // Nobody else may say anything; what has been said is in the pipes.
        let (nobody, _) = mpsc::unbounded_channel();
        self.said = nobody;
        loop {
            tokio::select! {
                biased;
                line = self.lines.recv() => match line {
                    Some(line) => self.progress.say(format_args!("{line}")),
                    None => break,
                },
                () = until(Some(patience)) => break,
            }
        }
    }

    /// Whether the network knows of every end. Without Redis that takes long: longer than somebody waits who has insisted.
    async fn until_all_are_buried(&mut self, interrupts: &mut Interrupts) -> bool {
        let patience = self.killed.then(|| Instant::now() + AFTER_KILL);
        let burials = async { while self.burials.join_next().await.is_some() {} };
        tokio::select! {
            () = burials => true,
            () = until(patience) => false,
            _ = interrupts.next() => false,
        }
    }

    /// A process that we have started is gone.
    async fn ended(&mut self, process: usize, status: std::io::Result<ExitStatus>) {
        if !self.launched.launcher.sees_ends() {
            return self.launcher_ended(process, status).await;
        }
        let how = match &status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let workers = self.launched.workers_of(process);
        if let Some(code) = breaks(workers, status.ok().and_then(|status| status.code())) {
            self.broken.get_or_insert(code);
        }
        let workers = workers.iter().map(|worker| worker.id.clone()).collect();
        let pid = self.launched.children.former_pid(process);
        self.burials.spawn(funeral::bury(self.session.network.clone(), workers, pid, how));
    }

    /// A launcher's program has ended: that means something only as long as its workers are not registered.
    async fn launcher_ended(&mut self, process: usize, status: std::io::Result<ExitStatus>) {
        let Some(error) = self.launched.failed(process, status).filter(|_| !self.ending) else { return };
        let workers = self.launched.workers_of(process);
        // Where the network is cut, its end says nothing.
        let registered = rush_launch::registered(&self.session.network, workers);
        let registered = tokio::time::timeout(AFTER_KILL, registered).await;
        if !registered.is_ok_and(|registered| registered.is_ok_and(|count| count < workers.len())) {
            return;
        }
        if is_restart(workers) {
            self.tell_others(process, &error);
            tracing::warn!(%error, "lost workers could not be started again");
            self.failed.insert(process);
            return;
        }
        let Failure { code, report } = error.into();
        self.progress.clear();
        talk::failure(&report);
        self.broken.get_or_insert(code);
        self.kill().await;
    }

    /// Why workers are not started again stands where everybody looks for them. Nobody waits for that.
    fn tell_others(&mut self, process: usize, error: &LaunchError) {
        let Some(record) = self.launched.not_begun(process, error) else { return };
        let network = self.session.network.clone();
        tokio::spawn(async move {
            if let Err(error) = network.amend_launch(&record).await {
                tracing::debug!(%error, "nobody can see why workers were not started again");
            }
        });
    }

    pub(super) fn signal(
        &self,
        process: usize,
        send: impl Fn(&LocalChildren, usize) -> std::io::Result<bool>,
    ) {
        if let Err(error) = send(&self.launched.children, process) {
            tracing::warn!(%error, "a host process could not be signalled");
        }
    }
}

/// What goes on beside the watch, when it is done.
async fn done<T>(beside: &mut Option<Beside<'_, T>>) -> Option<T> {
    let done = match beside {
        Some(work) => work.await,
        None => return None,
    };
    *beside = None;
    Some(done)
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
