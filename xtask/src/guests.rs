//! Guests: from crates to components.

use std::{
    ffi::OsString,
    fs,
    path::PathBuf,
    process::{Command, ExitCode},
};

use crate::{
    command,
    error::Error,
    files, language_guests, say, test_guests,
    wasm_toolchain::{self, TARGET, Toolchain},
    workspace::Workspace,
};

pub(crate) const ABOUT: &str = "builds plugins and test guests as components";
pub(crate) const HELP: &str = "\
usage: cargo xtask guests [NAME…]

Builds all, or those named: `cargo xtask guests random-search`.

plugins      -> plugins/target/NAME.wasm
test guests  -> tests/guests/target/NAME.wasm

Dashes of a name become underscores in its file. What is up to date is left alone.

Names of guests in other languages than Rust end with the language: `branin-python`, `branin-js`,
`branin-c`. The tools that build them are set up when they are needed (see `cargo xtask setup --help`).";

/// The workspace of plugins, and of the tool that makes components.
pub(crate) const PLUGINS: &str = "plugins";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    if let Some(option) = arguments.iter().find(|argument| argument.starts_with('-')) {
        return Err(Error::usage(format!("`guests` does not know `{option}`")).with_hint(HELP));
    }
    let (mut plugins, mut test_guests) = (plugins(workspace)?, test_guests::names(workspace)?);
    let mut others = language_guests::plugins(workspace)?;
    let other_plugins = others.len();
    others.extend(language_guests::test_guests(workspace)?);
    let names: Vec<_> = others.iter().map(|guest| guest.name.clone()).collect();
    let known = (
        [&plugins[..], &names[..other_plugins]].concat(),
        [&test_guests[..], &names[other_plugins..]].concat(),
    );
    for name in arguments {
        if !known.0.iter().chain(&known.1).any(|known| is_same(known, name)) {
            return Err(Error::usage(format!("there is no guest `{name}`")).with_hint(format!(
                "plugins: {}; test guests: {}",
                known.0.join(", "),
                known.1.join(", ")
            )));
        }
    }
    let is_wanted =
        |name: &str| arguments.is_empty() || arguments.iter().any(|argument| is_same(argument, name));
    plugins.retain(|name| is_wanted(name));
    test_guests.retain(|name| is_wanted(name));
    others.retain(|guest| is_wanted(&guest.name));
    if !plugins.is_empty() || !test_guests.is_empty() {
        let toolchain = wasm_toolchain::ensure(workspace, false)?;
        if !plugins.is_empty() {
            build_plugins(workspace, &toolchain, &plugins)?;
        }
        if !test_guests.is_empty() {
            test_guests::build(workspace, &toolchain, &test_guests)?;
        }
    }
    language_guests::build(workspace, &others)?;
    Ok(ExitCode::SUCCESS)
}

/// Builds all plugins that are written in Rust.
pub(crate) fn build_all_plugins(workspace: &Workspace, toolchain: &Toolchain) -> Result<(), Error> {
    build_plugins(workspace, toolchain, &plugins(workspace)?)
}

/// The crates of the workspace that become components: those that build a `cdylib`.
fn plugins(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let mut names = Vec::new();
    for folder in files::list(&workspace.path(PLUGINS))? {
        let is_guest =
            fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|text| text.contains("\"cdylib\""));
        if let (true, Some(name)) = (is_guest, folder.file_name().and_then(|name| name.to_str())) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn build_plugins(workspace: &Workspace, toolchain: &Toolchain, names: &[String]) -> Result<(), Error> {
    say::step(&format!("Building plugins: {} (the first time usually a minute)", names.join(", ")));
    let mut cargo = workspace.cargo_for_guests(PLUGINS);
    cargo.args(["build", "--release", "--target", TARGET]);
    for name in names {
        cargo.args(["--package", name]);
    }
    toolchain.build(&mut cargo, workspace)?;
    let modules = workspace.guests_target().join(TARGET).join("release");
    let pairs = names.iter().map(|name| {
        let file = file_name(name);
        (modules.join(&file), workspace.path(PLUGINS).join("target").join(file))
    });
    componentize(workspace, None, pairs)
}

/// The component of a guest of this name.
pub(crate) fn file_name(name: &str) -> String {
    format!("{}.wasm", file_stem(name))
}

/// The same without its extension.
pub(crate) fn file_stem(name: &str) -> String {
    name.replace('-', "_")
}

fn is_same(name: &str, other: &str) -> bool {
    file_name(name) == file_name(other)
}

/// Makes components, each of the first file of a pair at the path of the second; with a world of the contract, of modules of that world
/// which do not say it.
pub(crate) fn componentize(
    workspace: &Workspace,
    world: Option<&str>,
    pairs: impl IntoIterator<Item = (PathBuf, PathBuf)>,
) -> Result<(), Error> {
    command::run(&mut componentizer(workspace, world, pairs))
}

/// The command for that.
pub(crate) fn componentizer(
    workspace: &Workspace,
    world: Option<&str>,
    pairs: impl IntoIterator<Item = (PathBuf, PathBuf)>,
) -> Command {
    let files: Vec<OsString> = pairs.into_iter().flat_map(|(from, to)| [from.into(), to.into()]).collect();
    let mut cargo = workspace.cargo_for_guests(PLUGINS);
    cargo.args(["run", "--quiet", "--package", "componentize", "--"]);
    if let Some(world) = world {
        cargo.arg("--world").arg(workspace.path(wasm_toolchain::WIT)).arg(world);
    }
    cargo.args(files);
    cargo
}
