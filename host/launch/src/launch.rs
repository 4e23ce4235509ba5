//! Starting host processes for the workers of a run file.

use std::path::PathBuf;

use rush_network::{WorkerId, WorkerInfo};
use rush_run_file::{CommandLauncher, Isolation};

use crate::{
    Awaited, Carries, HostProgram, LaunchError, Launched, Launcher, Lifetime, RedisFrom, RunRedis, Session,
    WorkerCommand, carried_together,
    local::{HostProcess, Supervision, Talk, plan_processes},
    worker_command::REDIS_URL,
};

/// What stands in `[launcher.command] argv` for the command of a host process.
const SCRIPT: &str = "{script}";

/// How host processes are started.
#[derive(Clone, Debug)]
pub struct Launch<'a> {
    session: &'a Session,
    program: &'a HostProgram,
    launcher: Launcher,
    supervision: Supervision,
    talk: Talk,
    debug: bool,
}

impl<'a> Launch<'a> {
    /// With the launcher that the run file names; supervised, and talking to the standard error of this process.
    pub fn new(session: &'a Session, program: &'a HostProgram) -> Result<Self, LaunchError> {
        let launcher = Launcher::of(session)?;
        let supervision = Supervision::Supervised;
        Ok(Self { session, program, launcher, supervision, talk: Talk::Inherit, debug: false })
    }

    /// They outlive this process and the terminal.
    #[must_use]
    pub fn detached(mut self) -> Self {
        self.supervision = Supervision::Detached;
        self
    }

    /// Where they talk to.
    #[must_use]
    pub fn talk(mut self, talk: Talk) -> Self {
        self.talk = talk;
        self
    }

    /// Whether they show everything that guests write and log, not only warnings and errors.
    #[must_use]
    pub fn debug(mut self, debug: bool) -> Self {
        self.debug = debug;
        self
    }

    /// What starts the host processes.
    pub fn launcher(&self) -> &Launcher {
        &self.launcher
    }

    /// How many host processes carry so many workers: as many as workers, if the loop has a process of its own.
    pub fn processes(&self, workers: u32) -> u32 {
        match self.session.run_file.worker_loop.isolation {
            Isolation::Instance => self.session.run_file.workers.processes.min(workers),
            Isolation::Process => workers,
        }
    }

    /// Starts new workers with a stored configuration. The answer comes as soon as their processes are started; see
    /// [`Launched::until_registered`]. If one of them cannot be, the others end. They are started in one step, after the last wait:
    /// a future that is dropped before it answers has started none.
    pub async fn start(&self, config: &str, count: u32) -> Result<Launched, LaunchError> {
        let first = self.session.network.take_indices(count.into()).await?;
        let mut launched = self.nothing();
        if let Err(error) = self.start_all(config, count, first, &mut launched) {
            launched.give_up(&self.session.network).await;
            return Err(error);
        }
        Ok(launched)
    }

    fn start_all(
        &self,
        config: &str,
        count: u32,
        first: u64,
        launched: &mut Launched,
    ) -> Result<(), LaunchError> {
        for plan in plan_processes(0, count as usize, self.processes(count) as usize) {
            let ids: Vec<WorkerId> = plan.workers.clone().map(|_| WorkerId::random()).collect();
            let first_index = first + plan.workers.start as u64;
            let awaited = ids.iter().cloned().map(Awaited::new).collect();
            let process = self.process(config, Carries::Named { ids, first_index })?;
            self.spawn(&process, awaited, launched)?;
        }
        Ok(())
    }

    /// Starts workers again that have ended: each with the configuration that it was given before, under its id, with a new
    /// index, so that it does not draw the same random numbers again. Who was carried by one process is so again; see
    /// [`carried_together`], also for those that are left out.
    ///
    /// After an error `launched` holds what was started until then: to go on with, or to [give up](Launched::give_up).
    pub fn restart(&self, workers: &[WorkerInfo], launched: &mut Launched) -> Result<(), LaunchError> {
        for its in carried_together(workers) {
            let Some(first) = its.first() else { continue };
            let again: Vec<Awaited> = its.iter().map(|worker| Awaited::again(worker)).collect();
            let process = self.process(&first.config, Carries::Again(again.clone()))?;
            self.spawn(&process, again, launched)?;
        }
        Ok(())
    }

    /// Nothing yet, for [`restart`](Self::restart).
    pub fn nothing(&self) -> Launched {
        Launched::new(self.launcher.clone(), &self.talk)
    }

    fn spawn(
        &self,
        process: &HostProcess,
        awaited: Vec<Awaited>,
        launched: &mut Launched,
    ) -> Result<(), LaunchError> {
        let failed = |spawn| match self.launcher {
            Launcher::Local => LaunchError::Spawn { spawn },
            Launcher::Command(_) => LaunchError::Program { spawn },
        };
        launched.children.spawn(process).map_err(failed)?;
        launched.processes.push(awaited);
        Ok(())
    }

    fn process(&self, config: &str, carries: Carries) -> Result<HostProcess, LaunchError> {
        let command = WorkerCommand {
            launcher: self.launcher.name().to_owned(),
            debug: self.debug,
            ..WorkerCommand::of(&self.session.run_file, config, carries)
        };
        match &self.launcher {
            Launcher::Local => Ok(self.child(command)),
            Launcher::Command(launcher) => self.through(launcher, command),
        }
    }

    /// A child of this process: the URL of Redis is in its environment.
    fn child(&self, command: WorkerCommand) -> HostProcess {
        let (redis, environment) = match &self.session.redis {
            RunRedis::Private(private) => (RedisFrom::Private(private.data_folder().into()), Vec::new()),
            RunRedis::Server { url } => (RedisFrom::Environment, vec![(REDIS_URL.to_owned(), url.clone())]),
        };
        let lifetime = match self.supervision {
            Supervision::Supervised => Lifetime::Supervised,
            Supervision::Detached => Lifetime::Detached,
        };
        HostProcess {
            program: self.program.path().to_owned(),
            arguments: WorkerCommand { redis, lifetime, ..command }.arguments(),
            environment,
            supervision: self.supervision,
            first_line: None,
            talk: self.talk.clone(),
        }
    }

    /// A child that starts the host process, somewhere: the URL of Redis is in a file there, or goes through standard input.
    fn through(
        &self,
        launcher: &CommandLauncher,
        command: WorkerCommand,
    ) -> Result<HostProcess, LaunchError> {
        let (redis, first_line) = match &launcher.redis_file {
            Some(file) => (RedisFrom::File(file.clone()), None),
            None => (RedisFrom::Stdin, Some(self.session.redis.url())),
        };
        let (supervision, lifetime) = match (self.supervision, &redis) {
            (Supervision::Detached, _) => (Supervision::Detached, Lifetime::Detached),
            (Supervision::Supervised, RedisFrom::Stdin) => (Supervision::Supervised, Lifetime::Supervised),
            // A batch system gives jobs no standard input that somebody could hold open: nothing hangs on that.
            (Supervision::Supervised, _) => (Supervision::Detached, Lifetime::Managed),
        };
        let there = launcher.program.as_ref().map(PathBuf::from);
        let there = there.as_deref().unwrap_or_else(|| self.program.path());
        let line = WorkerCommand { redis, lifetime, ..command }.line(there)?;
        let mut words = launcher.argv.iter().map(|word| word.replace(SCRIPT, &line));
        Ok(HostProcess {
            program: words.next().unwrap_or_default().into(),
            arguments: words.map(Into::into).collect(),
            environment: Vec::new(),
            supervision,
            first_line,
            talk: self.talk.clone(),
        })
    }
}
