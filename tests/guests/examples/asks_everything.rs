//! An objective that looks for everything that WASI could give it, and tells what it found. In each directory it reads `hello.txt` and
//! writes `written.txt`.

use rush_worker::prelude::*;
use test_guests::wasi::wasi::{
    cli::{
        environment::{get_arguments, get_environment, initial_cwd},
        stdin::get_stdin,
    },
    filesystem::{
        preopens::get_directories,
        types::{Descriptor, DescriptorFlags, ErrorCode, OpenFlags, PathFlags},
    },
};

#[derive(Deserialize)]
struct Nothing {}

#[derive(Serialize)]
struct Found {
    /// `NAME=value`.
    variables: Vec<String>,
    arguments: Vec<String>,
    folder: Option<String>,
    /// What standard input has.
    input: String,
    directories: Vec<String>,
    /// Of each directory.
    files: Vec<String>,
    written: Vec<String>,
}

fn asks_everything(_: Nothing) -> Found {
    let directories = get_directories();
    Found {
        variables: get_environment().into_iter().map(|(name, value)| format!("{name}={value}")).collect(),
        arguments: get_arguments(),
        folder: initial_cwd(),
        input: get_stdin()
            .blocking_read(1024)
            .map_or_else(|_| "closed".to_owned(), |bytes| String::from_utf8_lossy(&bytes).into_owned()),
        files: directories.iter().map(|(directory, _)| told(read(directory))).collect(),
        written: directories.iter().map(|(directory, _)| told(write(directory))).collect(),
        directories: directories.into_iter().map(|(_, name)| name).collect(),
    }
}

fn read(directory: &Descriptor) -> Result<String, ErrorCode> {
    let file =
        directory.open_at(PathFlags::empty(), "hello.txt", OpenFlags::empty(), DescriptorFlags::READ)?;
    let (bytes, _) = file.read(1024, 0)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn write(directory: &Descriptor) -> Result<String, ErrorCode> {
    let file =
        directory.open_at(PathFlags::empty(), "written.txt", OpenFlags::CREATE, DescriptorFlags::WRITE)?;
    Ok(file.write(b"written", 0)?.to_string())
}

fn told(result: Result<String, ErrorCode>) -> String {
    result.unwrap_or_else(|code| format!("error: {}", code.name()))
}

rush_worker::objective!(asks_everything);
