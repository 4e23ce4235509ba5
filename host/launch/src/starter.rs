//! The processes of this machine that a launch begins: host processes themselves, or what reaches another machine for each.

use std::path::PathBuf;

use rush_run_file::{CommandLauncher, SshLauncher};
use secrecy::SecretString;

use crate::{
    HostProgram, LaunchError, Lifetime, RedisFrom, WorkerCommand,
    local::{HostProcess, Supervision, Talk},
    ssh,
    worker_command::REDIS_URL,
};

/// What stands in `[launcher.command] argv` for the command of a host process.
const SCRIPT: &str = "{script}";

/// What all of these processes have in common.
#[derive(Debug)]
pub(crate) struct Starter<'a> {
    pub(crate) program: &'a HostProgram,
    pub(crate) redis: Reached,
    pub(crate) supervision: Supervision,
    pub(crate) talk: Talk,
}

/// Where host processes find their Redis.
#[derive(Debug)]
pub(crate) enum Reached {
    /// In this data folder, if they are on this machine.
    Private(PathBuf),
    /// At a URL.
    Server(SecretString),
}

impl Starter<'_> {
    /// A child of this process: the URL of Redis is in its environment.
    pub(crate) fn local(&self, command: WorkerCommand) -> HostProcess {
        let (redis, environment) = match &self.redis {
            Reached::Private(folder) => (RedisFrom::Private(folder.clone()), Vec::new()),
            Reached::Server(url) => (RedisFrom::Environment, vec![(REDIS_URL.to_owned(), url.clone())]),
        };
        HostProcess {
            program: self.program.path().to_owned(),
            arguments: WorkerCommand { redis, lifetime: self.lifetime(), ..command }.arguments(),
            environment,
            supervision: self.supervision,
            first_line: None,
            talk: self.talk.clone(),
            connection: None,
        }
    }

    /// A child that starts the host process, somewhere: the URL of Redis is in a file there, or goes through standard input.
    pub(crate) fn command(
        &self,
        launcher: &CommandLauncher,
        command: WorkerCommand,
    ) -> Result<HostProcess, LaunchError> {
        let (redis, first_line) = match &launcher.redis_file {
            Some(file) => (RedisFrom::File(file.clone()), None),
            None => (RedisFrom::Stdin, Some(self.url())),
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
            connection: None,
        })
    }

    /// The connection to one host process.
    pub(crate) fn ssh(
        &self,
        launcher: &SshLauncher,
        host: &str,
        command: WorkerCommand,
    ) -> Result<HostProcess, LaunchError> {
        let command = self.command_by_ssh(host, command);
        let talk = self.talk.clone();
        ssh::host_process(launcher, self.program, host, &command, self.url(), self.supervision, talk)
    }

    /// What that starts.
    pub(crate) fn command_by_ssh(&self, host: &str, command: WorkerCommand) -> WorkerCommand {
        let place = Some(host.to_owned());
        WorkerCommand { redis: RedisFrom::Stdin, lifetime: self.lifetime(), place, ..command }
    }

    fn lifetime(&self) -> Lifetime {
        match self.supervision {
            Supervision::Supervised => Lifetime::Supervised,
            Supervision::Detached => Lifetime::Detached,
        }
    }

    /// A private Redis is refused where others could not reach it, so there is a URL.
    fn url(&self) -> SecretString {
        match &self.redis {
            Reached::Private(_) => SecretString::default(),
            Reached::Server(url) => url.clone(),
        }
    }
}
