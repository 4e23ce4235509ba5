//! No test guest without a test.

use std::collections::BTreeSet;

use rush_tests::{guests_folder, repository};

/// Every component that is built for tests is named, in quotes, by a test here or by one of the runtime.
#[test]
fn every_guest_has_a_test() {
    let mut tests = String::new();
    for folder in ["tests/e2e", "host/runtime/tests/runtime"] {
        for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
            tests += &std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
        }
    }
    let names: BTreeSet<String> = std::fs::read_dir(guests_folder())
        .unwrap()
        .filter_map(|entry| Some(entry.unwrap().file_name().to_str()?.strip_suffix(".wasm")?.to_owned()))
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let used =
        |name: &String| tests.contains(&format!("\"{name}\"")) || tests.contains(&format!("\"{name}.wasm\""));
    let unused: Vec<&String> = names.iter().filter(|name| !used(name)).collect();
    assert!(unused.is_empty(), "without a test: {unused:?}");
}
