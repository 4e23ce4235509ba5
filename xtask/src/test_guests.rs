//! Guests that misbehave, or exercise one thing, for the tests of the host.

use std::path::PathBuf;

use crate::{
    error::Error,
    files, guests, say,
    wasm_toolchain::{TARGET, Toolchain},
    workspace::Workspace,
};

/// Their workspace: `examples/NAME.rs` are written with the SDK, `wat/NAME.wat` in component text.
pub(crate) const WORKSPACE: &str = "tests/guests";

/// Files that are no component, or half of one.
const BROKEN: [&str; 2] = ["text", "truncated"];
/// Of which `truncated` is the first half.
const WHOLE: &str = "sleeper";

/// The names of all test guests, as their files have them.
pub(crate) fn names(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let mut names = of_kind(workspace, "examples", "rs")?;
    names.extend(of_kind(workspace, "wat", "wat")?);
    names.extend(BROKEN.map(str::to_owned));
    Ok(names)
}

fn of_kind(workspace: &Workspace, folder: &str, extension: &str) -> Result<Vec<String>, Error> {
    let paths = files::list(&workspace.path(WORKSPACE).join(folder))?;
    Ok(paths
        .iter()
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect())
}

/// Builds all test guests.
pub(crate) fn build_all(workspace: &Workspace, toolchain: &Toolchain) -> Result<(), Error> {
    build(workspace, toolchain, &names(workspace)?)
}

/// Builds the test guests of these names.
pub(crate) fn build(workspace: &Workspace, toolchain: &Toolchain, names: &[String]) -> Result<(), Error> {
    say::step("Building test guests (the first time usually a minute)");
    let output = |name: &str| workspace.path(WORKSPACE).join("target").join(guests::file_name(name));
    let wanted = |name: &String| {
        names.contains(name) || (name == WHOLE && names.iter().any(|name| name == "truncated"))
    };

    let mut rust = of_kind(workspace, "examples", "rs")?;
    rust.retain(wanted);
    let mut text = of_kind(workspace, "wat", "wat")?;
    text.retain(wanted);
    if !rust.is_empty() {
        let mut cargo = workspace.cargo_for_guests(WORKSPACE);
        cargo.args(["build", "--release", "--target", TARGET]);
        for name in &rust {
            cargo.args(["--example", name]);
        }
        toolchain.build(&mut cargo, workspace)?;
    }
    let modules = workspace.guests_target().join(TARGET).join("release/examples");
    let mut pairs: Vec<(PathBuf, PathBuf)> =
        rust.iter().map(|name| (modules.join(guests::file_name(name)), output(name))).collect();
    let texts = workspace.path(WORKSPACE).join("wat");
    pairs.extend(text.iter().map(|name| (texts.join(name).with_extension("wat"), output(name))));
    if !pairs.is_empty() {
        guests::componentize(workspace, pairs)?;
    }
    for name in BROKEN.iter().filter(|name| names.iter().any(|wanted| wanted == *name)) {
        let content = if *name == "truncated" {
            let whole = files::read(&output(WHOLE))?;
            whole[..whole.len() / 2].to_vec()
        } else {
            b"This is text where a component should be.\n".to_vec()
        };
        files::write_if_changed(&output(name), &content)?;
    }
    Ok(())
}
