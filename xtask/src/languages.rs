//! Languages of guests other than Rust: where their sources lie, and how each becomes a component.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    command, error::Error, files, guests, stamp::Stamp, tools::Tool, wasm_toolchain, workspace::Workspace,
};

/// A language other than Rust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    JavaScript,
    C,
}

pub(crate) const ALL: [Language; 3] = [Language::Python, Language::JavaScript, Language::C];

/// Changes when what is done here does, so that everything is built again.
const RECIPES: &[u8] = b"1";

impl Language {
    /// The folder of its guests and of its SDK, the extension of its files, and the end of its guests' names.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::JavaScript => "js",
            Self::C => "c",
        }
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Python => "py",
            Self::JavaScript => "js",
            Self::C => "c",
        }
    }

    /// What builds its guests.
    pub(crate) fn tool(self) -> Tool {
        match self {
            Self::Python => Tool::ComponentizePy,
            Self::JavaScript => Tool::ComponentizeJs,
            Self::C => Tool::Zig,
        }
    }

    /// The SDK as guests have it beside them.
    fn sdk(self) -> &'static str {
        match self {
            Self::Python | Self::C => "rush_worker",
            Self::JavaScript => "rush-worker",
        }
    }

    fn sdk_path(self, workspace: &Workspace) -> PathBuf {
        workspace.path("guest-sdk").join(self.name()).join(self.sdk())
    }

    /// What a component of this source is made of.
    pub(crate) fn stamp(self, workspace: &Workspace, source: &Path, world: &str) -> Result<String, Error> {
        let mut stamp = Stamp::new();
        stamp.add(RECIPES);
        stamp.add(world.as_bytes());
        stamp.add(self.tool().version(workspace)?.as_bytes());
        stamp.add_path(source)?;
        // What guests of this language share.
        for path in source.ancestors().nth(2).map(files::sources).transpose()?.unwrap_or_default() {
            if path.is_file() {
                stamp.add_path(&path)?;
            }
        }
        stamp.add_path(&self.sdk_path(workspace))?;
        stamp.add_path(&workspace.path(wasm_toolchain::WIT))?;
        Ok(stamp.to_string())
    }

    /// Makes a component of a source, in a folder that is laid out like a project of `rush-host new`.
    pub(crate) fn build(
        self,
        workspace: &Workspace,
        tool: &Path,
        source: &Path,
        world: &str,
        folder: &Path,
    ) -> Result<PathBuf, Error> {
        let name = source.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let source_name = format!("{name}.{}", self.extension());
        files::remove_folder(folder)?;
        files::copy_sources(&self.sdk_path(workspace), &folder.join(self.sdk()))?;
        files::copy_sources(&workspace.path(wasm_toolchain::WIT), &folder.join("wit"))?;
        files::copy(source, &folder.join(&source_name))?;

        // What the SDK makes of JavaScript it makes itself, of what belongs to the tool.
        let is_script = self == Self::JavaScript;
        let mut command = command::new(if is_script { Path::new("node") } else { tool });
        command.current_dir(folder);
        match self {
            Self::Python => {
                command.args(["-d", "wit", "-w", world, "componentize", "--stub-wasi", name]);
                command.args(["-o", "component.wasm"]);
            }
            Self::JavaScript => {
                command.args(["rush-worker/build.mjs", &source_name, "--world", world]);
                command.arg("--tools").arg(Tool::ComponentizeJs.home(workspace)?);
                command.args(["-o", "component.wasm"]);
            }
            Self::C => compile(&mut command, folder, source)?,
        }
        command::run_quietly(&mut command)?;
        let component = folder.join("component.wasm");
        if self == Self::C {
            let pair = (folder.join("module.wasm"), component.clone());
            command::run_quietly(&mut guests::componentizer(workspace, Some(world), [pair]))?;
        }
        Ok(component)
    }

    /// The tests of its SDK, if there are any.
    pub(crate) fn tests(self, workspace: &Workspace) -> Result<Option<Command>, Error> {
        let folder = workspace.path("guest-sdk").join(self.name());
        let tests = folder.join("tests");
        if !tests.is_dir() || files::sources(&tests)?.is_empty() {
            return Ok(None);
        }
        let mut command = match self {
            Self::Python => {
                let mut command = command::new("python3");
                // Bytecode would lie between the sources.
                command.args(["-B", "-m", "unittest", "discover", "--start-directory", "tests"]);
                command
            }
            Self::JavaScript => {
                let mut command = command::new("node");
                command.arg("--test").args(tests_of(&tests, &[".test.js", ".test.mjs"])?);
                command
            }
            Self::C => {
                let mut command = command::new("sh");
                command.args(["-e", "tests/run.sh"]);
                command
            }
        };
        command.current_dir(folder);
        Ok(Some(command))
    }
}

/// `zig cc`, of all C files of the SDK and the guest.
fn compile(command: &mut Command, folder: &Path, source: &Path) -> Result<(), Error> {
    command.args(["cc", "-target", "wasm32-wasi", "-mexec-model=reactor", "-O3", "-s"]);
    command.args(["-Wl,-z,stack-size=1048576", "-Wall", "-Wextra", "-Werror", "-Irush_worker"]);
    for sources in ["rush_worker", "rush_worker/generated"] {
        for path in files::list(&folder.join(sources))? {
            if path.extension().is_some_and(|extension| extension == "c") {
                command.arg(path);
            }
        }
    }
    // In its place, because guests may share what lies beside them.
    command.arg(source).args(["-o", "module.wasm"]);
    // What is compiled here is thrown away with the folder.
    command.env("ZIG_LOCAL_CACHE_DIR", folder.join("cache"));
    Ok(())
}

fn tests_of(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, Error> {
    let mut paths = files::list(folder)?;
    paths.retain(|path| {
        path.file_name()
            .and_then(|name| name.to_str())
            .is_some_and(|name| endings.iter().any(|ending| name.ends_with(ending)))
    });
    Ok(paths)
}
