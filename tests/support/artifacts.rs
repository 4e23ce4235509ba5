//! What was built before the tests: the program and the components.

use std::path::{Path, PathBuf};

/// The program under test.
pub fn host() -> PathBuf {
    let named = std::env::var_os("RUSH_HOST_BIN").map(PathBuf::from);
    let host = named.unwrap_or_else(|| built().join("rush-host"));
    assert!(host.is_file(), "{} is missing: `cargo build -p rush-cli` builds it", host.display());
    host
}

/// An example of a crate of the host.
pub(crate) fn example(name: &str) -> PathBuf {
    let example = built().join("examples").join(name);
    assert!(
        example.is_file(),
        "{} is missing: `cargo build --workspace --examples` builds it",
        example.display()
    );
    example
}

/// Where what was built is: a test program is `target/<profile>/deps/<name>-<hash>`.
fn built() -> PathBuf {
    let myself = std::env::current_exe().expect("a program knows its path");
    let profile = myself.parent().and_then(Path::parent).expect("it is in target/<profile>/deps");
    profile.to_owned()
}

/// Compiled code is shared between tests and between their runs, as users share it between theirs.
pub(crate) fn cache() -> PathBuf {
    host().with_file_name("rush-host-cache-of-tests")
}

/// A folder for what tools keep between two runs of the tests: compiled dependencies, caches.
pub fn kept(name: &str) -> PathBuf {
    host().with_file_name("kept-by-tests").join(name)
}

/// The folder with the tools of other languages than Rust.
pub fn tools() -> PathBuf {
    let tools = std::env::var_os("RUSH_TOOLS");
    tools
        .map(PathBuf::from)
        .expect("RUSH_TOOLS names the tools of other languages: `cargo xtask test` sets them up")
}

/// A component of `plugins/`.
pub fn plugin(name: &str) -> PathBuf {
    component(&folder("RUSH_GUESTS", "plugins/target"), name)
}

/// A component of `tests/guests/`.
pub fn guest(name: &str) -> PathBuf {
    component(&guests_folder(), name)
}

/// Where the components of `tests/guests/` are.
pub fn guests_folder() -> PathBuf {
    folder("RUSH_TEST_GUESTS", "tests/guests/target")
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("this package is in the repository")
}

fn folder(variable: &str, default: &str) -> PathBuf {
    std::env::var_os(variable).map_or_else(|| repository().join(default), PathBuf::from)
}

fn component(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name).with_extension("wasm");
    assert!(path.is_file(), "{} is missing: `cargo xtask guests` builds it", path.display());
    path
}
