//! What starts workers on any machine: a line for a shell, or a file with everything; or in a cluster: a file for kubectl.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rush_run_file::{KubernetesLauncher, RedisLocation};
use secrecy::{ExposeSecret as _, SecretString};

use crate::{
    Carries, LaunchError, Session, WorkerCommand, kubernetes, quote, whole_file, worker_command::REDIS_URL,
};

/// A command that starts new workers in the foreground, on any machine that reaches Redis. Run it as often as you like: nothing in
/// it is used up.
#[derive(Debug)]
pub struct Script {
    line: String,
    file: SecretString,
}

/// A manifest with which `kubectl create -f` starts new workers, once: a Job of this name, and its Secret.
#[derive(Debug)]
pub struct ScriptedJob {
    /// The name of both.
    pub name: String,
    file: SecretString,
}

impl Session {
    /// The manifest of so many pods, each with so many workers with a stored configuration.
    pub fn scripted_job(
        &self,
        launcher: &KubernetesLauncher,
        config: &str,
        pods: u32,
        workers_of_each: u32,
    ) -> Result<ScriptedJob, LaunchError> {
        if self.redis.private().is_some() {
            return Err(LaunchError::PrivateElsewhere { launcher: "a script" });
        }
        let command = WorkerCommand::of(&self.run_file, config, Carries::Any(workers_of_each));
        let (name, manifest) =
            kubernetes::manifest_of_script(launcher, command, pods, self.redis.url(), self.grace())?;
        let text = format!(
            "# `kubectl create -f` starts workers of the network {}. This file holds the URL of Redis: keep it to yourself.\n{manifest}",
            self.network.id()
        );
        Ok(ScriptedJob { name, file: SecretString::from(text) })
    }

    /// The script for so many workers with a stored configuration. `program` is the path of `rush-host` where it will run.
    pub fn script(&self, config: &str, workers: u32, program: &Path) -> Result<Script, LaunchError> {
        if self.redis.private().is_some() {
            return Err(LaunchError::PrivateElsewhere { launcher: "a script" });
        }
        let line = WorkerCommand::of(&self.run_file, config, Carries::Any(workers)).line(program)?;
        let url = self.redis.url();
        let text = format!(
            "#!/bin/sh\n\
             # Starts workers of the network {}. This file holds the URL of Redis: keep it to yourself.\n\
             {REDIS_URL}={}\n\
             export {REDIS_URL}\n\
             exec {line}\n",
            self.network.id(),
            quote::word(url.expose_secret())?
        );
        Ok(Script { line, file: SecretString::from(text) })
    }
}

impl Script {
    /// Whether workers on any machine could reach this Redis: asked before a private one is begun in vain.
    pub fn check(redis: &RedisLocation) -> Result<(), LaunchError> {
        match redis {
            RedisLocation::Private => Err(LaunchError::PrivateElsewhere { launcher: "a script" }),
            RedisLocation::Server { .. } => Ok(()),
        }
    }

    /// The command line. It finds the URL of Redis in `REDIS_URL`, and holds no secret.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Writes a file for `sh`, whole or not at all, that nobody else can read (0600): it holds the URL of Redis.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        write(path, &self.file)
    }
}

impl ScriptedJob {
    /// Writes a file for kubectl, whole or not at all, that nobody else can read (0600): it holds the URL of Redis.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        write(path, &self.file)
    }
}

fn write(path: &Path, content: &SecretString) -> io::Result<()> {
    let options = OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
    whole_file::write(path, &options, |file| file.write_all(content.expose_secret().as_bytes()))
}
