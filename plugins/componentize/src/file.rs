//! One input file, one output file.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::component::{self, Kind, World};

/// Why an output could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot read {path}: {source}", path = path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {path}: {source}", path = path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{path}: {message}", path = path.display())]
    Invalid { path: PathBuf, message: String },
}

/// What became of an output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It was what it should be already, and was left alone with its time of change.
    Unchanged,
    Written {
        size: usize,
    },
}

/// Makes `output` of `input`: text (`.wat`) becomes the binary it describes, a core module becomes a component, and a
/// component stays as it is. With a world, a module or its text is one of that world, which it does not say itself.
pub(crate) fn componentize(input: &Path, output: &Path, world: Option<&World>) -> Result<Outcome, Error> {
    let encode = |mut module: Vec<u8>| {
        if let Some(world) = world {
            world.describe(&mut module)?;
        }
        component::encode(&module)
    };
    let invalid = |message: String| Error::Invalid { path: input.to_owned(), message };
    let read = |source| Error::Read { path: input.to_owned(), source };
    let bytes = if input.extension().is_some_and(|extension| extension == "wat") {
        // The error shows the line, and starts with the file.
        let binary = wat::parse_file(input).map_err(|error| invalid(error.to_string()))?;
        if world.is_some() { encode(binary).map_err(invalid)? } else { binary }
    } else {
        let bytes = fs::read(input).map_err(read)?;
        match component::kind(&bytes) {
            Some(Kind::Module) => encode(bytes).map_err(invalid)?,
            Some(Kind::Component) => bytes,
            None => return Err(invalid("neither a core module nor a component".into())),
        }
    };
    write(output, &bytes).map_err(|source| Error::Write { path: output.to_owned(), source })
}

/// The world of this name in the WIT package in that folder.
pub(crate) fn world(folder: &Path, name: &str) -> Result<World, Error> {
    World::find(folder, name).map_err(|message| Error::Invalid { path: folder.to_owned(), message })
}

/// Replaces the file in one step, so that a host that reads it meanwhile gets the old or the new.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<Outcome> {
    if fs::read(path).is_ok_and(|current| current == bytes) {
        return Ok(Outcome::Unchanged);
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, bytes)?;
    fs::rename(&temporary, path)?;
    Ok(Outcome::Written { size: bytes.len() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_the_binary_it_describes_once() {
        let folder = std::env::temp_dir().join(format!("componentize-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (input, output) = (folder.join("a.wat"), folder.join("out/a.wasm"));
        fs::write(&input, "(component)").unwrap();
        assert_eq!(componentize(&input, &output, None).unwrap(), Outcome::Written { size: 8 });
        assert_eq!(componentize(&input, &output, None).unwrap(), Outcome::Unchanged);
        assert_eq!(fs::read(&output).unwrap(), b"\0asm\x0d\0\x01\0");

        fs::write(&input, "(component").unwrap();
        assert!(matches!(componentize(&input, &output, None), Err(Error::Invalid { .. })));
        fs::remove_dir_all(&folder).unwrap();
    }
}
