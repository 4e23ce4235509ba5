//! Guests in other languages than Rust: found in their folders, built where something has changed.

use std::{fs, num::NonZero, path::PathBuf, sync::Mutex, thread};

use crate::{
    error::Error,
    files, guests,
    languages::{ALL, Language},
    say, tools,
    workspace::Workspace,
};

/// The worlds of the contract, as folders of guests are called.
const WORLDS: [&str; 2] = ["worker-loop", "objective"];

/// A guest in another language: `FOLDER/LANGUAGE/WORLD/NAME.EXTENSION`.
#[derive(Debug, Clone)]
pub(crate) struct Guest {
    /// As it is asked for: `branin-python`.
    pub(crate) name: String,
    source: PathBuf,
    world: &'static str,
    language: Language,
    output: PathBuf,
}

/// The plugins in other languages: `plugins/LANGUAGE/WORLD/NAME.*` becomes `plugins/target/NAME_LANGUAGE.wasm`.
pub(crate) fn plugins(workspace: &Workspace) -> Result<Vec<Guest>, Error> {
    find(workspace, guests::PLUGINS, false)
}

/// The same of test guests. A loop and an objective may share a name, so those of objectives say what they are.
pub(crate) fn test_guests(workspace: &Workspace) -> Result<Vec<Guest>, Error> {
    find(workspace, crate::test_guests::WORKSPACE, true)
}

fn find(workspace: &Workspace, root: &str, tells_objectives: bool) -> Result<Vec<Guest>, Error> {
    let root = workspace.path(root);
    let mut found = Vec::new();
    for language in ALL {
        for world in WORLDS {
            let folder = root.join(language.name()).join(world);
            if !folder.is_dir() {
                continue;
            }
            let objective = if tells_objectives && world == "objective" { "_objective" } else { "" };
            for source in files::sources(&folder)? {
                let is_source = source.extension().is_some_and(|extension| extension == language.extension());
                let name = source.file_stem().and_then(|name| name.to_str());
                let (true, Some(name)) = (is_source, name) else { continue };
                let name = format!("{name}{objective}_{}", language.name());
                let output = root.join("target").join(guests::file_name(&name));
                found.push(Guest { name: name.replace('_', "-"), source, world, language, output });
            }
        }
    }
    Ok(found)
}

/// Builds these, as far as they are not what they should be already; as many at once as there are cores, because the tools use one.
pub(crate) fn build(workspace: &Workspace, guests: &[Guest]) -> Result<(), Error> {
    let mut old = Vec::new();
    for guest in guests {
        let stamp = guest.language.stamp(workspace, &guest.source, guest.world)?;
        if guest.is_made_of(workspace, &stamp) {
            guest.publish(workspace)?;
        } else {
            old.push((guest, stamp));
        }
    }
    if old.is_empty() {
        return Ok(());
    }
    for language in ALL {
        if old.iter().any(|(guest, _)| guest.language == language) {
            language.tool().ensure(workspace)?;
        }
    }
    let names: Vec<_> = old.iter().map(|(guest, _)| guest.name.as_str()).collect();
    say::step(&format!("Building {} (10 to 20 seconds each in Python and JavaScript)", names.join(", ")));
    let cores = thread::available_parallelism().map_or(1, NonZero::get).min(old.len());
    let queue = Mutex::new(old.into_iter());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    thread::scope(|scope| {
        let builder = || {
            while let Some((guest, stamp)) = next() {
                guest.build(workspace, &stamp)?;
            }
            Ok(())
        };
        let builders: Vec<_> = (0..cores).map(|_| scope.spawn(builder)).collect();
        builders.into_iter().try_for_each(|builder| {
            builder.join().unwrap_or_else(|_| Err(Error::new("building a guest panicked")))
        })
    })
}

impl Guest {
    /// Where it is built: a folder for the component and what it was made of, and in it a project.
    fn folder(&self, workspace: &Workspace) -> PathBuf {
        workspace.guests_target().join("languages").join(guests::file_stem(&self.name)).join(self.world)
    }

    fn is_made_of(&self, workspace: &Workspace, stamp: &str) -> bool {
        let folder = self.folder(workspace);
        fs::read_to_string(folder.join("made-of")).is_ok_and(|made_of| made_of == stamp)
            && folder.join("component.wasm").is_file()
    }

    fn build(&self, workspace: &Workspace, stamp: &str) -> Result<(), Error> {
        let folder = self.folder(workspace);
        files::remove_folder(&folder)?;
        let tool = tools::folder(workspace).join(self.language.tool().name());
        let project = folder.join("project");
        let component = self
            .language
            .build(workspace, &tool, &self.source, self.world, &project)
            .map_err(|error| error.about(&self.source.display().to_string()))?;
        files::rename(&component, &folder.join("component.wasm"))?;
        files::remove_folder(&project)?;
        files::write_if_changed(&folder.join("made-of"), stamp.as_bytes())?;
        self.publish(workspace)
    }

    /// Puts the component where guests are looked for, in one step.
    fn publish(&self, workspace: &Workspace) -> Result<(), Error> {
        let component = self.folder(workspace).join("component.wasm");
        files::replace_if_changed(&self.output, &files::read(&component)?)
    }
}
