//! What C needs of the contract, generated from it and checked in: C has no build step that could generate it.

use std::{fs, process::ExitCode};

use crate::{command, error::Error, files, guests, say, wasm_toolchain, workspace::Workspace};

pub(crate) const ABOUT: &str = "generates the C bindings of the contract";
pub(crate) const HELP: &str = "\
usage: cargo xtask bindings [--check]

Writes guest-sdk/c/rush_worker/generated, from guest-sdk/wit.

  --check  write nothing; fail if a file is not what would be written";

const FOLDER: &str = "guest-sdk/c/rush_worker/generated";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        [first, ..] => {
            return Err(Error::usage(format!("`bindings` does not know `{first}`")).with_hint(HELP));
        }
    };
    let generated = workspace.guests_target().join("c-bindings");
    files::remove_folder(&generated)?;
    let mut cargo = workspace.cargo_for_guests(guests::PLUGINS);
    cargo.args(["run", "--quiet", "--package", "componentize", "--", "--c-bindings"]);
    cargo.arg(workspace.path(wasm_toolchain::WIT)).arg(&generated);
    command::run_quietly(&mut cargo)?;

    let folder = workspace.path(FOLDER);
    files::create_folder(&folder)?;
    let mut names = Vec::new();
    for path in files::list(&generated)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        let content = files::read(&path)?;
        if check {
            let current = fs::read(folder.join(&name)).unwrap_or_default();
            if current != content {
                return Err(outdated(&format!("{FOLDER}/{name} is not what the contract says")));
            }
        } else {
            let written = files::write_if_changed(&folder.join(&name), &content)?;
            say::note(&format!("{FOLDER}/{name} {}", if written { "written" } else { "is up to date" }));
        }
        names.push(name);
    }
    for path in files::list(&folder)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if names.iter().all(|known| known != name) {
            return Err(outdated(&format!("{FOLDER}/{name} is not generated (any more); delete it")));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn outdated(message: &str) -> Error {
    Error::new(message).with_hint("run `cargo xtask bindings`, look at `git diff guest-sdk/c`, and commit it")
}
