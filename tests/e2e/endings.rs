//! Worker loops that do not end well: each end is recorded with its reason, no task is lost, and the exit code is 9.

use rush_tests::{Scene, guest};
use serde_json::Value;

/// Runs two workers of a guest to their end. Answers what was said, the workers, and the failed tasks.
fn run(name: &str, code: i32, tables: &str) -> (String, Vec<Value>, Vec<Value>) {
    let scene = Scene::with_redis();
    scene.run_file(guest(name), &format!("[workers]\ncount = 2\nprocesses = 1\n{tables}"));
    let said = scene.host("run run.toml");
    said.ends_with_code(code);
    let snapshot = scene.snapshot();
    assert!(snapshot.tasks().values().all(|task| task.states == ["failed"] || task.states == ["finished"]));
    let workers = scene.host("workers run.toml --format jsonl").jsonl();
    assert_eq!(workers.len(), 2);
    let failed = scene.host("tasks run.toml --state failed --format jsonl").jsonl();
    (said.data.clone() + &said.talk, workers, failed)
}

fn message(row: &Value) -> &str {
    row["message"].as_str().unwrap_or_default()
}

#[test]
fn a_trap_is_told_with_the_names_of_functions() {
    let (said, workers, failed) = run("trap", 9, "");
    for worker in &workers {
        assert_eq!((&worker["state"], &worker["end"]), (&"terminated".into(), &"trap".into()));
        assert!(message(worker).contains("index out of bounds: the len is 2"), "{worker}");
        let inner = message(worker).find("invert_kernel_matrix").expect("the innermost function is named");
        assert!(inner < message(worker).find("fit_surrogate").expect("so is its caller"), "{worker}");
    }
    assert_eq!(failed.len(), 2);
    for task in &failed {
        assert_eq!(task["condition"]["kind"], "trap", "{task}");
    }
    assert!(said.contains("Workers: 2 terminated (trap)") && said.contains("invert_kernel_matrix"), "{said}");
    assert!(said.contains("a worker loop did not end well (exit code 9)"), "{said}");
}

#[test]
fn an_error_is_told_with_its_cause() {
    let (said, workers, failed) = run("returns_error", 9, "");
    for worker in &workers {
        assert_eq!(worker["end"], "error");
        let told = message(worker);
        assert!(
            told.contains("the surrogate cannot be fitted") && told.contains("the kernel matrix is singular"),
            "{told}"
        );
    }
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|task| task["condition"]["kind"] == "error"), "{failed:?}");
    assert!(
        said.contains("Workers: 2 terminated (error)") && said.contains("the kernel matrix is singular"),
        "{said}"
    );
}

#[test]
fn an_exit_is_told_with_its_code() {
    let (said, workers, failed) = run("exits", 9, "");
    assert!(
        workers.iter().all(|worker| worker["end"] == "exit" && message(worker).contains('1')),
        "{workers:?}"
    );
    assert!(failed.is_empty());
    assert!(said.contains("Workers: 2 terminated (exit)"), "{said}");
}

#[test]
fn a_loop_gets_no_more_memory_than_its_limit() {
    let (said, workers, failed) = run("grow", 9, "[loop.limits]\nmemory = \"16MiB\"");
    assert!(workers.iter().all(|worker| worker["end"] == "limit"), "{workers:?}");
    assert!(workers.iter().all(|worker| message(worker).contains("16 MiB")), "{workers:?}");
    assert_eq!(failed.len(), 2);
    assert!(failed.iter().all(|task| task["condition"]["kind"] == "memory-limit"), "{failed:?}");
    assert!(said.contains("Workers: 2 terminated (limit)"), "{said}");
}

#[test]
fn every_call_of_the_contract_keeps_its_promises() {
    let scene = Scene::with_redis();
    scene.run_file(guest("every_call"), "");
    scene.host("run run.toml").ok().shows("Workers: 1 terminated (returned)");
    assert_eq!(scene.snapshot().counts(), [0, 0, 5, 5]);
    // Values that are hard to carry are just as hard to show.
    for format in ["table", "json", "jsonl", "csv"] {
        let shown = scene.host(&format!("tasks run.toml --format {format}"));
        shown.ok();
        assert!(!shown.data.contains('\0') && !shown.data.contains('\u{1b}'), "{format}");
    }
    assert_eq!(scene.host("tasks run.toml --format jsonl").jsonl().len(), 10);
}

#[test]
fn failed_tasks_matter_only_if_asked_for() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfinished = 2");
    scene.push([1.0, -1.0, 2.0]);
    scene.host("run run.toml").ok().shows("Tasks: 0 queued, 0 running, 2 finished, 1 failed");
    scene.push([-3.0, 3.0]);
    let strict = scene.host("run run.toml --fail-on-failed --set stop.finished=3");
    strict.ends_with_code(8).says("tasks have failed (exit code 8)");
    // What failed in runs before is no matter of this one.
    scene.push([4.0]);
    scene.host("run run.toml --fail-on-failed --set stop.finished=4").ok();
}

#[test]
fn what_a_loop_logs_is_shown_with_its_name_and_harmless() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "");
    let all = scene.host("run run.toml --debug");
    let worker =
        scene.host("workers run.toml --format jsonl").jsonl()[0]["worker_id"].as_str().unwrap().to_owned();
    for line in ["trace", "debug", "info", "warn", "error"] {
        all.ok().says(&format!("[{worker}] {line} tests/rush: "));
    }
    all.says(&format!(
        "[{worker}] info tests/rush: two [{worker}] info tests/rush: lines, ␛[31mred␛[0m, and a bell ␇"
    ));
    assert!(!all.talk.contains(['\u{1b}', '\u{7}']), "{all}");

    let quiet = scene.host("run run.toml --fresh");
    quiet.ok().says("warn tests/rush: a warning").says("error tests/rush: an error").never_says("some news");
}
