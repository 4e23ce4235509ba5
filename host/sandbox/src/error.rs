//! Why a process could not confine itself.

use std::io;
use std::path::PathBuf;

/// Why a process could not confine itself. It must not go on then.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The kernel refused a limit.
    #[error("the limit {name} cannot be set to {value}: {cause}")]
    Limit {
        /// As in `prlimit`.
        name: &'static str,
        /// What it should have become.
        value: u64,
        /// What the kernel said.
        cause: io::Error,
    },
    /// `no_new_privs` was refused.
    #[error("the right to gain privileges cannot be given up: {0}")]
    Privileges(io::Error),
    /// A folder that is granted cannot be opened.
    #[error("the granted folder {} cannot be opened: {cause}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        cause: String,
    },
    /// Landlock is offered, but refused what was asked of it.
    #[error("landlock refused the rules: {0}")]
    Landlock(String),
    /// Seccomp is offered, but refused the filter.
    #[error("seccomp refused the filter: {0}")]
    Seccomp(String),
    /// The threads that should run before thread creation is forbidden could not be started.
    #[error("a thread cannot be started: {0}")]
    Thread(io::Error),
}
