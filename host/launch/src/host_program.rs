//! The program that host processes and keepers are made of.

use std::{
    io,
    path::{Path, PathBuf, absolute},
};

use crate::private_redis::KeeperCommand;

/// The `rush-host` program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProgram {
    path: PathBuf,
}

impl HostProgram {
    /// The program at this path, which is taken from the working directory of now: a keeper works in `/`.
    pub fn at(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self { path: absolute(path)? })
    }

    /// This program, if it is `rush-host` itself.
    pub fn this() -> io::Result<Self> {
        Ok(Self { path: std::env::current_exe()? })
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What starts the keeper of a private Redis.
    pub fn keeper(&self) -> KeeperCommand {
        KeeperCommand::new(&self.path).arg("keeper").arg("--")
    }
}
