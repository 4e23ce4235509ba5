//! A Rust compiler that can build guests.

use std::{
    env, fmt, fs,
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    process::Command,
};

use crate::{command, error::Error, files, private_toolchain, private_wasi, say, workspace::Workspace};

/// What guests are compiled for: it has no clock, files, environment or randomness, so a component made of it imports
/// nothing but what our contract has.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// What the projects that `rush-host new --lang rust` writes are compiled for: cargo alone makes components of it.
pub(crate) const WASI_TARGET: &str = "wasm32-wasip2";

/// The contract of host and guests.
pub(crate) const WIT: &str = "guest-sdk/wit";

/// Who compiles guests.
#[derive(Debug)]
pub(crate) enum Toolchain {
    /// The user's own toolchain has the target.
    Active,
    /// A compiler of our own, at this path.
    Private(PathBuf),
}

impl Toolchain {
    /// Builds guests with such a `cargo` command.
    pub(crate) fn build(&self, cargo: &mut Command, workspace: &Workspace) -> Result<(), Error> {
        self.forget_others(&workspace.guests_target().join(TARGET))?;
        // Flags that were meant for the host are not for guests.
        cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").env_remove("CARGO_BUILD_TARGET");
        if let Self::Private(rustc) = self {
            cargo.env("RUSTC", rustc);
        }
        command::run(cargo)
    }

    /// The compiler itself.
    pub(crate) fn rustc(&self) -> PathBuf {
        match self {
            Self::Active => active_rustc(),
            Self::Private(rustc) => rustc.clone(),
        }
    }

    /// Removes what another private compiler left in that folder. Two of the same version have standard libraries of
    /// their own, which cargo cannot tell apart, and rustc does not mix.
    fn forget_others(&self, folder: &Path) -> Result<(), Error> {
        let stamp = folder.join("made-with");
        let identity = self.identity()?;
        if fs::read_to_string(&stamp).ok().as_ref() == Some(&identity) {
            return Ok(());
        }
        files::remove_folder(folder)?;
        files::write_if_changed(&stamp, identity.as_bytes()).map(drop)
    }

    fn identity(&self) -> Result<String, Error> {
        match self {
            // Cargo looks at the version of this one itself.
            Self::Active => Ok("the active toolchain".into()),
            Self::Private(rustc) => private_toolchain::identity(rustc),
        }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active => formatter.write_str("the active toolchain"),
            Self::Private(rustc) => write!(formatter, "{}", rustc.display()),
        }
    }
}

/// Makes sure that something can compile guests; with `rustup`, by adding the target to the active toolchain.
pub(crate) fn ensure(workspace: &Workspace, rustup: bool) -> Result<Toolchain, Error> {
    ensure_for(TARGET, private_toolchain::ensure, workspace, rustup)
}

/// The same for the projects that `rush-host new` writes, which only tests build.
pub(crate) fn ensure_for_wasi(workspace: &Workspace, rustup: bool) -> Result<Toolchain, Error> {
    ensure_for(WASI_TARGET, private_wasi::ensure, workspace, rustup)
}

fn ensure_for(
    target: &str,
    private: impl FnOnce() -> Result<Result<PathBuf, String>, Error>,
    workspace: &Workspace,
    rustup: bool,
) -> Result<Toolchain, Error> {
    let rustc = active_rustc();
    let active = || has_target(&rustc, target, &workspace.path(""));
    if active() {
        return Ok(Toolchain::Active);
    }
    let add = format!("rustup target add {target}");
    if rustup {
        return add_target(target, &rustc, active);
    }
    let reason = match private()? {
        Ok(rustc) => return Ok(Toolchain::Private(rustc)),
        Err(reason) => reason,
    };
    if confirmed(&format!("The active toolchain lacks {target}. Run `{add}`? [y/N]")) {
        return add_target(target, &rustc, active);
    }
    Err(Error::new(format!("no compiler for guests: the active toolchain lacks {target}, and {reason}"))
        .with_hint(format!("type `{add}`, or let `cargo xtask setup --rustup` do it")))
}

/// The compiler that cargo would take.
fn active_rustc() -> PathBuf {
    env::var_os("RUSTC").map_or_else(|| PathBuf::from("rustc"), PathBuf::from)
}

fn add_target(target: &str, rustc: &Path, active: impl Fn() -> bool) -> Result<Toolchain, Error> {
    let mut command = command::new("rustup");
    command.args(["target", "add", target]);
    say::step(&format!("Running `{}` (usually seconds)", command::display(&command)));
    command::run_quietly(&mut command)?;
    if active() {
        return Ok(Toolchain::Active);
    }
    Err(Error::new(format!("rustup added the target, but `{}` does not have it", rustc.display()))
        .with_hint("is another Rust before rustup's on the PATH, or RUSTC set?"))
}

/// Whether that compiler has a standard library for a target. `folder` matters to rustup's overrides.
pub(crate) fn has_target(rustc: &Path, target: &str, folder: &Path) -> bool {
    let mut command = command::new(rustc);
    command.current_dir(folder).args(["--print", "target-libdir", "--target", target]);
    let Ok(libraries) = command::output(&mut command) else { return false };
    let Ok(entries) = fs::read_dir(libraries.trim()) else { return false };
    entries.flatten().any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        name.starts_with("libstd-") && name.ends_with(".rlib")
    })
}

/// Asks, but only somebody who sits at a terminal.
fn confirmed(question: &str) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    say::ask(question);
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).is_ok_and(|_| matches!(answer.trim(), "y" | "Y" | "yes"))
}
