//! The `redis-server` that private networks and tests start.

use std::path::PathBuf;

use crate::{
    command,
    error::Error,
    package_manager::{self, PackageManager, Rights},
    say,
};

/// The package that has `redis-server`, for each package manager that we know.
const PACKAGES: [(&str, &str); 6] = [
    ("apt-get", "redis-server"),
    ("dnf", "redis"),
    ("pacman", "redis"),
    ("apk", "redis"),
    ("zypper", "redis"),
    ("brew", "redis"),
];

/// Makes sure that there is a `redis-server`, and says where.
pub(crate) fn ensure() -> Result<PathBuf, Error> {
    if let Some(path) = command::find("redis-server") {
        return Ok(path);
    }
    let found = PACKAGES.iter().find_map(|(name, package)| Some((PackageManager::find(name)?, *package)));
    let Some((manager, package)) = found else {
        return Err(Error::new("there is no redis-server on the PATH, and no package manager that we know")
            .with_hint(
                "install Redis 7.0 or later: https://redis.io/docs/latest/operate/oss_and_stack/install/",
            ));
    };
    let rights = package_manager::rights();
    if manager.needs_root && rights == Rights::None {
        return Err(Error::new("there is no redis-server on the PATH, and installing it needs a password")
            .with_hint(format!("type: sudo {}", manager.install_line(package))));
    }
    say::step(&format!("Installing redis-server with {} (usually less than a minute)", manager.name));
    let installed = match manager.install(package, rights) {
        // Lists that are missing or old: a fresh machine.
        Err(_) if manager.refresh.is_some() => {
            manager.refresh(rights)?;
            manager.install(package, rights)
        }
        other => other,
    };
    installed.map_err(|error| error.with_hint(format!("try: {}", manager.install_line(package))))?;
    command::find("redis-server").ok_or_else(|| {
        Error::new(format!(
            "{} installed `{package}`, but there is no redis-server on the PATH",
            manager.name
        ))
        .with_hint("install Redis 7.0 or later so that `redis-server --version` works")
    })
}
