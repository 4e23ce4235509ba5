//! Makes components of core modules that `wit-bindgen` prepared, and binaries of text.
//!
//! `componentize [--world FOLDER NAME] INPUT OUTPUT [INPUT OUTPUT …]` writes each output that is not what it should be already. The world
//! is that of modules which do not say it: those written as text, and those of C.
//! `componentize --imports COMPONENT…` prints what components import, a function a line.
//! `componentize --c-bindings WIT FOLDER` writes what C needs of the contract.

mod c_bindings;
mod component;
mod file;
mod imports;

use std::{ffi::OsString, path::Path, process::ExitCode};

use crate::{
    component::World,
    file::{Error, Outcome},
};

const USAGE: &str = "usage: componentize [--world FOLDER NAME] INPUT OUTPUT [INPUT OUTPUT …]\n       componentize --imports COMPONENT…\n       componentize --c-bindings WIT FOLDER";

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool, and this is all it says")]
fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let result = match arguments.split_first() {
        Some((flag, components)) if flag == "--imports" && !components.is_empty() => {
            components.iter().try_for_each(|path| {
                for import in imports::of_file(Path::new(path))? {
                    println!("{import}");
                }
                Ok(())
            })
        }
        Some((flag, [wit, folder])) if flag == "--c-bindings" => {
            c_bindings::write(Path::new(wit), Path::new(folder))
        }
        Some((flag, _)) if flag == "--help" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some((flag, [folder, name, files @ ..])) if flag == "--world" && is_pairs(files) => {
            file::world(Path::new(folder), &name.to_string_lossy())
                .and_then(|world| write(files, Some(&world)))
        }
        Some(_) if is_pairs(&arguments) => write(&arguments, None),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error: Error = error;
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn is_pairs(files: &[OsString]) -> bool {
    !files.is_empty() && files.len().is_multiple_of(2)
}

#[expect(clippy::print_stderr, reason = "what it did")]
fn write(files: &[OsString], world: Option<&World>) -> Result<(), Error> {
    for pair in files.chunks_exact(2) {
        let (input, output) = (Path::new(&pair[0]), Path::new(&pair[1]));
        if let Outcome::Written { size } = file::componentize(input, output, world)? {
            eprintln!("  Wrote {} ({} KiB)", output.display(), size.div_ceil(1024));
        }
    }
    Ok(())
}
