//! The program that host processes and keepers are made of.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf, absolute},
    sync::{Arc, OnceLock},
};

use sha2::{Digest as _, Sha256};

use crate::private_redis::KeeperCommand;

/// The `rush-host` program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostProgram {
    path: PathBuf,
    /// Of what the file holds, once somebody has asked.
    sha256: Arc<OnceLock<String>>,
}

impl HostProgram {
    /// The program at this path, which is taken from the working directory of now: a keeper works in `/`.
    pub fn at(path: impl AsRef<Path>) -> io::Result<Self> {
        Ok(Self { path: absolute(path)?, sha256: Arc::default() })
    }

    /// This program, if it is `rush-host` itself.
    pub fn this() -> io::Result<Self> {
        Ok(Self { path: std::env::current_exe()?, sha256: Arc::default() })
    }

    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of the file, which takes a moment to read, the first time.
    pub(crate) fn sha256(&self) -> io::Result<String> {
        if let Some(known) = self.sha256.get() {
            return Ok(known.clone());
        }
        let mut hash = Sha256::new();
        let mut file = File::open(&self.path)?;
        let mut block = vec![0; 1 << 20];
        loop {
            let size = io::Read::read(&mut file, &mut block)?;
            if size == 0 {
                break;
            }
            hash.update(&block[..size]);
        }
        Ok(self.sha256.get_or_init(|| hex::encode(hash.finalize())).clone())
    }

    /// What starts the keeper of a private Redis.
    pub fn keeper(&self) -> KeeperCommand {
        KeeperCommand::new(&self.path).arg("keeper").arg("--")
    }
}
