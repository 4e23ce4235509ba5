//! What starts workers on any machine: a line for a shell, or a file with everything.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use rush_run_file::RedisLocation;
use secrecy::{ExposeSecret as _, SecretString};

use crate::{Carries, LaunchError, Session, WorkerCommand, quote, whole_file, worker_command::REDIS_URL};

/// A command that starts new workers in the foreground, on any machine that reaches Redis. Run it as often as you like: nothing in
/// it is used up.
#[derive(Debug)]
pub struct Script {
    line: String,
    file: SecretString,
}

impl Session {
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
        let options = OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
        whole_file::write(path, &options, |file| file.write_all(self.file.expose_secret().as_bytes()))
    }
}
