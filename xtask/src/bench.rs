//! What we claim about speed, measured.

use std::{
    fs,
    process::{Command, ExitCode},
};

use crate::{
    command,
    error::Error,
    guests, say, system_program, test_guests, tests,
    tools::{self, Tool},
    wasm_toolchain,
    workspace::Workspace,
};

pub(crate) const ABOUT: &str = "measures what we claim about speed";
pub(crate) const HELP: &str = "\
usage: cargo xtask bench [NAME] [ARGUMENTS…]
       cargo xtask bench --tables

Sets up what is missing (see `cargo xtask setup --help`), builds the host and the plugins in release
mode, and runs one benchmark, or all of them. Each is a program in benches/; its arguments are passed
on, and `cargo xtask bench NAME -- --help` tells them. All of them take these:

  --json    write JSON instead of tables
  --record  keep the figures in benches/results/NAME.json, and show them in benches/README.md

  --tables  measure nothing; write the tables of benches/README.md anew, from benches/results";

/// What each benchmark understands, so that all of them can be run with it.
const COMMON: [&str; 2] = ["--json", "--record"];

/// Writes README, and measures nothing.
const TABLES: &str = "tables";

/// The test guests that benchmarks run.
const MEASURED_GUESTS: [&str; 10] = [
    "columns",
    "inline_search",
    "queue_search",
    "sleeper",
    "queue",
    "busy",
    "evaluates_often",
    "kernels",
    "naps",
    "simulated_adbo",
];

/// The benchmark that builds projects in other languages.
const LANGUAGES: &str = "languages";

/// The benchmark that measures what others have made.
const PEERS: &str = "peers";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    if arguments == ["--tables"] {
        command::run(&mut program(workspace, TABLES))?;
        return Ok(ExitCode::SUCCESS);
    }
    let known = names(workspace)?;
    let (names, arguments) = choose(known, arguments)?;
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
    if names.iter().any(|name| name == PEERS) {
        tools::ensure(workspace, &[Tool::PeersPython])?;
    }
    let wasi = if names.iter().any(|name| name == LANGUAGES) {
        tools::ensure(workspace, &tools::OF_GUESTS)?;
        Some(wasm_toolchain::ensure_for_wasi(workspace, false)?)
    } else {
        None
    };
    for name in names {
        say::step(&format!("Running {name}"));
        let mut cargo = program(workspace, &name);
        if let Some(wasi) = &wasi {
            cargo.env("RUSH_WASI_RUSTC", wasi.rustc());
        }
        command::run(tests::with_artifacts(cargo.args(arguments), workspace, "release"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Which benchmarks are meant, and with which arguments.
fn choose(known: Vec<String>, arguments: &[String]) -> Result<(Vec<String>, &[String]), Error> {
    let hint = format!("benchmarks: {}", known.join(", "));
    match arguments.split_first() {
        Some((name, rest)) if known.contains(name) => {
            // `--help` after it is for the benchmark.
            let rest = rest.strip_prefix(&["--".to_owned()]).unwrap_or(rest);
            Ok((vec![name.clone()], rest))
        }
        Some((name, _)) if !name.starts_with('-') => {
            Err(Error::usage(format!("there is no benchmark `{name}`")).with_hint(hint))
        }
        _ => match arguments.iter().find(|argument| !COMMON.contains(&argument.as_str())) {
            Some(other) => {
                Err(Error::usage(format!("not every benchmark knows `{other}`: name one before it"))
                    .with_hint(hint))
            }
            None => Ok((known, arguments)),
        },
    }
}

/// The command that runs a program of the benchmarks' crate; arguments may follow.
fn program(workspace: &Workspace, name: &str) -> Command {
    let mut cargo = workspace.cargo();
    cargo.args(["run", "--quiet", "--release", "--package", "rush-benches", "--bin", name, "--"]);
    cargo
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

    fn chosen(arguments: &[&str]) -> Option<(Vec<String>, Vec<String>)> {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let chosen = choose(vec!["loop".into(), "queue".into()], &arguments).ok();
        chosen.map(|(names, arguments)| (names, arguments.to_vec()))
    }

    #[test]
    fn one_benchmark_takes_any_arguments() {
        let expected = Some((vec!["loop".into()], vec!["--rounds".into(), "5".into()]));
        assert_eq!(chosen(&["loop", "--rounds", "5"]), expected);
        assert_eq!(chosen(&["loop", "--", "--rounds", "5"]), expected);
    }

    #[test]
    fn all_together_take_what_each_of_them_knows() {
        let all: Vec<String> = vec!["loop".into(), "queue".into()];
        assert_eq!(chosen(&[]), Some((all.clone(), vec![])));
        assert_eq!(chosen(&["--record"]), Some((all, vec!["--record".into()])));
        assert_eq!(chosen(&["--rounds", "5"]), None);
        assert_eq!(chosen(&["start"]), None);
    }
}
