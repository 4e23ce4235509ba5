//! Starting workers of others again, that were lost: without a manager the process that claims them does it.

use std::time::Duration;

use rush_launch::{
    Awaited, Carries, Folders, Lifetime, RedisFrom, WorkerCommand, carried_together,
    local::{HostProcess, LocalChildren, Supervision, Talk},
};
use rush_network::{Network, WorkerInfo, hostname};
use secrecy::SecretString;
use tokio::task::JoinSet;

use crate::{arguments::Worker, environment, failure::Failure, print::text, session::this_program};

/// So many workers are named when they are started again.
const NAMED: usize = 5;

/// Starts host processes for lost workers. They outlive this one.
pub(super) struct Restarter {
    /// What a host process is told that this one was told, too.
    command: WorkerCommand,
    environment: Vec<(String, SecretString)>,
    children: LocalChildren,
    /// How long what was started may take; after that somebody tries again.
    patience: Duration,
}

impl Restarter {
    /// None where there is a manager: it looks after its workers, and others after theirs.
    /// `patience` is how long a started process may take to register its workers.
    pub(super) fn new(arguments: &Worker, url: &SecretString, patience: Duration) -> Option<Self> {
        if arguments.has_manager() {
            return None;
        }
        let (redis, environment) = match &arguments.private {
            Some(folder) => (RedisFrom::Private(folder.clone()), Vec::new()),
            None => (RedisFrom::Environment, vec![(environment::REDIS_URL.to_owned(), url.clone())]),
        };
        let command = WorkerCommand {
            network: arguments.network.clone(),
            config: String::new(),
            carries: Carries::Any(0),
            threads: arguments.threads,
            launcher: "local".to_owned(),
            launched_from: hostname(),
            redis,
            lifetime: Lifetime::Detached,
            folders: Folders {
                message_log: arguments.message_log.clone(),
                output_log: arguments.output_log.clone(),
                core_dumps: arguments.core_dumps.clone(),
                large_objects: arguments.large_objects.clone(),
            },
            // What this process may grant, and nothing more.
            allow: arguments.allow.iter().cloned().collect(),
            connect_timeout: arguments.connect_timeout(),
            unavailable_after: arguments.unavailable_after(),
            debug: arguments.debug,
            place: None,
            // It inherits where this process talks.
            log_file: None,
        };
        Some(Self { command, environment, children: LocalChildren::new(), patience })
    }

    /// Does so in a task of its own: while Redis is away, signals are heard all the same. It ends with the answer.
    pub(super) fn spawn(self, network: Network) -> JoinSet<()> {
        let mut task = JoinSet::new();
        task.spawn(self.run(network));
        task
    }

    async fn run(mut self, network: Network) {
        loop {
            tokio::select! {
                // The run is over: nobody is started again.
                _ = network.stopping() => return,
                workers = network.claimed_restarts(self.patience) => self.start(&workers),
                Some((_, status)) = self.children.next_exit() => {
                    tracing::debug!(?status, "a process that carried restarted workers has ended");
                }
            }
        }
    }

    /// Starts these workers again, those together that one process has carried. Whoever dies before it has registered is claimed anew
    /// some time, by this process or another.
    fn start(&mut self, workers: &[WorkerInfo]) {
        for its in carried_together(workers) {
            let ids: Vec<&str> = its.iter().map(|worker| worker.id.as_str()).take(NAMED).collect();
            let more = if its.len() > ids.len() { ", …" } else { "" };
            let names = format!("{}{more}", ids.join(", "));
            let count = text::counted(its.len() as u64, "lost worker");
            match self.try_to_start(&its) {
                Ok(()) => tracing::warn!("starting {count} again: {names}"),
                Err(Failure { report, .. }) => {
                    tracing::warn!("{count} could not be started again: {names}: {report}");
                }
            }
        }
    }

    fn try_to_start(&mut self, workers: &[&WorkerInfo]) -> Result<(), Failure> {
        let process = HostProcess {
            program: this_program()?.path().to_owned(),
            arguments: self.command_for(workers).arguments(),
            environment: self.environment.clone(),
            supervision: Supervision::Detached,
            first_line: None,
            talk: Talk::Inherit,
            connection: None,
        };
        self.children.spawn(&process).map_err(rush_launch::LaunchError::from)?;
        Ok(())
    }

    /// What starts workers of one configuration.
    fn command_for(&self, workers: &[&WorkerInfo]) -> WorkerCommand {
        WorkerCommand {
            carries: Carries::Again(workers.iter().map(|worker| Awaited::again(worker)).collect()),
            config: workers.first().map(|worker| worker.config.clone()).unwrap_or_default(),
            ..self.command.clone()
        }
    }
}
