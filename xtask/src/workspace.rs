//! Where things are.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{command, error::Error};

/// The repository and its build folders.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    /// The folder of the profiles (`debug`, `release`) into which cargo put this very program.
    profiles: PathBuf,
    /// `CARGO_TARGET_DIR`, made absolute, because the commands run elsewhere.
    target: Option<PathBuf>,
}

impl Workspace {
    /// Finds the repository from where cargo started this program.
    pub(crate) fn find() -> Result<Self, Error> {
        let absolute = |path: &Path| {
            std::path::absolute(path)
                .map_err(|error| Error::io(format_args!("find {}", path.display()), &error))
        };
        let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().map(absolute).transpose()?;
        let program = env::current_exe().map_err(|error| Error::io("find this program", &error))?;
        let profiles = program.ancestors().nth(2).map(Path::to_owned);
        let (Some(root), Some(profiles)) = (root, profiles) else {
            return Err(Error::new("cannot find the repository").with_hint("run `cargo xtask` inside it"));
        };
        let target = env::var_os("CARGO_TARGET_DIR").filter(|dir| !dir.is_empty());
        let target = target.map(|dir| absolute(Path::new(&dir))).transpose()?;
        Ok(Self { root, profiles, target })
    }

    /// A path inside the repository.
    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// A binary of the host's workspace, built or not: `profile` is `debug` or `release`.
    pub(crate) fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.profiles.join(profile).join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }

    /// Where cargo builds the guests and their tools: apart from the host, because guests may be built by another
    /// compiler; but together, because most of what they need is the same.
    pub(crate) fn guests_target(&self) -> PathBuf {
        match &self.target {
            Some(target) => target.join("guests"),
            None => self.path("plugins/target"),
        }
    }

    /// `cargo`, in the root.
    pub(crate) fn cargo(&self) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut command = command::new(cargo);
        command.current_dir(&self.root);
        if let Some(target) = &self.target {
            command.env("CARGO_TARGET_DIR", target);
        }
        command
    }

    /// `cargo`, in one of the workspaces of guests.
    pub(crate) fn cargo_for_guests(&self, workspace: &str) -> Command {
        let mut command = self.cargo();
        command.current_dir(self.path(workspace)).env("CARGO_TARGET_DIR", self.guests_target());
        command
    }
}
