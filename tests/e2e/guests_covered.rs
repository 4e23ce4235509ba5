//! No test guest without a test.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

use rush_tests::{guests_folder, repository};

/// What takes the name of a guest as its first argument, or as its second after the scene or fixture. A name that stands elsewhere, in a comment or in
/// what is expected of a message, tests nothing.
const TAKERS: [&str; 9] = [
    "ended",
    "evaluates",
    "guest",
    "hostile",
    "loop_refused",
    "refused",
    "run",
    "run_file",
    "takes_too_much_to_compile",
];

/// What `tests/guests` is made of; guests are in the folders that have sources.
const NO_SOURCES: [&str; 4] = ["Cargo.lock", "Cargo.toml", "src", "target"];
const SOURCES: [(&str, &str); 6] =
    [("c", "c"), ("core", "wat"), ("examples", "rs"), ("js", "js"), ("python", "py"), ("wat", "wat")];

/// Folders whose guests lie in the folder of their world.
const BY_WORLD: [&str; 4] = ["c", "core", "js", "python"];
/// What guests of a language share lies beside those folders.
const SHARED: &str = "h";

#[test]
fn every_guest_has_a_test() {
    let mut tests = String::new();
    for folder in ["tests/e2e", "tests/e2e/conformance", "host/runtime/tests/runtime"] {
        for file in files(&repository().join(folder), "rs") {
            tests += &without_comments(&fs::read_to_string(file).expect("a test is text"));
        }
    }
    let mut names = sources();
    assert!(names.len() > 10, "{names:?}");
    let components: BTreeSet<String> =
        files(&guests_folder(), "wasm").iter().map(|path| stem(path)).collect();
    let unbuilt: Vec<&String> = names.difference(&components).collect();
    assert!(unbuilt.is_empty(), "`cargo xtask guests` does not build them, or was not run: {unbuilt:?}");
    // Some have no source: what is damaged, and what is too long to be kept.
    names.extend(components);
    let untested: Vec<&String> = names.iter().filter(|name| !is_taken(&tests, name)).collect();
    assert!(
        untested.is_empty(),
        "without a test, or left over from sources that are gone: {untested:?}. A test names its guest as an argument of one of {TAKERS:?}"
    );
}

#[test]
fn only_an_argument_counts_as_a_test() {
    let is_tested = |text: &str| is_taken(&without_comments(text), "grow");
    for tested in [
        "guest(\"grow\")",
        "hostile(\n    \"grow\",\n)",
        "run_file(&scene, \"grow\", \"\")",
        "guest(\"grow.wasm\")",
    ] {
        assert!(is_tested(tested), "{tested}");
    }
    for untested in [
        "// guest(\"grow\")",
        "run(); // guest(\"grow\")",
        "says(\"grow\")",
        "hostile(\"grows\")",
        "hostile(\"busy\", \"grow\")",
        "my_guest(\"grow\")",
        "\"grow\"",
    ] {
        assert!(!is_tested(untested), "{untested}");
    }
}

/// The names of all guests that have a source. A file that would be no guest fails the test.
fn sources() -> BTreeSet<String> {
    let root = repository().join("tests/guests");
    let mut names = BTreeSet::new();
    for path in entries(&root) {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if NO_SOURCES.contains(&name) {
            continue;
        }
        let (_, extension) = *SOURCES
            .iter()
            .find(|(folder, _)| *folder == name)
            .unwrap_or_else(|| panic!("no guest is built from {}", path.display()));
        let by_world = BY_WORLD.contains(&name);
        for path in entries(&path) {
            if by_world && path.extension() == Some(OsStr::new(SHARED)) {
                continue;
            }
            let world = path.file_name().and_then(OsStr::to_str).unwrap_or_default().to_owned();
            let found = if by_world { entries(&path) } else { vec![path] };
            for path in found {
                assert!(
                    path.extension() == Some(OsStr::new(extension)) && path.is_file(),
                    "no guest is built from {}",
                    path.display()
                );
                assert!(
                    names.insert(component_of(&path, name, &world)),
                    "two guests of one name: {}",
                    path.display()
                );
            }
        }
    }
    names
}

/// Guests of other languages than Rust say which, and objectives of these that they are.
fn component_of(path: &Path, folder: &str, world: &str) -> String {
    let name = stem(path);
    match (folder, world) {
        ("c" | "js" | "python", "objective") => format!("{name}_objective_{folder}"),
        ("c" | "js" | "python", _) => format!("{name}_{folder}"),
        _ => name,
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("a folder can be read").path()).collect()
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = entries(folder);
    files.retain(|path| path.extension() == Some(OsStr::new(extension)));
    files
}

fn stem(path: &Path) -> String {
    path.file_stem().and_then(OsStr::to_str).expect("names of guests are plain").to_owned()
}

/// Comments have a line of their own, or stand after a space behind what they explain.
fn without_comments(text: &str) -> String {
    let code = text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    code.map(|line| line.split(" // ").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// Whether a test hands this name to what takes the names of guests.
fn is_taken(tests: &str, name: &str) -> bool {
    [format!("\"{name}\""), format!("\"{name}.wasm\"")].iter().any(|quoted| {
        tests.match_indices(quoted.as_str()).any(|(at, _)| {
            let before = tests[..at].trim_end();
            let world = ["&scene,", "&fixture,"].iter().find_map(|world| before.strip_suffix(world));
            let before = world.unwrap_or(before).trim_end();
            let Some(before) = before.strip_suffix('(') else { return false };
            let is_of_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
            let taker = before.rsplit(|character| !is_of_name(character)).next().unwrap_or_default();
            TAKERS.contains(&taker)
        })
    })
}
