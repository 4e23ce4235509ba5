//! Where the programs and components are that the benches start.

use std::{
    env,
    path::{Path, PathBuf},
};

use crate::{Failure, Result};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The `rush-host` program: `$RUSH_HOST_BIN`, or the one that was built beside this bench.
pub fn host() -> Result<PathBuf> {
    match env::var_os("RUSH_HOST_BIN") {
        Some(path) => there(path.into(), "rush-host program"),
        None => beside("rush-host"),
    }
}

/// A program that was built together with this one, in the same profile.
pub fn beside(name: &str) -> Result<PathBuf> {
    let this = env::current_exe().map_err(Failure::system("find this program"))?;
    there(this.with_file_name(name), name)
}

/// A component of `plugins/`: in `$RUSH_GUESTS`, or where the workspace builds it.
pub fn plugin(name: &str) -> Result<PathBuf> {
    let folder =
        env::var_os("RUSH_GUESTS").map_or_else(|| Path::new(WORKSPACE).join("plugins/target"), PathBuf::from);
    there(folder.join(name).with_extension("wasm"), "component")
}

/// A guest of `tests/guests`: in `$RUSH_TEST_GUESTS`, or where the workspace builds it.
pub fn test_guest(name: &str) -> Result<PathBuf> {
    let folder = env::var_os("RUSH_TEST_GUESTS")
        .map_or_else(|| Path::new(WORKSPACE).join("tests/guests/target"), PathBuf::from);
    there(folder.join(name).with_extension("wasm"), "component")
}

/// A tool of another language: in `$RUSH_TOOLS`, or where `cargo xtask` makes it runnable.
pub fn tool(name: &str) -> Result<PathBuf> {
    let folder = env::var_os("RUSH_TOOLS")
        .map_or_else(|| Path::new(WORKSPACE).join("plugins/target/tools"), PathBuf::from);
    there(folder.join(name), name)
}

fn there(path: PathBuf, what: &str) -> Result<PathBuf> {
    if path.is_file() { Ok(path) } else { Err(Failure::Missing { what: what.to_owned(), path }) }
}
