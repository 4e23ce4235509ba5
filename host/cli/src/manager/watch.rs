//! Watching the workers of a run until all have ended: their processes, signals to the manager, and time limits.

use std::{collections::BTreeSet, process::ExitStatus, time::Duration};

use rush_launch::{Awaited, Launch, Launched, local::LocalChildren, signals::Interrupts};
use rush_network::{Counts, WorkerId, WorkerInfo};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

use crate::{
    exit_code::ExitCode,
    failure::Failure,
    manager::{
        breaking::{breaks, is_restart},
        ending::AFTER_KILL,
        funeral::{self, Left},
        observer::{Observer, Seen},
        over::{LEAVES_WITHIN, Signs},
        restarts::{Restarts, Start},
    },
    print::{progress::Progress, talk, text},
    session::Session,
};

/// So many workers are named when they are started again.
const NAMED: usize = 5;

/// How the watch ended.
pub(crate) struct Watched {
    /// The exit code of a host process that could not begin.
    pub(crate) broken: Option<ExitCode>,
    /// Whether the network knows that all have ended.
    pub(crate) buried: bool,
    /// How long it took.
    pub(crate) elapsed: Duration,
}

pub(crate) struct Watch<'a> {
    pub(super) session: &'a Session,
    launch: &'a Launch<'a>,
    pub(super) launched: Launched,
    /// All workers of this run, each once, however often it is started.
    pub(super) ids: Vec<WorkerId>,
    restarts: Restarts,
    pub(super) progress: Progress,
    observer: Observer,
    /// What the processes say; the sender is there for those that are still to be started.
    lines: mpsc::UnboundedReceiver<String>,
    said: mpsc::UnboundedSender<String>,
    burials: JoinSet<Left>,
    /// The launchers' programs that failed to start workers again.
    failed: BTreeSet<usize>,
    broken: Option<ExitCode>,
    /// When workers that should have ended are killed.
    pub(super) patience: Option<Instant>,
    /// Somebody wants the run to end.
    pub(super) ending: bool,
    pub(super) killed: bool,
    /// Since when the network knows that all workers have ended.
    all_ended: Option<Instant>,
    register_until: Option<Instant>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(
        session: &'a Session,
        launch: &'a Launch<'a>,
        launched: Launched,
        before: &Counts,
    ) -> Self {
        let (said, lines) = mpsc::unbounded_channel();
        let restarts_lost = matches!(session.run_file.workers.restart, rush_run_file::Restart::OnLost { .. });
        let thorough = restarts_lost || !launched.launcher.sees_ends();
        let workers: Vec<_> = launched.processes.iter().flatten().cloned().collect();
        let mut watch = Self {
            ids: launched.ids(),
            restarts: Restarts::default(),
            progress: Progress::new(before, session.run_file.stop.finished),
            observer: Observer::start(session.network.clone(), workers, thorough, *before),
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
            register_until: Some(Instant::now() + session.run_file.workers.start_timeout.as_std()),
            session,
            launch,
        };
        watch.listen_from(0);
        watch
    }

    /// Hears what the processes from this one on say.
    fn listen_from(&mut self, first: usize) {
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
                interrupt = interrupts.next() => self.interrupted(interrupt).await,
                Ok(()) = self.observer.seen.changed() => {
                    let seen = self.observer.seen.borrow_and_update().clone();
                    self.saw(&seen);
                }
                () = until(register_until) => {
                    self.register_until = None;
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
        self.dismiss().await;
        let buried = self.until_all_are_buried(interrupts).await;
        self.progress.clear();
        Watched { broken: self.broken, buried, elapsed: self.progress.elapsed() }
    }

    fn signs(&self) -> Signs {
        Signs {
            quiet: self.launched.children.running().next().is_none(),
            more_may_come: !self.burials.is_empty() && !self.is_to_end(),
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
        let all_registered = seen.registered == self.ids.len();
        if all_registered {
            self.register_until = None;
        }
        self.progress.show(&seen.counts, seen.running);
        self.start_again(&seen.own, &seen.counts);
        let Some(own_running) = seen.own_running else { return };
        let nobody_runs = own_running == 0 && (all_registered || self.killed);
        // A program that failed is tried again after a while, but only for a run that needs it.
        let waits = self.may_start_again(&seen.counts);
        let may_come = |start: &Start| {
            self.may_register(start)
                && (waits || start.process.is_none_or(|process| !self.failed.contains(&process)))
        };
        if nobody_runs && !seen.own.iter().any(|worker| self.restarts.is_starting(worker, may_come)) {
            self.all_ended.get_or_insert_with(Instant::now);
        } else {
            self.all_ended = None;
        }
    }

    /// Whether the worker of a start may still come.
    fn may_register(&self, start: &Start) -> bool {
        let is_there = || self.launched.children.running().any(|process| Some(process) == start.process);
        start.at.elapsed() < self.session.run_file.workers.start_timeout.as_std()
            && (!self.launched.launcher.sees_ends() || is_there())
    }

    /// Whether somebody wants the run to end.
    fn is_to_end(&self) -> bool {
        self.ending || self.broken.is_some()
    }

    fn may_start_again(&self, counts: &Counts) -> bool {
        !self.is_to_end() && self.session.conditions().met(counts, self.progress.elapsed()).is_none()
    }

    /// Starts those of these workers again that are lost and may be, unless the run is over anyway.
    fn start_again(&mut self, workers: &[WorkerInfo], counts: &Counts) {
        if !self.may_start_again(counts) {
            return;
        }
        let due = self.restarts.due(workers, |start| self.may_register(start));
        if due.is_empty() {
            return;
        }
        let ids: Vec<&str> = due.iter().map(|worker| worker.id.as_str()).take(NAMED).collect();
        let more = if due.len() > ids.len() { ", …" } else { "" };
        let count = text::counted(due.len() as u64, "lost worker");
        self.progress.say(format_args!("Starting {count} again: {}{more}", ids.join(", ")));
        self.all_ended = None;
        let first = self.launched.children.len();
        if let Err(error) = self.launch.restart(&due, &mut self.launched) {
            tracing::warn!(%error, "not all lost workers could be started again");
        }
        self.listen_from(first);
        // Those of whom no process could be started, too: they are tried so often and no more.
        for worker in &due {
            let carries = |workers: &[Awaited]| workers.iter().any(|carried| carried.id == worker.id);
            let process = (first..self.launched.children.len())
                .find(|process| carries(self.launched.workers_of(*process)));
            self.restarts.started(worker, process);
        }
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
        let Some(error) = self.launched.failed(status).filter(|_| !self.ending) else { return };
        let workers = self.launched.workers_of(process);
        // Where the network is cut, its end says nothing.
        let registered = rush_launch::registered(&self.session.network, workers);
        let registered = tokio::time::timeout(AFTER_KILL, registered).await;
        if !registered.is_ok_and(|registered| registered.is_ok_and(|count| count < workers.len())) {
            return;
        }
        if is_restart(workers) {
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

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
