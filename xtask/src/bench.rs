//! What we claim about speed, measured.

use std::{fs, process::ExitCode};

use crate::{
    command, error::Error, guests, say, system_program, test_guests, tests, tools, wasm_toolchain,
    workspace::Workspace,
};

pub(crate) const ABOUT: &str = "measures what we claim about speed";
pub(crate) const HELP: &str = "\
usage: cargo xtask bench [NAME [ARGUMENTS…]]

Sets up what is missing (see `cargo xtask setup --help`), builds the host and the plugins in release
mode, and runs one benchmark, or all of them. Each is a program in benches/; its arguments are passed on.";

/// The test guests that benchmarks run.
const MEASURED_GUESTS: [&str; 7] =
    ["columns", "inline_search", "sleeper", "queue", "busy", "evaluates_often", "kernels"];

/// The benchmark that builds projects in other languages.
const LANGUAGES: &str = "languages";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    let known = names(workspace)?;
    let (names, arguments) = match arguments.split_first() {
        None => (known, arguments),
        Some((name, rest)) if known.contains(name) => (vec![name.clone()], rest),
        Some((name, _)) => {
            return Err(Error::usage(format!("there is no benchmark `{name}`"))
                .with_hint(format!("benchmarks: {}", known.join(", "))));
        }
    };
    system_program::ensure_all()?;
    let toolchain = wasm_toolchain::ensure(workspace, false)?;
    guests::build_all_plugins(workspace, &toolchain)?;
    test_guests::build(workspace, &toolchain, &MEASURED_GUESTS.map(str::to_owned))?;
    say::step("Building the host and the benchmarks (the first time usually 3 to 6 minutes)");
    command::run(workspace.cargo().args([
        "build",
        "--release",
        "--package",
        "rush-cli",
        "--package",
        "rush-benches",
    ]))?;
    let wasi = if names.iter().any(|name| name == LANGUAGES) {
        tools::ensure(workspace, &tools::OF_GUESTS)?;
        Some(wasm_toolchain::ensure_for_wasi(workspace, false)?)
    } else {
        None
    };
    for name in names {
        say::step(&format!("Running {name}"));
        let mut cargo = workspace.cargo();
        cargo.args(["run", "--quiet", "--release", "--package", "rush-benches", "--bin", &name, "--"]);
        if let Some(wasi) = &wasi {
            cargo.env("RUSH_WASI_RUSTC", wasi.rustc());
        }
        command::run(tests::with_artifacts(cargo.args(arguments), workspace, "release"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The programs of the benchmarks' crate.
fn names(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let manifest = workspace.path("benches/Cargo.toml");
    let text = fs::read_to_string(&manifest)
        .map_err(|error| Error::io(format_args!("read {}", manifest.display()), &error))?;
    Ok(binaries(&text))
}

/// The names in the `[[bin]]` tables of a manifest.
fn binaries(manifest: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[[bin]]";
        } else if let (true, Some(name)) = (inside, line.strip_prefix("name = ")) {
            names.push(name.trim_matches('"').to_owned());
        }
    }
    names
}

#[cfg(test)]
mod cases {
    use super::*;

    #[test]
    fn only_binaries_count() {
        let manifest =
            "[package]\nname = \"a\"\n[[bin]]\nname = \"b\"\npath = \"b.rs\"\n[lib]\nname = \"c\"\n";
        assert_eq!(binaries(manifest), ["b"]);
    }
}
