//! Watching the workers of a run until all have ended: their processes, signals to the manager, and time limits.

use std::{process::ExitStatus, sync::Arc, time::Duration};

use futures_util::future::join_all;
use rush_launch::{
    local::LocalChildren,
    signals::{Interrupt, Interrupts},
};
use rush_network::{Burial, Counts, WorkerId};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    sync::mpsc,
    task::JoinSet,
    time::Instant,
};

use crate::{
    exit_code::ExitCode,
    failure::Failure,
    launching::Launched,
    manager::observer::Observer,
    print::{progress::Progress, text},
    session::Session,
};

/// Host processes kill their own workers when `grace` is over; those that do not even do that are killed so much later.
const AFTER_GRACE: Duration = Duration::from_secs(5);
/// After a kill a host process has so long to leave by itself.
const AFTER_KILL: Duration = Duration::from_secs(2);

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
    session: &'a Session,
    launched: Launched,
    progress: Progress,
    observer: Observer,
    lines: mpsc::UnboundedReceiver<String>,
    burials: JoinSet<()>,
    broken: Option<ExitCode>,
    /// When workers that should have ended are killed.
    patience: Option<Instant>,
    killed: bool,
    register_until: Option<Instant>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(session: &'a Session, mut launched: Launched, before: &Counts) -> Self {
        let (sender, lines) = mpsc::unbounded_channel();
        for index in 0..launched.children.len() {
            if let Some(stderr) = launched.children.take_stderr(index) {
                let sender = sender.clone();
                tokio::spawn(async move {
                    let mut lines = BufReader::new(stderr).lines();
                    while let Ok(Some(line)) = lines.next_line().await {
                        if sender.send(line).is_err() {
                            return;
                        }
                    }
                });
            }
        }
        let workers: Vec<WorkerId> = launched.workers.iter().flatten().cloned().collect();
        Self {
            progress: Progress::new(before, session.run_file.stop.finished),
            observer: Observer::start(session.network.clone(), workers, *before),
            lines,
            launched,
            burials: JoinSet::new(),
            broken: None,
            patience: None,
            killed: false,
            register_until: Some(Instant::now() + session.run_file.workers.start_timeout.as_std()),
            session,
        }
    }

    pub(crate) async fn until_all_ended(mut self, interrupts: &mut Interrupts) -> Result<Watched, Failure> {
        loop {
            let register_until = self.register_until;
            let patience = self.patience;
            tokio::select! {
                // What a process said comes before its end.
                biased;
                Some(line) = self.lines.recv() => self.progress.say(format_args!("{line}")),
                ended = self.launched.children.next_exit() => match ended {
                    Some((process, status)) => self.ended(process, status),
                    None => break,
                },
                interrupt = interrupts.next() => self.interrupted(interrupt).await?,
                Ok(()) = self.observer.seen.changed() => {
                    let seen = *self.observer.seen.borrow_and_update();
                    if seen.registered == self.launched.workers.iter().map(Vec::len).sum::<usize>() {
                        self.register_until = None;
                    }
                    self.progress.show(&seen.counts, seen.running);
                }
                () = until(register_until) => {
                    self.register_until = None;
                    let patience = self.session.run_file.workers.start_timeout;
                    self.progress.say(format_args!("Not all workers are registered after {patience} ([workers] start_timeout)"));
                    self.broken.get_or_insert(ExitCode::Launcher);
                    self.kill().await?;
                }
                () = until(patience) => self.kill().await?,
            }
        }
        while let Some(line) = self.lines.recv().await {
            self.progress.say(format_args!("{line}"));
        }
        let buried = self.until_all_are_buried(interrupts).await;
        self.progress.clear();
        Ok(Watched { broken: self.broken, buried, elapsed: self.progress.elapsed() })
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

    /// A host process is gone. Whatever workers it leaves behind are lost; nobody knows that sooner than its parent.
    fn ended(&mut self, process: usize, status: std::io::Result<ExitStatus>) {
        let how = match &status {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let code = status.ok().and_then(|status| status.code());
        if let Some(code) = code.and_then(ExitCode::of_child)
            && code != ExitCode::LoopError
        {
            self.broken.get_or_insert(code);
        }
        let network = self.session.network.clone();
        let workers = self.launched.workers.get(process).cloned().unwrap_or_default();
        let message = Arc::new(format!("Its host process ended: {how}"));
        self.burials.spawn(async move {
            let burials = workers.iter().map(|worker| network.bury(worker, None, &message));
            let mut lost = 0;
            for burial in join_all(burials).await {
                match burial {
                    Ok(Burial::Ended { .. }) => lost += 1,
                    Ok(Burial::NotRunning { .. }) => {}
                    Err(error) => {
                        tracing::warn!(%error, "a lost worker could not be buried; another process will");
                    }
                }
            }
            if lost > 0 {
                tracing::warn!("a host process ended ({how}): {} lost", text::counted(lost, "worker"));
            }
        });
    }

    async fn interrupted(&mut self, interrupt: Interrupt) -> Result<(), Failure> {
        match interrupt {
            Interrupt::First(_) => {
                let grace = self.session.run_file.stop.grace;
                self.progress.say(format_args!(
                    "Workers end after their task; those left in {grace} are killed. Interrupt again to kill them now"
                ));
                self.patience = Some(Instant::now() + grace.as_std() + AFTER_GRACE);
                for process in self.launched.children.running().collect::<Vec<_>>() {
                    self.signal(process, LocalChildren::terminate);
                }
                Ok(())
            }
            Interrupt::Second(_) => self.kill().await,
        }
    }

    /// First the network, so that nothing that they still write counts, then the processes.
    async fn kill(&mut self) -> Result<(), Failure> {
        let running: Vec<usize> = self.launched.children.running().collect();
        if self.killed {
            self.patience = None;
            for process in running {
                self.signal(process, LocalChildren::kill);
            }
            return Ok(());
        }
        self.killed = true;
        self.patience = Some(Instant::now() + AFTER_KILL);
        self.progress.say(format_args!("Killing the workers"));
        let workers: Vec<&WorkerId> =
            running.iter().filter_map(|process| self.launched.workers.get(*process)).flatten().collect();
        let kills = join_all(workers.iter().map(|worker| self.session.network.kill(worker)));
        // Without Redis nobody can be told; then their processes are killed, and they are buried when Redis is back.
        match tokio::time::timeout(AFTER_KILL, kills).await {
            Ok(killed) => drop(killed.into_iter().collect::<Result<Vec<_>, _>>()?),
            Err(_) => self.patience = Some(Instant::now()),
        }
        Ok(())
    }

    fn signal(&self, process: usize, send: impl Fn(&LocalChildren, usize) -> std::io::Result<bool>) {
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
