//! Objectives that misbehave. Each costs the task that it was evaluating, with a condition that says why, and nothing else: not the tasks
//! before and after, not its worker or its neighbour, no memory that is not given back, no process. In both isolations.

use std::time::Duration;

use rush_tests::{MemoryWatch, Process, Scene, eventually, eventually_some, guest};
use rustix::process::Signal;
use serde_json::Value;

const ISOLATIONS: [&str; 2] = ["instance", "process"];
/// What an objective may have unless its run file says otherwise, and what a host may take besides.
const LIMIT: u64 = 64 << 20;
const MARGIN: u64 = 32 << 20;

/// What becomes of a task.
#[derive(Clone, Copy)]
enum Fate {
    /// It fails: the kind of its condition, and part of the message.
    Fails(&'static str, &'static str),
    /// There is nothing wrong with it.
    Finishes,
}
use Fate::{Fails, Finishes};

/// A loop that evaluates queued tasks with this objective.
fn run_file(scene: &Scene, objective: &str, isolation: &str, tables: &str) {
    let component = guest(objective);
    scene.run_file(
        guest("evaluates_queue"),
        &format!(
            "[workers]\ncount = 2\nprocesses = 1\n[objective]\ncomponent = \"{}\"\nisolation = \"{isolation}\"\n{tables}",
            component.display()
        ),
    );
}

/// Evaluates good points, then bad ones among good ones, in both isolations.
#[track_caller]
fn hostile(objective: &str, limits: &str, bad: &[(f64, Fate)]) {
    for isolation in ISOLATIONS {
        let scene = Scene::with_redis();
        run_file(&scene, objective, isolation, &format!("[objective.limits]\n{limits}"));
        let run = scene.start("run run.toml");
        let host = scene.host_processes(1).remove(0);

        let mut good = 0;
        let mut push_good = |count: usize| {
            scene.push((good..good + count).map(|x| f64::from(u32::try_from(x).expect("a handful"))));
            good += count;
            good
        };
        let settled = |count: usize| {
            scene.wait_for_counts("all tasks are settled", |[_, _, finished, failed]| {
                finished + failed == count
            });
        };
        let warm = push_good(4);
        settled(warm);
        let before = host.memory();
        let watch = MemoryWatch::of(std::slice::from_ref(&host));

        for (x, _) in bad {
            scene.push([*x]);
            push_good(2);
        }
        let good = push_good(2);
        settled(good + bad.len());
        let peaks = watch.end();
        let peak = peaks.of(&host).saturating_sub(before);
        assert!(peak <= LIMIT + MARGIN, "{objective}, {isolation}: {} MiB more at the peak", peak >> 20);
        // All that an evaluator has counts, its program too.
        let peak = peaks.of_children();
        assert_eq!(peak.is_some(), isolation == "process", "{objective}, {isolation}");
        let peak = peak.unwrap_or_default();
        assert!(peak <= LIMIT + MARGIN, "{objective}: an evaluator had {} MiB", peak >> 20);
        eventually(&format!("{objective}, {isolation}: memory is given back"), || {
            host.memory() <= before + MARGIN
        });
        assert_eq!(scene.host_processes(1), [host], "{objective}, {isolation}: the same host process");

        run.signal(Signal::INT);
        run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)");
        let tasks = scene.host("tasks run.toml --format jsonl").jsonl();
        fates_are(&tasks, good, bad, &format!("{objective}, {isolation}"));
    }
}

fn fates_are(tasks: &[Value], good: usize, bad: &[(f64, Fate)], what: &str) {
    assert_eq!(tasks.len(), good + bad.len(), "{what}");
    for task in tasks {
        let x = task["x"].as_f64().unwrap_or_else(|| panic!("{what}: {task}"));
        let fate = bad.iter().find(|(bad, _)| bad.total_cmp(&x).is_eq()).map_or(Finishes, |(_, fate)| *fate);
        match fate {
            Finishes => assert_eq!(task["y"].as_f64(), Some(x), "{what}: {task}"),
            Fails(kind, message) => {
                let condition = &task["condition"];
                let said = condition["message"].as_str().unwrap_or_default();
                assert!(
                    condition["kind"] == kind && said.contains(message),
                    "{what}: not {kind}, `{message}`: {task}"
                );
                assert!(!said.contains(['\u{1b}', '\u{7}']), "{what}: {task}");
            }
        }
    }
}

#[test]
fn an_endless_loop() {
    let says = "Time limit of 300ms reached: the guest itself ran for as long";
    hostile(
        "endless_loop",
        "time = \"300ms\"",
        &[(-1.0, Fails("time-limit", says)), (-2.0, Fails("time-limit", says))],
    );
    let says = "Wall limit of 500ms reached";
    hostile("endless_loop", "wall = \"500ms\"", &[(-1.0, Fails("time-limit", says))]);
    let says = "Fuel limit of 10000000 reached";
    hostile("endless_loop", "fuel = 10_000_000", &[(-1.0, Fails("fuel", says))]);
}

#[test]
fn an_evaluation_that_takes_too_long() {
    let says = "Time limit of 1s reached";
    hostile("slow", "time = \"1s\"", &[(-1e6, Fails("time-limit", says))]);
}

#[test]
fn an_evaluation_that_takes_too_many_instructions_however_fast_the_machine() {
    let says = "Fuel limit of 1000000 reached: so many instructions it ran";
    hostile("fuel_user", "fuel = 1_000_000", &[(-1e9, Fails("fuel", says)), (-1e3, Finishes)]);
}

#[test]
fn a_sleep_of_an_hour() {
    hostile("sleeps", "wall = \"500ms\"", &[(-1.0, Fails("time-limit", "Wall limit of 500ms reached"))]);
}

#[test]
fn waiting_for_nothing() {
    hostile("waits", "wall = \"5s\"", &[(-1.0, Fails("trap", "empty poll list"))]);
}

#[test]
fn deep_recursion() {
    let says = "Stack limit of 512 KiB reached: the guest's recursion is too deep";
    hostile("deep_recursion", "", &[(-1.0, Fails("limit", says)), (-2.0, Fails("limit", says))]);
}

#[test]
fn taking_all_memory() {
    let says = "Memory limit of 64 MiB reached: the guest had ";
    hostile("memory_bomb", "", &[(-1.0, Fails("memory-limit", says))]);
}

#[test]
fn taking_all_elements_of_a_table() {
    let says = "Limit of 100000 table elements reached: the guest had 90001 and asked for 10000 more";
    hostile("table_bomb", "", &[(-1.0, Fails("limit", says)), (-2.0, Fails("limit", says))]);
}

#[test]
fn a_million_handles() {
    hostile("many_handles", "", &[(-1.0, Fails("limit", "Limit of 10000 handles reached"))]);
}

#[test]
fn texts_that_are_longer_than_its_memory() {
    let outside = Fails("trap", "string pointer/length out of bounds of memory");
    hostile("long_text", "", &[(-1.0, outside), (-2.0, outside), (-3.0, outside)]);
}

#[test]
fn more_than_it_may_hand_over() {
    let says = "Value limit of 16 MiB reached: one call of the guest handed its host more";
    hostile(
        "hands_over_much",
        "",
        &[
            (-1.0, Fails("limit", says)),
            (-2.0, Fails("limit", says)),
            (-3.0, Fails("limit", "cannot be stored")),
        ],
    );
}

#[test]
fn a_flood_of_terminal_escapes() {
    let says = Fails("limit", "Log limit of 1 MiB reached: so much the guest logged and wrote");
    hostile("log_flood", "", &[(-1.0, says), (-2.0, says), (-3.0, says)]);
}

#[test]
fn an_allocator_that_fails() {
    let outside = Fails("trap", "realloc return: beyond end of memory");
    hostile(
        "bad_realloc",
        "",
        &[(-1.0, Fails("trap", "The guest aborted")), (-2.0, outside), (-3.0, outside), (-4.0, Finishes)],
    );
}

#[test]
fn bytes_that_are_not_text() {
    let says = Fails("trap", "invalid utf-8 sequence");
    hostile("bad_text", "", &[(-1.0, says), (-2.0, says), (-3.0, says)]);
}

#[test]
fn lists_that_claim_to_be_huge() {
    let outside = Fails("trap", "list pointer/length out of bounds of memory");
    let says = "Value limit of 16 MiB reached";
    hostile(
        "huge_list",
        "",
        &[(-1.0, outside), (-2.0, outside), (-3.0, outside), (-4.0, Fails("limit", says))],
    );
}

#[test]
fn answers_that_are_none() {
    hostile(
        "bad_pointer",
        "",
        &[
            (-1.0, Fails("trap", "pointer out of bounds of memory")),
            (-2.0, Fails("trap", "return pointer not aligned")),
            (-3.0, Fails("trap", "invalid expected discriminant")),
            (-4.0, Fails("trap", "unexpected discriminant: 200")),
            (-5.0, Fails("trap", "list pointer is not aligned")),
        ],
    );
}

#[test]
fn failures_that_no_task_can_hold() {
    let cut = Fails("y", "y");
    // As long as a kind may be.
    let kind = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    hostile(
        "hostile_conditions",
        "",
        &[
            (-1.0, cut),
            (-2.0, Fails("y", "y (one of its details is left out)")),
            (-3.0, Fails("y", "y (one of its details is left out)")),
            (-4.0, cut),
            (-5.0, Fails(kind, "y")),
            (-6.0, Fails("y", " more bytes)")),
            (-7.0, Fails("error", "`ys` of the objective cannot be stored: `y` stands in it twice")),
        ],
    );
}

/// Whoever counts failures by kind reads all of them.
#[test]
fn a_failure_tells_no_more_than_its_run_can_keep() {
    for isolation in ISOLATIONS {
        for limit in ["4MiB", "4KiB"] {
            let scene = Scene::with_redis();
            let tables = format!("[tasks]\nmax_value = \"{limit}\"\n[stop]\nfinished = 1");
            run_file(&scene, "hostile_conditions", isolation, &tables);
            scene.push([-1.0, -6.0, 1.0]);
            scene.host("run run.toml --workers 1").ok();
            let failed = scene.host("tasks run.toml --state failed --format jsonl");
            let (lines, size) = (failed.jsonl(), failed.data.len());
            assert_eq!(lines.len(), 2, "{isolation}, {limit}");
            let most = if limit == "4MiB" { 100 << 10 } else { 9 << 10 };
            assert!(size < most, "{isolation}, {limit}: {size}");
        }
    }
}

#[test]
fn values_that_its_loop_has_no_room_for() {
    for isolation in ISOLATIONS {
        let scene = Scene::with_redis();
        let tables = "[loop.limits]\nmemory = \"8MiB\"\n[tasks]\nmax_value = \"8MiB\"\n[stop]\nfinished = 2";
        run_file(&scene, "hands_over_much", isolation, tables);
        scene.push([1.0, -3.0, 2.0]);
        scene.host("run run.toml --workers 1").ok();
        let failed = &scene.host("tasks run.toml --state failed --format jsonl").jsonl()[0];
        let condition = &failed["condition"];
        assert_eq!(condition["kind"], "limit", "{isolation}: {condition}");
        let said = condition["message"].as_str().unwrap_or_default();
        assert!(said.contains("`ys` of the objective take 5 MiB of memory"), "{isolation}: {condition}");
    }
}

#[test]
fn an_exit() {
    hostile(
        "exits_objective",
        "",
        &[
            (-1.0, Fails("error", "The objective called `exit` with code 0")),
            (-2.0, Fails("error", "The objective called `exit` with code 1")),
        ],
    );
}

#[test]
fn a_panic() {
    let says = "panicked at";
    hostile("panics", "", &[(-1.0, Fails("trap", says)), (-2.0, Fails("trap", says))]);
}

#[test]
fn a_panic_is_told_with_the_names_of_functions() {
    for isolation in ISOLATIONS {
        let scene = Scene::with_redis();
        run_file(&scene, "panics", isolation, "[stop]\nfailed = 1");
        scene.push([-1.0]);
        scene.host("run run.toml");
        let failed = scene.host("tasks run.toml --state failed --format jsonl").jsonl();
        let frames: Vec<&str> = failed[0]["condition"]["details"]["backtrace"]
            .as_array()
            .unwrap_or_else(|| panic!("{failed:?}"))
            .iter()
            .filter_map(Value::as_str)
            .collect();
        let place = |name: &str| frames.iter().position(|frame| frame.contains(name));
        assert!(place("invert_kernel_matrix").is_some(), "{frames:?}");
        assert!(place("invert_kernel_matrix") < place("fit_surrogate"), "{frames:?}");
    }
}

#[test]
fn an_error_of_its_own() {
    hostile("returns_condition", "", &[(-1.0, Fails("singular", "the kernel matrix is singular"))]);
}

#[test]
fn it_begins_anew_after_a_failure_and_each_time_if_it_shall() {
    let counted = |isolation: &str, instance: &str| {
        let scene = Scene::with_redis();
        run_file(
            &scene,
            "keeps_state",
            isolation,
            &format!("instance = \"{instance}\"\n[stop]\nfinished = 4"),
        );
        scene.push([1.0, 2.0, -1.0, 3.0, 4.0]);
        scene.host("run run.toml --workers 1").ok();
        let mut tasks = scene.host("tasks run.toml --state finished --format jsonl").jsonl();
        tasks.sort_by(|one, other| one["x"].as_f64().partial_cmp(&other["x"].as_f64()).unwrap());
        tasks.iter().map(|task| task["y"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    for isolation in ISOLATIONS {
        assert_eq!(counted(isolation, "reuse"), [1.0, 2.0, 1.0, 2.0], "{isolation}");
        assert_eq!(counted(isolation, "fresh"), [1.0; 4], "{isolation}");
    }
}

#[test]
fn what_earlier_evaluations_left_behind_fails_no_task() {
    for isolation in ISOLATIONS {
        let scene = Scene::with_redis();
        run_file(
            &scene,
            "leaks",
            isolation,
            "[objective.limits]\nmemory = \"16MiB\"\n[stop]\nfinished = 40\nexact = true",
        );
        scene.push((1..=40_u32).map(f64::from));
        scene.host("run run.toml --workers 1").ok().shows("40 finished, 0 failed");
        let tasks = scene.host("tasks run.toml --format jsonl").jsonl();
        let instances = tasks.iter().filter(|task| task["y"].as_f64() == Some(1.0)).count();
        assert!(instances > 2, "{isolation}: {instances} instances");
    }
}

#[test]
fn there_is_nothing_to_be_found_outside() {
    for isolation in ISOLATIONS {
        let mut scene = Scene::with_redis();
        scene.set("SECRET", "of the host");
        run_file(&scene, "asks_everything", isolation, "[stop]\nfinished = 1");
        scene.push([1.0]);
        scene.host("run run.toml").ok();
        let task = &scene.host("tasks run.toml --state finished --format jsonl").jsonl()[0];
        for nothing in ["variables", "arguments", "directories", "files", "written"] {
            assert_eq!(task[nothing], Value::Array(Vec::new()), "{isolation}: {nothing}");
        }
        assert_eq!(task["folder"], Value::Null, "{isolation}");
        assert_eq!(task["input"], "closed", "{isolation}");
    }
}

/// Nobody else is a child of a host process.
#[test]
fn a_killed_evaluator_costs_its_task_alone() {
    let scene = Scene::with_redis();
    run_file(&scene, "endless_loop", "process", "");
    let run = scene.start("run run.toml");
    scene.push([-1.0]);
    scene.wait_for_counts("it runs", |[_, running, _, _]| running == 1);
    // One that has begun to evaluate: to get ready it takes a fraction of that.
    let computes = |process: &Process| process.is_evaluator() && process.ran() > Duration::from_millis(500);
    let evaluator = eventually_some("an evaluator computes", || scene.processes().into_iter().find(computes));
    evaluator.kill();
    scene.wait_for_counts("it failed", |counts| counts == [0, 0, 0, 1]);
    scene.push([1.0, 2.0]);
    scene.wait_for_counts("others go on", |counts| counts == [0, 0, 2, 1]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)");
    let failed = scene.host("tasks run.toml --state failed --format jsonl").jsonl();
    let condition = &failed[0]["condition"];
    assert_eq!(condition["kind"], "trap", "{condition}");
    assert!(condition["message"].as_str().unwrap().contains("process died (signal 9)"), "{condition}");
}
