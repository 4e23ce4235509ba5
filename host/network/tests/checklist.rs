//! `CHECKLIST.md` names tests that exist.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests, too")]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the named tests stand.
const FOLDERS: [&str; 3] = ["tests", "src", "../../guest-sdk/rust/tests"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_test_of_the_checklist_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    for folder in FOLDERS {
        sources(&root.join(folder), &mut paths);
    }
    let code: String = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let checklist = fs::read_to_string(root.join("tests/CHECKLIST.md")).unwrap();
    let named =
        checklist.split('`').skip(1).step_by(2).filter(|name| name.contains('_') && !name.contains('/'));
    let named: Vec<&str> = named.collect();
    assert!(named.len() > 30, "{named:?}");
    let missing: Vec<_> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "no such tests: {missing:?}");
}
