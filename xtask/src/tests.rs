//! Every test of the repository.

use std::process::{Command, ExitCode};

use crate::{
    command, error::Error, guests, language_guests, languages, say, system_program, test_guests, tools,
    wasm_toolchain, workspace::Workspace,
};

pub(crate) const ABOUT: &str = "sets up, builds, and runs every test";
pub(crate) const HELP: &str = "\
usage: cargo xtask test [ARGUMENTS…]

Sets up what is missing (see `cargo xtask setup --help`), builds the host in debug mode and all guests,
and runs the tests of the plugins' workspace, those of the SDKs of other languages, then those of the
host's workspace. Arguments are passed on to `cargo test`; with any, only the host's workspace is
tested: `cargo xtask test -p rush-network pop`.

Tests find what was built in these variables:
  RUSH_HOST_BIN     the rush-host binary
  RUSH_GUESTS       the folder of the plugins' components
  RUSH_TEST_GUESTS  the folder of the test guests' components
  RUSH_TOOLS        a folder with the tools of other languages, for the PATH
  RUSH_WASI_RUSTC   a compiler that can build for wasm32-wasip2";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    system_program::ensure_all()?;
    system_program::ensure_for_machines();
    let toolchain = wasm_toolchain::ensure(workspace, false)?;
    guests::build_all_plugins(workspace, &toolchain)?;
    test_guests::build_all(workspace, &toolchain)?;
    tools::ensure(workspace, &tools::ALL)?;
    language_guests::build(workspace, &language_guests::plugins(workspace)?)?;
    language_guests::build(workspace, &language_guests::test_guests(workspace)?)?;
    let wasi = wasm_toolchain::ensure_for_wasi(workspace, false)?;
    say::step("Building the host (the first time usually 2 to 5 minutes)");
    command::run(workspace.cargo().args(["build", "--package", "rush-cli"]))?;

    if arguments.is_empty() {
        say::step("Testing the plugins and the SDK");
        command::run(workspace.cargo_for_guests(guests::PLUGINS).args(["test", "--workspace"]))?;
        for language in languages::ALL {
            if let Some(mut tests) = language.tests(workspace)? {
                say::step(&format!("Testing the SDK of {}", language.name()));
                command::run(&mut tests)?;
            }
        }
    }
    say::step("Testing the host");
    let mut cargo = workspace.cargo();
    cargo.arg("test");
    if !selects_packages(arguments) {
        cargo.arg("--workspace");
    }
    cargo.env("RUSH_WASI_RUSTC", wasi.rustc());
    command::exit_code(with_artifacts(cargo.args(arguments), workspace, "debug"))
}

/// Tells a command where the host and the guests are.
pub(crate) fn with_artifacts<'a>(
    command: &'a mut Command,
    workspace: &Workspace,
    profile: &str,
) -> &'a mut Command {
    command
        .env("RUSH_HOST_BIN", workspace.binary(profile, "rush-host"))
        .env("RUSH_GUESTS", workspace.path("plugins/target"))
        .env("RUSH_TEST_GUESTS", workspace.path("tests/guests/target"))
        .env("RUSH_TOOLS", tools::folder(workspace))
}

/// Whether `cargo test` with these arguments knows which packages are meant.
fn selects_packages(arguments: &[String]) -> bool {
    arguments.iter().take_while(|argument| *argument != "--").any(|argument| {
        argument.starts_with("-p") || argument.starts_with("--package") || argument == "--manifest-path"
    })
}

#[cfg(test)]
mod cases {
    use super::*;

    #[test]
    fn packages_may_be_selected() {
        let selects = |line: &str| selects_packages(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        assert!(selects("-p rush-network"));
        assert!(selects("--package=rush-network pop"));
        assert!(!selects("pop -- --nocapture"));
        assert!(!selects("pop -- -p"));
    }
}
