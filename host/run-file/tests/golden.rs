//! Run files and what comes of them, word for word: `invalid/NAME.toml` gives `invalid/NAME.err`, `valid/NAME.toml`
//! gives `valid/NAME.json`, `shown/NAME.toml` gives `shown/NAME.txt`. `UPDATE_GOLDEN=1 cargo test -p rush-run-file` writes what it finds; read it before you keep it.
//!
//! A comment `#! set KEY=VALUE` stands for `--set`, `#! redis URL` for `--redis`, `#! env NAME=VALUE` for an environment
//! variable. A file `NAME.defaults` beside a run file is the user's defaults file.

mod common;

use std::fmt::Write as _;

use common::{cases, compare, labels, render};
use rush_run_file::{Mistake, Options, RunFile, ShownValue};

#[test]
fn invalid_run_files_give_these_errors() {
    let cases = cases("invalid");
    assert!(cases.len() >= 40, "only {} invalid run files", cases.len());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| match case.parse() {
            Ok(run) => Some(format!("{} is valid: {run:?}", case.name)),
            Err(errors) => compare(&case.expected_path("err"), &render(&errors)),
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn valid_run_files_mean_this() {
    let cases = cases("valid");
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| match case.parse() {
            Ok(run) => {
                let mut json = serde_json::to_string_pretty(&run).unwrap();
                // What is never serialised is shown as it prints, which holds no password.
                writeln!(json, "\n{:#?}", run.redis).unwrap();
                compare(&case.expected_path("json"), &json)
            }
            Err(errors) => Some(format!("{} is not valid:\n{}", case.name, render(&errors))),
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
fn every_key_that_holds_is_shown_with_its_origin() {
    let cases = cases("shown");
    assert!(!cases.is_empty());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let mut text = String::new();
            for shown in case.show() {
                let ShownValue { key, value, origin, variables } = shown;
                let with = if variables.is_empty() { String::new() } else { format!(" with {variables:?}") };
                writeln!(text, "{key} = {value}  # {origin}{with}").unwrap();
            }
            assert!(!text.contains("geheim"), "{}:\n{text}", case.name);
            compare(&case.expected_path("txt"), &text)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// A run file that says nothing but what is shown means the same, so nothing is missing, and no value differs.
#[test]
fn what_is_shown_is_what_holds() {
    for case in cases("valid").into_iter().chain(cases("shown")) {
        let mut text = String::new();
        for ShownValue { key, value, .. } in
            case.show().iter().filter(|shown| !shown.key.starts_with("redis."))
        {
            writeln!(text, "{key} = {value}").unwrap();
        }
        let options = Options { environment: &|_| None, ..Options::of_this_process() };
        // Paths are shown as they lead from the working directory.
        let again = RunFile::parse(&text, &case.name, &options)
            .unwrap_or_else(|errors| panic!("{}:\n{text}\n{}", case.name, render(&errors)));
        let stored = |run_file: &RunFile| serde_json::to_string_pretty(run_file).unwrap();
        let expected = stored(&case.parse().unwrap());
        assert_eq!(stored(&again), masked(&expected), "{}", case.name);
    }
}

/// What is shown holds no password, not even one that stands among the arguments of a loop.
fn masked(json: &str) -> String {
    json.replace("geheim", "******")
}

#[test]
fn no_expectation_is_left_without_its_run_file() {
    for (folder, extension) in [("invalid", "err"), ("valid", "json"), ("shown", "txt")] {
        for path in common::files(folder, extension) {
            assert!(path.with_extension("toml").exists(), "{}", path.display());
        }
    }
}

#[test]
fn no_error_shows_a_password() {
    for case in cases("invalid") {
        let Err(errors) = case.parse() else { continue };
        for shown in [render(&errors), format!("{errors:?}")] {
            assert!(!shown.contains("geheim"), "{}:\n{shown}", case.name);
        }
    }
}

#[test]
fn every_problem_says_where_it_is_and_what_to_do() {
    for case in cases("invalid") {
        let Err(errors) = case.parse() else { continue };
        for problem in errors.problems() {
            let what = format!("{}: {problem}", case.name);
            let has_a_place = problem.location().is_some();
            let labels = labels(problem);
            match problem.mistake() {
                // What is not there cannot be shown; then the file is named.
                Mistake::Missing { file: Some(file), .. } => assert!(what.contains(file.as_str()), "{what}"),
                Mistake::WrongType { .. } | Mistake::UnknownWord { .. } => {
                    assert!(has_a_place && labels[0].starts_with("expected "), "{what}");
                    continue;
                }
                // The headline holds the range.
                Mistake::OutOfRange { .. } => {
                    assert!(has_a_place, "{what}");
                    continue;
                }
                _ => assert!(has_a_place && !labels.is_empty(), "{what}"),
            }
            assert!(problem.hint().is_some(), "{what}");
        }
    }
}

#[test]
fn both_places_of_a_conflict_are_shown() {
    for (name, lines) in [
        ("10-duplicate-key.toml", ["4 | count = 4", "6 | count = 8"]),
        ("24-more-processes-than-workers.toml", ["4 | count = 2", "5 | processes = 8"]),
        ("26-heartbeat-expires-too-soon.toml", ["4 | period = \"10s\"", "5 | expire = \"5s\""]),
        ("41-redis-url-and-private.toml", ["4 | url = ", "5 | private = true"]),
        ("49-minimize-and-maximize.toml", ["7 | minimize", "9 | maximize"]),
        ("54-isolation.toml", ["5 | processes = 2", "9 | isolation = \"process\""]),
        ("57-max-restarts-without-restart.toml", ["4 | restart", "5 | max_restarts"]),
        ("62-two-launchers.toml", ["3 | [launcher.ssh]", "6 | [launcher.slurm]"]),
        ("102-grants.toml", ["19 | guest = \"/data\"", "23 | guest = \"//data/\""]),
        ("70-set-against-the-file.toml", ["heartbeat.expire=2s", "line 5: `period = \"5s\"`"]),
    ] {
        let case = cases("invalid").into_iter().find(|case| case.name == name).unwrap();
        let shown = render(&case.parse().unwrap_err());
        assert!(lines.iter().all(|line| shown.contains(line)), "{name}:\n{shown}");
    }
}
