//! Programs that come from the system's packages: `redis-server` for private networks and tests, `make` for jemalloc, `sshd`
//! and `ip` for tests in which one machine plays several, a Slurm for tests with jobs, `python3`, `node` and `npm` for guests in other languages than Rust.

use std::path::{Path, PathBuf};

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
    /// Its package comes with a service that anybody could reach; it is installed unasked only where nothing starts services.
    is_service: bool,
    /// Whether what is there has all that is needed of it.
    is_whole: fn(&Path) -> bool,
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
    is_service: false,
    is_whole: anything,
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
    is_service: false,
    is_whole: anything,
};

const SSHD: SystemProgram = SystemProgram {
    name: "sshd",
    packages: &[
        ("apt-get", "openssh-server"),
        ("dnf", "openssh-server"),
        ("pacman", "openssh"),
        ("apk", "openssh"),
        ("zypper", "openssh"),
    ],
    otherwise: "install the OpenSSH server; tests start one of their own on a loopback port",
    is_service: true,
    is_whole: anything,
};

const IP: SystemProgram = SystemProgram {
    name: "ip",
    packages: &[
        ("apt-get", "iproute2"),
        ("dnf", "iproute"),
        ("pacman", "iproute2"),
        ("apk", "iproute2"),
        ("zypper", "iproute2"),
    ],
    otherwise: "install iproute2; tests make network namespaces with it",
    is_service: false,
    is_whole: anything,
};

/// The programs of a cluster of one node, each with the package that has it.
const fn of_slurm(
    name: &'static str,
    packages: &'static [(&'static str, &'static str)],
    is_service: bool,
) -> SystemProgram {
    SystemProgram {
        name,
        packages,
        otherwise: "install Slurm, with its controller, its daemon for nodes, and munge; tests start one of their own on loopback ports",
        is_service,
        is_whole: anything,
    }
}

const MUNGED: SystemProgram =
    of_slurm("munged", &[("apt-get", "munge"), ("dnf", "munge"), ("zypper", "munge")], true);
const SLURMCTLD: SystemProgram =
    of_slurm("slurmctld", &[("apt-get", "slurmctld"), ("dnf", "slurm-slurmctld"), ("zypper", "slurm")], true);
const SLURMD: SystemProgram =
    of_slurm("slurmd", &[("apt-get", "slurmd"), ("dnf", "slurm-slurmd"), ("zypper", "slurm-node")], true);
const SBATCH: SystemProgram =
    of_slurm("sbatch", &[("apt-get", "slurm-client"), ("dnf", "slurm"), ("zypper", "slurm")], false);

/// Builds guests in Python, and brings zig, which builds those in C.
pub(crate) const PYTHON: SystemProgram = SystemProgram {
    name: "python3",
    packages: &[
        ("apt-get", "python3-venv"),
        ("dnf", "python3"),
        ("pacman", "python"),
        ("apk", "python3"),
        ("zypper", "python3"),
        ("brew", "python"),
    ],
    otherwise: "install Python 3.10 or later, with its modules `venv` and `ensurepip`: https://www.python.org/downloads/",
    is_service: false,
    // Debian keeps these in a package of their own.
    is_whole: |python| command::succeeds(command::new(python).args(["-c", "import ensurepip, venv"])),
};

/// Runs what builds guests in JavaScript.
pub(crate) const NODE: SystemProgram = SystemProgram {
    name: "node",
    packages: &[
        ("apt-get", "nodejs"),
        ("dnf", "nodejs"),
        ("pacman", "nodejs"),
        ("apk", "nodejs"),
        ("zypper", "nodejs"),
        ("brew", "node"),
    ],
    otherwise: "install Node.js 20 or later: https://nodejs.org/",
    is_service: false,
    is_whole: anything,
};

/// Brings what builds guests in JavaScript.
pub(crate) const NPM: SystemProgram = SystemProgram {
    name: "npm",
    packages: &[
        ("apt-get", "npm"),
        ("dnf", "npm"),
        ("pacman", "npm"),
        ("apk", "npm"),
        ("zypper", "npm"),
        ("brew", "node"),
    ],
    otherwise: "install npm, which comes with Node.js: https://nodejs.org/",
    is_service: false,
    is_whole: anything,
};

fn anything(_: &Path) -> bool {
    true
}

/// What building, running and testing rush-host takes besides Rust.
pub(crate) const NEEDED: [&SystemProgram; 2] = [&REDIS_SERVER, &MAKE];

/// What tests of several machines take; without it, they are skipped.
const NEEDED_FOR_MACHINES: [&SystemProgram; 2] = [&SSHD, &IP];

/// What tests with Slurm take; without it, they are skipped.
const NEEDED_FOR_SLURM: [&SystemProgram; 4] = [&MUNGED, &SLURMCTLD, &SLURMD, &SBATCH];

/// Makes sure that all that is needed is there.
pub(crate) fn ensure_all() -> Result<(), Error> {
    NEEDED.iter().try_for_each(|program| program.ensure().map(drop))
}

/// Says which tests cannot be run here; the others can.
pub(crate) fn ensure_for_machines() {
    let of_machines = NEEDED_FOR_MACHINES.map(|program| (program, "tests of several machines"));
    let of_slurm = NEEDED_FOR_SLURM.map(|program| (program, "tests with Slurm"));
    for (program, tests) in of_machines.into_iter().chain(of_slurm) {
        match program.ensure() {
            Ok(path) => say::note(&format!("{}: {}", program.name, path.display())),
            Err(error) => say::note(&format!("{tests} are skipped: {}", error.reason())),
        }
    }
}

impl SystemProgram {
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    fn find(&self) -> Option<PathBuf> {
        command::find(self.name).filter(|path| (self.is_whole)(path))
    }

    /// Makes sure that it is there, and says where.
    pub(crate) fn ensure(&self) -> Result<PathBuf, Error> {
        let name = self.name;
        if let Some(path) = self.find() {
            return Ok(path);
        }
        let found =
            self.packages.iter().find_map(|(name, package)| Some((PackageManager::find(name)?, *package)));
        let lack = match command::find(name) {
            Some(path) => format!("{} lacks some of what belongs to it", path.display()),
            None => format!("there is no {name} on the PATH"),
        };
        let Some((manager, package)) = found else {
            let message = format!("{lack}, and no package manager that we know");
            return Err(Error::new(message).with_hint(self.otherwise));
        };
        if self.is_service && Path::new("/run/systemd/system").exists() {
            let message = format!("{lack}, and installing it would start a service here");
            return Err(
                Error::new(message).with_hint(format!("type: sudo {}", manager.install_line(package)))
            );
        }
        let rights = package_manager::rights();
        if manager.needs_root && rights == Rights::None {
            let message = format!("{lack}, and installing it needs a password");
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
        self.find().ok_or_else(|| {
            let message = format!("{} installed `{package}`, but {lack}", manager.name);
            Error::new(message).with_hint(self.otherwise)
        })
    }
}
