//! Set-up, guests, demo, test, bench, bindings, schema: what a fresh machine needs so that `cargo` alone is enough.
//!
//! This file only dispatches; each task has a file of its own. Nothing but the standard library is used, so that
//! `cargo xtask` starts within seconds.

mod bench;
mod bindings;
mod command;
mod demo;
mod error;
mod files;
mod guests;
mod language_guests;
mod languages;
mod package_manager;
mod pins;
mod private_toolchain;
mod private_wasi;
mod say;
mod schema;
mod setup;
mod stamp;
mod system_program;
mod test_guests;
mod tests;
mod tools;
mod wasm_toolchain;
mod workspace;

use std::process::ExitCode;

use crate::{error::Error, workspace::Workspace};

/// A task: its name, a line about it, its help, and what it does with its arguments.
struct Task {
    name: &'static str,
    about: &'static str,
    help: &'static str,
    run: fn(&Workspace, &[String]) -> Result<ExitCode, Error>,
}

const TASKS: [Task; 7] = [
    Task { name: "demo", about: demo::ABOUT, help: demo::HELP, run: demo::run },
    Task { name: "test", about: tests::ABOUT, help: tests::HELP, run: tests::run },
    Task { name: "guests", about: guests::ABOUT, help: guests::HELP, run: guests::run },
    Task { name: "bench", about: bench::ABOUT, help: bench::HELP, run: bench::run },
    Task { name: "bindings", about: bindings::ABOUT, help: bindings::HELP, run: bindings::run },
    Task { name: "schema", about: schema::ABOUT, help: schema::HELP, run: schema::run },
    Task { name: "setup", about: setup::ABOUT, help: setup::HELP, run: setup::run },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            say::error(&error);
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<ExitCode, Error> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(Error::usage("name a task").with_hint(overview()));
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        say::data(&overview());
        return Ok(ExitCode::SUCCESS);
    }
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        return Err(Error::usage(format!("there is no task `{name}`")).with_hint(overview()));
    };
    // What follows `--` is for somebody else.
    let own = rest.split(|argument| argument == "--").next().unwrap_or_default();
    if own.iter().any(|argument| argument == "--help" || argument == "-h") {
        say::data(&format!("{}\n\n{}", task.about, task.help));
        return Ok(ExitCode::SUCCESS);
    }
    (task.run)(&Workspace::find()?, rest)
}

fn overview() -> String {
    let tasks: Vec<_> = TASKS.iter().map(|task| format!("  {:<10}{}", task.name, task.about)).collect();
    format!(
        "usage: cargo xtask TASK [ARGUMENTS]; `cargo xtask TASK --help` says more\n\n{}",
        tasks.join("\n")
    )
}
