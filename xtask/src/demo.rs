//! From nothing to a finished run.

use std::process::ExitCode;

use crate::{command, error::Error, guests, say, system_program, wasm_toolchain, workspace::Workspace};

pub(crate) const ABOUT: &str = "sets up, builds, and runs an example";
pub(crate) const HELP: &str = "\
usage: cargo xtask demo

Sets up what is missing (see `cargo xtask setup --help`), builds the host in release mode and the
plugins, and runs `rush-host run runs/branin-random-search.toml --fresh`. Its exit code is passed on.";

const RUN_FILE: &str = "runs/branin-random-search.toml";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    if let Some(argument) = arguments.first() {
        return Err(Error::usage(format!("`demo` takes no arguments, but got `{argument}`")).with_hint(HELP));
    }
    system_program::ensure_all()?;
    let toolchain = wasm_toolchain::ensure(workspace, false)?;
    guests::build_all_plugins(workspace, &toolchain)?;
    say::step("Building the host (the first time usually 3 to 6 minutes)");
    command::run(workspace.cargo().args(["build", "--release", "--package", "rush-cli"]))?;

    let mut host = std::process::Command::new(workspace.binary("release", "rush-host"));
    host.current_dir(workspace.path("")).args(["run", RUN_FILE, "--fresh"]);
    say::step(&format!("Running rush-host run {RUN_FILE} --fresh"));
    command::replace(&mut host)
}
