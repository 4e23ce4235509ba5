//! What this machine cannot do.

use std::{io::Write as _, path::PathBuf};

/// Says why a test cannot be run here, past the test runner, which keeps to itself what a test says that passes.
pub(crate) fn skipped(what: &str, why: &str) {
    // Nobody may listen.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}: {why}");
}

/// Why this machine cannot play several ones, if it cannot.
pub(crate) fn lacks(programs: &[&str]) -> Option<String> {
    if !rustix::process::geteuid().is_root() {
        return Some("only root may make namespaces".to_owned());
    }
    let missing: Vec<&str> = programs.iter().filter(|program| find(program).is_none()).copied().collect();
    (!missing.is_empty())
        .then(|| format!("there is no {} on the PATH; `cargo xtask setup` installs it", missing.join(", ")))
}

/// A program on the `PATH`. `sshd` wants to be called by its whole path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}
