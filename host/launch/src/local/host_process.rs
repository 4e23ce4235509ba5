//! How one host process is started.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::Stdio;

use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::Command;

use super::Connection;
use crate::log_file;

/// A program that will be a host process. What it needs to know goes on the command line, what nobody else may know into
/// the environment: the former shows in `ps`.
#[derive(Clone, Debug)]
pub struct HostProcess {
    /// The program.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// Variables that it gets in addition to this process's, such as the Redis URL.
    pub environment: Vec<(String, SecretString)>,
    /// Whether it ends with this process.
    pub supervision: Supervision,
    /// The first line of its standard input, such as the Redis URL: what neither a command line nor an environment carries to
    /// another machine.
    pub first_line: Option<SecretString>,
    /// Where its standard output and standard error go.
    pub talk: Talk,
    /// How another machine is reached, if that is all that the process does: the host process is there.
    pub connection: Option<Connection>,
}

/// Whether a host process ends with the manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supervision {
    /// It ends when the manager does: its standard input is a pipe that the manager holds open.
    Supervised,
    /// It outlives the manager and the terminal. It should call [`detach`](crate::detach) first.
    Detached,
}

/// Where a host process's standard output and standard error go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Talk {
    /// To this process's standard error (both: standard output is for data).
    Inherit,
    /// Standard error to a pipe, for [`LocalChildren::take_stderr`](super::LocalChildren::take_stderr); standard output is
    /// dropped.
    Pipe,
    /// Both are appended to this file (0600).
    Log(PathBuf),
}

impl HostProcess {
    /// The command, in a process group of its own from its first instant: Ctrl-C reaches the manager alone, which then
    /// decides. With it the other end of its standard input, as long as that is held.
    pub(super) fn command(&self) -> io::Result<(Command, Option<io::PipeWriter>)> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments);
        command.envs(self.environment.iter().map(|(name, value)| (name, value.expose_secret())));
        command.process_group(0);
        let lifeline = self.stdin(&mut command)?;
        if let Some(connection) = &self.connection {
            connection.withheld.iter().for_each(|name| {
                command.env_remove(name);
            });
            // Somebody listens first; see `Ear`.
            command.stdout(Stdio::null());
            command.stderr(Stdio::piped());
            return Ok((command, lifeline));
        }
        match &self.talk {
            Talk::Inherit => {
                command.stdout(rustix::io::dup(io::stderr())?);
                command.stderr(Stdio::inherit());
            }
            Talk::Pipe => {
                command.stdout(Stdio::null());
                command.stderr(Stdio::piped());
            }
            Talk::Log(path) => {
                let log = log_file::append(path)?;
                command.stdout(log.try_clone()?);
                command.stderr(log);
            }
        }
        Ok((command, lifeline))
    }

    fn stdin(&self, command: &mut Command) -> io::Result<Option<io::PipeWriter>> {
        if self.supervision == Supervision::Detached && self.first_line.is_none() {
            command.stdin(Stdio::null());
            return Ok(None);
        }
        let (reader, mut writer) = io::pipe()?;
        if let Some(line) = &self.first_line {
            // Written before anybody reads: a pipe holds far more than a line.
            writer.write_all(line.expose_secret().as_bytes())?;
            writer.write_all(b"\n")?;
        }
        command.stdin(reader);
        Ok((self.supervision == Supervision::Supervised).then_some(writer))
    }
}
