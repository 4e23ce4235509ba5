//! Makes components of core modules that `wit-bindgen` prepared, and binaries of text.
//!
//! `componentize INPUT OUTPUT [INPUT OUTPUT …]` writes each output that is not what it should be already.
//! `componentize --imports COMPONENT…` prints what components import, a function a line.

mod component;
mod file;
mod imports;

use std::{path::Path, process::ExitCode};

use crate::file::Outcome;

const USAGE: &str =
    "usage: componentize INPUT OUTPUT [INPUT OUTPUT …]\n       componentize --imports COMPONENT…";

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
        Some((flag, _)) if flag == "--help" => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Some(_) if arguments.len().is_multiple_of(2) => arguments.chunks_exact(2).try_for_each(|pair| {
            let (input, output) = (Path::new(&pair[0]), Path::new(&pair[1]));
            let size = match file::componentize(input, output)? {
                Outcome::Unchanged => return Ok(()),
                Outcome::Written { size } => size,
            };
            eprintln!("  Wrote {} ({} KiB)", output.display(), size.div_ceil(1024));
            Ok(())
        }),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let error: file::Error = error;
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
