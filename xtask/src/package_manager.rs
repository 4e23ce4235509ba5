//! The system's package manager, used only where it asks for no password.

use std::process::Command;

use crate::{command, error::Error, say};

/// What this process may do to the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rights {
    Root,
    /// `sudo` works without a password.
    Sudo,
    None,
}

/// What this process may do.
pub(crate) fn rights() -> Rights {
    if command::output(command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0") {
        Rights::Root
    } else if command::succeeds(command::new("sudo").args(["-n", "true"])) {
        Rights::Sudo
    } else {
        Rights::None
    }
}

/// A package manager, and how it is told to install without questions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PackageManager {
    pub(crate) name: &'static str,
    pub(crate) needs_root: bool,
    /// Fetches the lists of packages, where that is a step of its own.
    pub(crate) refresh: Option<&'static [&'static str]>,
    install: &'static [&'static str],
}

const KNOWN: [PackageManager; 6] = [
    PackageManager {
        name: "apt-get",
        needs_root: true,
        refresh: Some(&["update"]),
        install: &["install", "--yes", "--no-install-recommends"],
    },
    PackageManager { name: "dnf", needs_root: true, refresh: None, install: &["install", "--assumeyes"] },
    PackageManager {
        name: "pacman",
        needs_root: true,
        refresh: Some(&["-Sy", "--noconfirm"]),
        install: &["-S", "--noconfirm", "--needed"],
    },
    PackageManager {
        name: "apk",
        needs_root: true,
        refresh: Some(&["update"]),
        install: &["add", "--no-interactive"],
    },
    PackageManager {
        name: "zypper",
        needs_root: true,
        refresh: None,
        install: &["--non-interactive", "install", "--no-recommends"],
    },
    // Homebrew refuses to run as root.
    PackageManager { name: "brew", needs_root: false, refresh: None, install: &["install", "--quiet"] },
];

impl PackageManager {
    /// The package manager of this name, if it is here.
    pub(crate) fn find(name: &str) -> Option<Self> {
        command::find(name)?;
        KNOWN.into_iter().find(|manager| manager.name == name)
    }

    /// What one would type to install a package, without `sudo`.
    pub(crate) fn install_line(&self, package: &str) -> String {
        let arguments = self.install.iter().filter(|argument| !argument.starts_with("--"));
        let words: Vec<&str> = [self.name].iter().chain(arguments).chain([&package]).copied().collect();
        words.join(" ")
    }

    /// Fetches the lists of packages.
    pub(crate) fn refresh(&self, rights: Rights) -> Result<(), Error> {
        let Some(arguments) = self.refresh else { return Ok(()) };
        say::step(&format!("Fetching the package lists of {} (usually seconds)", self.name));
        command::run_quietly(self.command(rights).args(arguments))
    }

    /// Installs a package.
    pub(crate) fn install(&self, package: &str, rights: Rights) -> Result<(), Error> {
        command::run_quietly(self.command(rights).args(self.install).arg(package))
    }

    fn command(&self, rights: Rights) -> Command {
        // What would ask, takes its default. `sudo` drops the environment, so `env` is run behind it.
        let quiet = "DEBIAN_FRONTEND=noninteractive";
        if self.needs_root && rights == Rights::Sudo {
            let mut command = command::new("sudo");
            command.args(["-n", "env", quiet, self.name]);
            command
        } else {
            let mut command = command::new("env");
            command.args([quiet, self.name]);
            command
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_would_type() {
        let line = |name| KNOWN.iter().find(|manager| manager.name == name).unwrap().install_line("redis");
        assert_eq!(line("apt-get"), "apt-get install redis");
        assert_eq!(line("pacman"), "pacman -S redis");
        assert_eq!(line("zypper"), "zypper install redis");
        assert_eq!(line("brew"), "brew install redis");
    }

    #[test]
    fn sudo_keeps_the_frontend_quiet_and_never_asks() {
        let command = KNOWN[0].command(Rights::Sudo);
        assert_eq!(command::display(&command), "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get");
    }
}
