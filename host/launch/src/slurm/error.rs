//! Why host processes could not be started through Slurm, in its words.

use std::{
    io,
    path::{Path, PathBuf},
};

use crate::quote::Unquotable;

/// Why host processes could not be started through Slurm. [`help`](Self::help) says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SlurmError {
    /// Slurm is not installed here.
    #[error("there is no {program} on the PATH")]
    NoProgram {
        /// The program that is missing.
        program: &'static str,
    },

    /// A program of Slurm could not be started.
    #[error("{program} cannot be started: {source}")]
    Program {
        /// Which.
        program: &'static str,
        /// What the operating system says.
        source: io::Error,
    },

    /// Slurm does not want the job.
    #[error("Slurm refuses the job: {said}")]
    Refused {
        /// Why, in its words.
        said: String,
    },

    /// Slurm did not take the job in time.
    #[error("Slurm does not take the job {name}: {said}")]
    NotTaken {
        /// The name of the job.
        name: String,
        /// What was said last.
        said: String,
    },

    /// A question is not answered.
    #[error("{program} does not answer: {said}")]
    NoAnswer {
        /// Who was asked.
        program: &'static str,
        /// What it said instead.
        said: String,
    },

    /// The output of jobs cannot go there.
    #[error("Slurm reads the path `{folder}` in a way of its own")]
    Folder {
        /// The folder.
        folder: String,
    },

    /// What jobs need cannot be written or read.
    #[error("`{}`: {source}", path.display())]
    File {
        /// Which file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },

    /// A path or an argument that no script can hold.
    #[error(transparent)]
    Unquotable(#[from] Unquotable),

    /// A mistake of ours.
    #[error("the script of the job cannot be made: {0}")]
    Template(minijinja::Error),
}

impl SlurmError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }

    /// What to do about it; nothing where the error says it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::NoProgram { .. } => {
                "workers are submitted from a machine on which sbatch, squeue and scancel work, such as a login node"
            }
            Self::Refused { .. } => {
                "nothing was submitted; `rush-host start --dry-run` shows the script, `sinfo` what there is"
            }
            Self::NotTaken { .. } => {
                "nothing of it begins any more, even if Slurm has taken it after all; try again when `scontrol ping` says UP"
            }
            Self::NoAnswer { .. } => "`scontrol ping` says whether its controller is up",
            Self::Folder { .. } => "`[launcher.slurm] log` names a folder without `\\` and line breaks",
            Self::File { .. } => {
                "scripts and output of jobs are kept beside the run file, or where `[launcher.slurm] log` says: in a folder that all nodes see"
            }
            Self::Program { .. } | Self::Unquotable(_) | Self::Template(_) => return None,
        };
        Some(text.to_owned())
    }
}
