//! What a process asks to be taken from it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::SandboxError;
use crate::in_force::InForce;
use crate::rlimits;

/// What kind of process it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Holds a component that nobody has to trust. It may compute, and use what it has open; system calls are forbidden unless
    /// they are listed. No threads of its own, but where folders are granted: files are read by threads.
    Evaluator,
    /// Compiles such a component: like an evaluator, with threads.
    Compiler,
    /// An ordinary host process, which needs Redis, files and threads: what it never needs is forbidden by name. Landlock does not
    /// hold it, because its name resolution, certificates and logs are files.
    Worker,
}

impl Profile {
    /// Whether only what is listed is allowed.
    pub(crate) fn is_strict(self) -> bool {
        self != Self::Worker
    }
}

/// What a process asks to be taken from it.
#[derive(Debug, Clone)]
pub struct Confinement {
    /// What kind of process it is.
    pub profile: Profile,
    /// Bytes of private memory that it may write to (`RLIMIT_DATA`): a backstop behind limits that explain themselves.
    /// Reserved address space does not count. A strict process gets no other memory to write to: neither shared memory nor files in memory nor
    /// what grows like a stack. What it wrote to and made read-only counts no more, so one that is broken into can keep more than
    /// that: against those helps only a control group around all of it.
    pub memory: Option<u64>,
    /// Processor time, of all its threads; the kernel kills it then. Counted in whole seconds, rounded up.
    pub cpu: Option<Duration>,
    /// Descriptors that it may have open.
    pub open_files: u64,
    /// Folders and files below which it may read. A worker is not held to them.
    pub read: Vec<PathBuf>,
    /// Folders below which it may read, write, make and remove. If there are none, no file grows (`RLIMIT_FSIZE`). A worker is not held to
    /// them.
    pub write: Vec<PathBuf>,
    /// Whether a worker may start programs, which the same holds. Others never may.
    pub programs: bool,
}

impl Confinement {
    /// That of the profile, without files or further limits.
    #[must_use]
    pub fn new(profile: Profile) -> Self {
        let open_files = if profile.is_strict() { 64 } else { 4096 };
        Self {
            profile,
            memory: None,
            cpu: None,
            open_files,
            read: Vec::new(),
            write: Vec::new(),
            programs: false,
        }
    }

    /// Takes it all away, from all threads of the process as far as the kernel can: landlock holds the calling thread and those
    /// that it starts later (and from its ABI 8 on, all others), so there should be no others yet.
    pub fn apply(self) -> Result<InForce, SandboxError> {
        self.apply_then_start(|| Ok(()))
    }

    /// Like [`Confinement::apply`], and starts threads at the only moment at which they are held by all of it, but can still be
    /// started where the profile forbids threads.
    pub fn apply_then_start(self, threads: impl FnOnce() -> io::Result<()>) -> Result<InForce, SandboxError> {
        let mut in_force = InForce::default();
        rlimits::set(&self)?;
        in_force.rlimits = true;
        #[cfg(target_os = "linux")]
        {
            rustix::thread::set_no_new_privs(true).map_err(|error| SandboxError::Privileges(error.into()))?;
            in_force.no_new_privileges = true;
            crate::reach::restrict(&self, &mut in_force)?;
            threads().map_err(SandboxError::Thread)?;
            crate::filter::install(&self, &mut in_force)?;
        }
        #[cfg(not(target_os = "linux"))]
        {
            threads().map_err(SandboxError::Thread)?;
            crate::other_systems::name_what_is_missing(&mut in_force);
        }
        Ok(in_force)
    }

    /// Whether files may be opened at all.
    #[cfg(target_os = "linux")]
    pub(crate) fn files(&self) -> bool {
        !self.read.is_empty() || self.writes()
    }

    /// Whether files may be changed.
    pub(crate) fn writes(&self) -> bool {
        !self.write.is_empty()
    }
}
