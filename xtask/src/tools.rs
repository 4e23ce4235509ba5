//! Tools of other languages, and what tests need: each of the version that the repository pins, in a folder of its own below the user's cache.
//!
//! They come from `PyPI`, npm and the crate registry, and only when something is built that needs them: Rust's plugins need none.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    command,
    error::Error,
    files, pins, say,
    stamp::Stamp,
    system_program::{NODE, NPM, PYTHON},
    workspace::Workspace,
};

/// A program that builds components of another language, or that tests or benchmarks need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    ComponentizePy,
    ComponentizeJs,
    Zig,
    WasmTools,
    /// The published schemas of Kubernetes: for tests alone.
    KubernetesValidate,
    /// Optuna and RQ, which the benchmark `peers` measures beside ours: for that alone.
    PeersPython,
}

/// What builds guests.
pub(crate) const OF_GUESTS: [Tool; 4] =
    [Tool::ComponentizePy, Tool::ComponentizeJs, Tool::Zig, Tool::WasmTools];

pub(crate) const ALL: [Tool; 5] =
    [Tool::ComponentizePy, Tool::ComponentizeJs, Tool::Zig, Tool::WasmTools, Tool::KubernetesValidate];

const JS_MANIFEST: &str = "guest-sdk/js/package.json";
const C_REQUIREMENTS: &str = "guest-sdk/c/requirements.txt";
const PYTHON_REQUIREMENTS: &str = "guest-sdk/python/requirements.txt";
const KUBERNETES_REQUIREMENTS: &str = "tests/support/kubernetes/requirements.txt";
const PEERS_REQUIREMENTS: &str = "benches/peers/requirements.txt";

/// The folder of the tools that have been set up for this build folder, for the `PATH`.
pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.guests_target().join("tools")
}

/// Where those of all checkouts and all versions are.
fn all_tools() -> Result<PathBuf, Error> {
    Ok(files::cache_folder()?.join("tools"))
}

/// Makes sure that all of these are there.
pub(crate) fn ensure(workspace: &Workspace, tools: &[Tool]) -> Result<(), Error> {
    tools.iter().try_for_each(|tool| tool.ensure(workspace).map(drop))
}

impl Tool {
    /// As it is called.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ComponentizePy => "componentize-py",
            Self::ComponentizeJs => "componentize-js",
            Self::Zig => "zig",
            Self::WasmTools => "wasm-tools",
            Self::KubernetesValidate => "kubernetes-validate",
            Self::PeersPython => "peers-python",
        }
    }

    /// The version that the repository pins.
    pub(crate) fn version(self, workspace: &Workspace) -> Result<String, Error> {
        let (file, name) = match self {
            Self::ComponentizePy => (PYTHON_REQUIREMENTS, "componentize-py"),
            Self::ComponentizeJs => (JS_MANIFEST, "@bytecodealliance/componentize-js"),
            Self::Zig => (C_REQUIREMENTS, "ziglang"),
            Self::WasmTools => ("guest-sdk/c/tools.txt", "wasm-tools"),
            Self::KubernetesValidate => (KUBERNETES_REQUIREMENTS, "kubernetes-validate"),
            Self::PeersPython => (PEERS_REQUIREMENTS, "optuna"),
        };
        pins::version(workspace, file, name)
    }

    /// The folder of its own.
    pub(crate) fn home(self, workspace: &Workspace) -> Result<PathBuf, Error> {
        Ok(all_tools()?.join(self.folder_name(workspace)?))
    }

    /// Makes sure that it is there, and says where.
    pub(crate) fn ensure(self, workspace: &Workspace) -> Result<PathBuf, Error> {
        let (tools, home) = (all_tools()?, self.home(workspace)?);
        if !home.exists() {
            let _lock = files::lock(&tools, "tools of other languages")?;
            // Somebody else may have made it while we waited.
            if !home.exists() {
                // An earlier attempt that was interrupted left this behind.
                let partial = tools.join("partial");
                files::remove_folder(&partial)?;
                files::create_folder(&partial)?;
                self.make(workspace, &partial)?;
                files::rename(&partial, &home)?;
            }
        }
        self.link(workspace, &home, &tools)
    }

    fn folder_name(self, workspace: &Workspace) -> Result<String, Error> {
        let name = format!("{}-{}", self.name(), self.version(workspace)?);
        // With these comes whatever else the file names.
        let names_others = match self {
            Self::ComponentizeJs => JS_MANIFEST,
            Self::PeersPython => PEERS_REQUIREMENTS,
            _ => return Ok(name),
        };
        let mut stamp = Stamp::new();
        stamp.add_path(&workspace.path(names_others))?;
        Ok(format!("{name}-{stamp}"))
    }

    /// Sets it up in a folder that is to be moved.
    fn make(self, workspace: &Workspace, folder: &Path) -> Result<(), Error> {
        let version = self.version(workspace)?;
        let begins = |from: &str, usually: &str| {
            say::step(&format!(
                "Setting up {} {version} from {from} (once only, usually {usually})",
                self.name()
            ));
        };
        match self {
            Self::ComponentizePy | Self::Zig | Self::KubernetesValidate | Self::PeersPython => {
                let python = PYTHON.ensure()?;
                begins("PyPI", "less than a minute");
                command::run_quietly(command::new(python).args(["-m", "venv"]).arg(folder))?;
                let requirements = match self {
                    Self::Zig => C_REQUIREMENTS,
                    Self::KubernetesValidate => KUBERNETES_REQUIREMENTS,
                    Self::PeersPython => PEERS_REQUIREMENTS,
                    _ => PYTHON_REQUIREMENTS,
                };
                let mut pip = command::new(folder.join("bin/python"));
                pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
                pip.arg("--requirement").arg(workspace.path(requirements));
                command::run_quietly(&mut pip)
            }
            Self::ComponentizeJs => {
                NODE.ensure()?;
                let npm = NPM.ensure()?;
                begins("npm", "less than a minute");
                files::copy(&workspace.path(JS_MANIFEST), &folder.join("package.json"))?;
                let mut npm = command::new(npm);
                npm.args(["install", "--no-audit", "--no-fund", "--no-update-notifier"]).current_dir(folder);
                command::run_quietly(&mut npm)
            }
            Self::WasmTools => {
                begins("the crate registry", "2 to 4 minutes");
                let mut cargo = workspace.cargo();
                cargo.args([
                    "install",
                    "--quiet",
                    "--locked",
                    "--no-default-features",
                    "--features",
                    "component",
                ]);
                cargo.args(["wasm-tools", "--version", &version]).arg("--root").arg(folder);
                // Flags that were meant for the host are not for tools.
                cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
                cargo.env_remove("CARGO_BUILD_TARGET").env("CARGO_TARGET_DIR", folder.join("target"));
                command::run_quietly(&mut cargo)?;
                files::remove_folder(&folder.join("target"))
            }
        }
    }

    /// Makes it runnable by its name.
    fn link(self, workspace: &Workspace, home: &Path, tools: &Path) -> Result<PathBuf, Error> {
        let folder = folder(workspace);
        let python = home.join("bin/python").display().to_string();
        let run = match self {
            // What pip installs to `bin` knows where it was installed, and that has been moved.
            Self::ComponentizePy => format!(
                "exec '{python}' -c 'import componentize_py, sys; sys.exit(componentize_py.script())' \"$@\""
            ),
            // What it makes of the C library serves all builds of all projects.
            Self::Zig => format!(
                "export ZIG_GLOBAL_CACHE_DIR=\"${{ZIG_GLOBAL_CACHE_DIR:-{}}}\"\nexec '{python}' -m ziglang \"$@\"",
                tools.join("zig-cache").display()
            ),
            Self::ComponentizeJs => {
                let commands = home.join("node_modules/.bin");
                if commands.join("tsc").exists() {
                    write_script(&folder.join("tsc"), &exec(&commands.join("tsc")))?;
                }
                exec(&commands.join(self.name()))
            }
            Self::WasmTools => exec(&home.join("bin").join(self.name())),
            // The cluster that tests play is a script that validates with it.
            Self::KubernetesValidate => {
                write_script(&folder.join("kubernetes-python"), &exec(&home.join("bin/python")))?;
                format!("exec '{python}' -m kubernetes_validate \"$@\"")
            }
            // Scripts of the benchmark; what Python compiles of them does not belong beside them.
            Self::PeersPython => format!("exec '{python}' -B \"$@\""),
        };
        let script = folder.join(self.name());
        write_script(&script, &run)?;
        Ok(script)
    }
}

fn exec(program: &Path) -> String {
    format!("exec '{}' \"$@\"", program.display())
}

#[cfg(unix)]
fn write_script(path: &Path, run: &str) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    // Whoever runs the old one meanwhile must not read half of the new one.
    let content = format!("#!/bin/sh\n{run}\n");
    if fs::read(path).is_ok_and(|current| current == content.as_bytes()) {
        return Ok(());
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    files::write_if_changed(&temporary, content.as_bytes())?;
    fs::set_permissions(&temporary, fs::Permissions::from_mode(0o755))
        .map_err(|error| Error::io(format_args!("make {} executable", temporary.display()), &error))?;
    files::rename(&temporary, path)
}

#[cfg(not(unix))]
fn write_script(_: &Path, _: &str) -> Result<(), Error> {
    Err(Error::new("guests of other languages are built on Unix"))
}
