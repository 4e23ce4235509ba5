//! What jobs need in folders that all nodes see: their script, the URL of Redis, perhaps `rush-host` itself.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf, absolute},
};

use rush_run_file::SlurmLauncher;
use secrecy::ExposeSecret as _;
use sha2::{Digest as _, Sha256};

use super::SlurmError;
use crate::{Job, whole_file};

/// So much of its hash is in the name of a program.
const HASH: usize = 16;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Files {
    /// For scripts and output.
    pub(super) folder: PathBuf,
    /// The script of this job. It is kept: a job that takes over is submitted with it, and people can look at it.
    pub(super) script: PathBuf,
    /// The URL of Redis, unless the run file names another file.
    pub(super) redis: PathBuf,
    /// What jobs run.
    pub(super) program: PathBuf,
    /// What is to be there, if it is a copy.
    copied: Option<Vec<u8>>,
}

impl Files {
    /// Nothing is written; but a program that is to be copied is read.
    pub(super) fn of(launcher: &SlurmLauncher, job: &Job<'_>) -> Result<Self, SlurmError> {
        let folder = match &launcher.log {
            Some(log) => absolute(log).map_err(|source| SlurmError::file(log, source))?,
            None => job.folder.join("slurm"),
        };
        let ours = job.program.path();
        let mut copied = None;
        let program = match &launcher.program {
            Some(there) => there.into(),
            None if launcher.copy => {
                let content = fs::read(ours).map_err(|source| SlurmError::file(ours, source))?;
                let hash = hex::encode(Sha256::digest(&content));
                copied = Some(content);
                job.folder.join("bin").join(format!("rush-host-{}", &hash[..HASH]))
            }
            None => ours.to_owned(),
        };
        let script = folder.join(format!("{}.sh", job.name));
        Ok(Self { folder, script, redis: job.folder.join("redis-url"), program, copied })
    }

    /// Writes them.
    pub(super) fn write(
        &self,
        launcher: &SlurmLauncher,
        job: &Job<'_>,
        script: &str,
    ) -> Result<(), SlurmError> {
        make_folder(&self.folder)?;
        if launcher.redis_file.is_none() {
            make_folder(job.folder)?;
            write(&self.redis, 0o600, job.redis_url.expose_secret().as_bytes())?;
        }
        // One with this name has this content.
        if let Some(content) = self.copied.as_ref().filter(|_| !self.program.exists()) {
            make_folder(self.program.parent().unwrap_or(job.folder))?;
            write(&self.program, 0o700, content)?;
        }
        write(&self.script, 0o600, script.as_bytes())
    }
}

fn make_folder(folder: &Path) -> Result<(), SlurmError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| SlurmError::file(folder, source))
}

fn write(path: &Path, mode: u32, content: &[u8]) -> Result<(), SlurmError> {
    let options = OpenOptions::new().write(true).create(true).truncate(true).mode(mode).clone();
    let written: io::Result<()> = whole_file::write(path, &options, |file| file.write_all(content));
    written.map_err(|source| SlurmError::file(path, source))
}
