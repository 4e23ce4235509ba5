//! Programs that come from the system's packages: `redis-server` for private networks and tests, `make` for jemalloc.

use std::path::PathBuf;

use crate::{
    command,
    error::Error,
    package_manager::{self, PackageManager, Rights},
    say,
};

/// A program that must be on the `PATH`, and where it comes from.
pub(crate) struct SystemProgram {
    name: &'static str,
    /// The package that has it, for each package manager that we know.
    packages: &'static [(&'static str, &'static str)],
    /// What to do where none of them is.
    otherwise: &'static str,
}

pub(crate) const REDIS_SERVER: SystemProgram = SystemProgram {
    name: "redis-server",
    packages: &[
        ("apt-get", "redis-server"),
        ("dnf", "redis"),
        ("pacman", "redis"),
        ("apk", "redis"),
        ("zypper", "redis"),
        ("brew", "redis"),
    ],
    otherwise: "install Redis 7.0 or later: https://redis.io/docs/latest/operate/oss_and_stack/install/",
};

pub(crate) const MAKE: SystemProgram = SystemProgram {
    name: "make",
    packages: &[
        ("apt-get", "make"),
        ("dnf", "make"),
        ("pacman", "make"),
        ("apk", "make"),
        ("zypper", "make"),
        ("brew", "make"),
    ],
    otherwise: "install GNU make; rush-host's allocator is built with it",
};

/// What building, running and testing rush-host takes besides Rust.
pub(crate) const NEEDED: [&SystemProgram; 2] = [&REDIS_SERVER, &MAKE];

/// Makes sure that all that is needed is there.
pub(crate) fn ensure_all() -> Result<(), Error> {
    NEEDED.iter().try_for_each(|program| program.ensure().map(drop))
}

impl SystemProgram {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Makes sure that it is there, and says where.
    pub(crate) fn ensure(&self) -> Result<PathBuf, Error> {
        let name = self.name;
        if let Some(path) = command::find(name) {
            return Ok(path);
        }
        let found =
            self.packages.iter().find_map(|(name, package)| Some((PackageManager::find(name)?, *package)));
        let Some((manager, package)) = found else {
            let message = format!("there is no {name} on the PATH, and no package manager that we know");
            return Err(Error::new(message).with_hint(self.otherwise));
        };
        let rights = package_manager::rights();
        if manager.needs_root && rights == Rights::None {
            let message = format!("there is no {name} on the PATH, and installing it needs a password");
            return Err(
                Error::new(message).with_hint(format!("type: sudo {}", manager.install_line(package)))
            );
        }
        say::step(&format!("Installing {name} with {} (usually less than a minute)", manager.name));
        let installed = match manager.install(package, rights) {
            // Lists that are missing or old: a fresh machine.
            Err(_) if manager.refresh.is_some() => {
                manager.refresh(rights)?;
                manager.install(package, rights)
            }
            other => other,
        };
        installed.map_err(|error| error.with_hint(format!("try: {}", manager.install_line(package))))?;
        command::find(name).ok_or_else(|| {
            let message =
                format!("{} installed `{package}`, but there is no {name} on the PATH", manager.name);
            Error::new(message).with_hint(self.otherwise)
        })
    }
}
