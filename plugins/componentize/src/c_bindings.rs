//! What C needs of the contract: types and functions, of `wit-bindgen`.

use std::path::Path;

use wit_bindgen_core::{Files, wit_parser::Resolve};

use crate::file::{self, Error};

/// The world that imports all that there is.
const WORLD: &str = "worker-loop";
/// What the files are called, and the type of texts in them.
const NAME: &str = "rush_bindings";

/// Writes the bindings for the contract in that file into a folder.
///
/// One set serves all worlds: the linker drops what is not called, and what a guest exports stands in the SDK, because bindings of a
/// world with exports would force each guest to have all of them.
pub(crate) fn write(wit: &Path, folder: &Path) -> Result<(), Error> {
    let files = generate(wit).map_err(|message| Error::Invalid { path: wit.to_owned(), message })?;
    for (name, content) in files.iter() {
        let path = folder.join(name);
        file::write(&path, content).map_err(|source| Error::Write { path, source })?;
    }
    Ok(())
}

fn generate(wit: &Path) -> Result<Files, String> {
    // The alternate form shows the whole chain of causes.
    let told = |error| format!("{error:#}");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_path(wit).map_err(told)?;
    let world = resolve.select_world(&[package], Some(WORLD)).map_err(told)?;
    resolve.worlds[world].exports.clear();
    let options = wit_bindgen_c::Opts {
        // An object file would say of which world the guest is; here that is said when a component is made of it.
        no_object_file: true,
        rename_world: Some(NAME.into()),
        ..wit_bindgen_c::Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files).map_err(|error| format!("{error:#}"))?;
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bindings_declare_what_is_imported_and_nothing_that_is_exported() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-sdk/wit");
        let files = generate(&wit).unwrap();
        let names: Vec<_> = files.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["rush_bindings.c", "rush_bindings.h"]);
        let (_, header) = files.iter().find(|(name, _)| *name == "rush_bindings.h").unwrap();
        let header = String::from_utf8_lossy(header);
        assert!(header.contains("rush_worker_tasks_push("), "{header}");
        assert!(!header.contains("exports_"), "{header}");
    }
}
