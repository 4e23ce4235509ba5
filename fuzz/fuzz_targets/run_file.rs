//! Any text, read as a run file with any environment, overrides and defaults, is a run or a list of problems, each of which points
//! into the text that it is about.
#![no_main]

use libfuzzer_sys::fuzz_target;
use miette::Diagnostic as _;
use rush_run_file::{Defaults, Options, RunFile, RunFileErrors};

fuzz_target!(|bytes: &[u8]| {
    let Ok(all) = std::str::from_utf8(bytes) else { return };
    // The run file, then what it is read with: parts behind NULs, told apart by their first letter.
    let mut parts = all.split('\0');
    let text = parts.next().unwrap_or_default();
    let (mut overrides, mut variables, mut defaults) = (Vec::new(), Vec::new(), None);
    for part in parts {
        match part.split_at_checked(1) {
            Some(("s", set)) => overrides.push(set.to_owned()),
            Some(("d", text)) => defaults = Some(text),
            _ => variables.push(part.to_owned()),
        }
    }
    let environment = |name: &str| variables.get(name.len() % 4).cloned();
    let mut options = Options { environment: &environment, ..Options::of_this_process() };
    options.overrides = &overrides;
    let defaults = defaults.map(|text| Defaults::parse(text, "defaults.toml", &environment));
    match &defaults {
        Some(Ok(defaults)) => options.defaults = Some(defaults),
        Some(Err(errors)) => check(errors),
        None => {}
    }
    match RunFile::parse(text, "runs/fuzzed.toml", &options) {
        Ok(run) => {
            serde_json::to_string(&run).expect("what was read can be stored");
        }
        Err(errors) => check(&errors),
    }
});

fn check(errors: &RunFileErrors) {
    assert!(!errors.problems().is_empty());
    for problem in errors.problems() {
        assert!(!problem.to_string().is_empty());
        let Some(source) = problem.source_code() else { continue };
        for label in problem.labels().into_iter().flatten() {
            let line = source.read_span(label.inner(), 0, 0);
            assert!(line.is_ok(), "{problem}: {label:?} is outside of the file");
        }
    }
}
