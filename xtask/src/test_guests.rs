//! Guests that misbehave, or exercise one thing, for the tests of the host.

use std::path::PathBuf;

use crate::{
    error::Error,
    files, guests, say,
    wasm_toolchain::{TARGET, Toolchain},
    workspace::Workspace,
};

/// Their workspace: `examples/NAME.rs` are written with the SDK, `wat/NAME.wat` in component text, and `core/WORLD/NAME.wat` as core
/// modules of a world of the contract.
pub(crate) const WORKSPACE: &str = "tests/guests";

/// The worlds of the contract.
const WORLDS: [&str; 2] = ["objective", "worker-loop"];

/// Files that are no component, or one that was damaged.
const BROKEN: [&str; 3] = ["bit_flipped", "text", "truncated"];
/// What was damaged.
const WHOLE: &str = "sleeper";

/// An objective and a worker loop that are small, and that a compiler takes gigabytes for. Too long to be kept as files.
const BOMBS: [(&str, &str, &str); 2] = [
    ("compile_bomb", "objective", r#""rush:worker/evaluator@0.1.0#evaluate") (param i32 i32)"#),
    ("loop_compile_bomb", "worker-loop", r#""run")"#),
];

/// The names of all test guests, as their files have them.
pub(crate) fn names(workspace: &Workspace) -> Result<Vec<String>, Error> {
    let mut names = of_kind(workspace, "examples", "rs")?;
    names.extend(of_kind(workspace, "wat", "wat")?);
    for world in WORLDS {
        names.extend(of_kind(workspace, &core(world), "wat")?);
    }
    names.extend(BOMBS.map(|(name, ..)| name.to_owned()));
    names.extend(BROKEN.map(str::to_owned));
    Ok(names)
}

/// The folder of the core modules of a world.
fn core(world: &str) -> String {
    format!("core/{world}")
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
    let damaged: Vec<&str> =
        BROKEN.into_iter().filter(|&name| names.iter().any(|wanted| wanted == name)).collect();
    let wanted = |name: &String| names.contains(name) || (name == WHOLE && !damaged.is_empty());

    let mut rust = of_kind(workspace, "examples", "rs")?;
    rust.retain(wanted);
    if !rust.is_empty() {
        let mut cargo = workspace.cargo_for_guests(WORKSPACE);
        cargo.args(["build", "--release", "--target", TARGET]);
        for name in &rust {
            cargo.args(["--example", name]);
        }
        toolchain.build(&mut cargo, workspace)?;
    }
    let modules = workspace.guests_target().join(TARGET).join("release/examples");
    let rust = rust.iter().map(|name| (modules.join(guests::file_name(name)), output(name)));
    let texts = |folder: &str| -> Result<Vec<(PathBuf, PathBuf)>, Error> {
        let names = of_kind(workspace, folder, "wat")?.into_iter().filter(wanted);
        let folder = workspace.path(WORKSPACE).join(folder);
        Ok(names.map(|name| (folder.join(&name).with_extension("wat"), output(&name))).collect())
    };
    componentize(workspace, None, rust.chain(texts("wat")?).collect())?;
    for world in WORLDS {
        componentize(workspace, Some(world), texts(&core(world))?)?;
    }
    for (bomb, world, export) in BOMBS {
        if names.iter().any(|name| name == bomb) {
            let text = workspace.guests_target().join(bomb).with_extension("wat");
            files::write_if_changed(&text, compile_bomb(export).as_bytes())?;
            componentize(workspace, Some(world), vec![(text, output(bomb))])?;
        }
    }
    for name in damaged {
        let mut content = files::read(&output(WHOLE))?;
        match name {
            "truncated" => content.truncate(content.len() / 2),
            // Of the id of the first section, right after the header.
            "bit_flipped" => content[8] ^= 1 << 6,
            _ => content = b"This is text where a component should be.\n".to_vec(),
        }
        files::write_if_changed(&output(name), &content)?;
    }
    Ok(())
}

fn componentize(
    workspace: &Workspace,
    world: Option<&str>,
    pairs: Vec<(PathBuf, PathBuf)>,
) -> Result<(), Error> {
    if pairs.is_empty() { Ok(()) } else { guests::componentize(workspace, world, pairs) }
}

/// A function with many variables that are used after many branches: whether one of them could have changed each of the others is
/// asked for each pair.
fn compile_bomb(export: &str) -> String {
    const MANY: usize = 20_000;
    // Two more, for what has no parameters.
    let variables = " i32".repeat(MANY + 2);
    let mut text = format!(
        r#"(module
  (memory (export "memory") 1)
  (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
  (func (export {export} (result i32)
    (local{variables})
"#
    );
    text += &"    (block (br_if 0 (local.get 1)))\n".repeat(MANY);
    for variable in 2..MANY + 2 {
        text += &format!("    (local.set 0 (i32.add (local.get 0) (local.get {variable})))\n");
    }
    text + "    (local.get 0)))\n"
}
