//! `CHECKLIST.md` names tests that exist.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the named tests stand, from the root of the repository.
const FOLDERS: [&str; 4] = ["host", "guest-sdk", "tests", "benches"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // What is built there can be large.
        if path.is_dir() && path.file_name().is_none_or(|name| name != "target") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_of_the_checklist_exists() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in FOLDERS {
        sources(&here.join("../..").join(folder), &mut paths);
    }
    let code: String = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let checklist = fs::read_to_string(here.join("tests/CHECKLIST.md")).unwrap();
    let named =
        checklist.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains('/'));
    let named: Vec<&str> = named.collect();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}
