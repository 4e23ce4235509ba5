//! Worker loops that misbehave. Each costs its worker, whose end says why, and the task that it was working on. Nothing else: not its
//! neighbour of the same kind, in the same host process or another, not a good loop of the same network, no memory that is not given
//! back, no process. In both isolations.

use rush_tests::{MemoryWatch, Process, Scene, eventually, eventually_some, guest};
use serde_json::Value;

const ISOLATIONS: [&str; 2] = ["instance", "process"];
/// What a loop may have here, and what a host may take besides.
const LIMIT: u64 = 64 << 20;
const MARGIN: u64 = 32 << 20;

/// What `x` makes a loop misbehave, the kind of its worker's end, and part of the message.
type Case = (f64, &'static str, &'static str);

/// One worker for each case and one that is spared, all with this loop, beside a good loop: each misbehaves with one task. The others go
/// on.
#[track_caller]
fn hostile(name: &str, limits: &str, bad: &[Case]) {
    for isolation in ISOLATIONS {
        let what = format!("{name}, {isolation}");
        let scene = Scene::with_redis();
        let good = start_good_loop(&scene);
        let count = bad.len() + 1;
        let processes = if isolation == "process" { count } else { 1 };
        scene.run_file(
            guest(name),
            &format!(
                "isolation = \"{isolation}\"\n[workers]\ncount = {count}\nprocesses = {processes}\n\
                 [loop.limits]\nmemory = \"64MiB\"\n{limits}"
            ),
        );
        scene.host("start run.toml").ok();
        let hosts: Vec<Process> =
            scene.host_processes(processes + 1).into_iter().filter(|host| *host != good).collect();
        let mut workers: Vec<String> = hosts.iter().flat_map(Process::workers).collect();
        let spared = workers.pop().expect("one more than cases");
        let spared_host = hosts.last().expect("it has a host").clone();
        let good_worker = good.workers().remove(0);
        let mut finished = 0;
        let mut others_work = || {
            for worker in [&spared, &good_worker] {
                scene.push_to(worker, [1.0, 2.0]);
                finished += 2;
            }
            scene.wait_for_counts(&format!("{what}: the others work"), |counts| counts[2] == finished);
        };
        others_work();

        let before: Vec<u64> = hosts.iter().map(Process::memory).collect();
        let watch = MemoryWatch::of(&hosts);
        for (worker, (x, end, says)) in workers.iter().zip(bad) {
            scene.push_to(worker, [*x]);
            ends(&scene, worker, end, says, &what);
            others_work();
        }
        let peaks = watch.end();
        for (host, before) in hosts.iter().zip(&before) {
            let peak = peaks.of(host).saturating_sub(*before);
            assert!(peak <= LIMIT + MARGIN, "{what}: {} MiB more at the peak", peak >> 20);
        }
        let before = before[hosts.len() - 1];
        eventually(&format!("{what}: memory is given back"), || spared_host.memory() <= before + MARGIN);
        let mut left = scene.host_processes(2);
        left.retain(|host| *host != good);
        assert_eq!(left, [spared_host], "{what}: the same host process");

        let failed = scene.host("tasks run.toml --state failed --format jsonl").jsonl();
        assert_eq!(failed.len(), bad.len(), "{what}: {failed:?}");
        for (worker, (x, ..)) in workers.iter().zip(bad) {
            let is_its =
                |task: &&Value| task["worker_id"] == worker.as_str() && task["x"].as_f64() == Some(*x);
            assert_eq!(failed.iter().filter(is_its).count(), 1, "{what}: {failed:?}");
        }
        scene.host("stop run.toml").ok();
        scene.nothing_is_left();
    }
}

/// Two workers that are ended whatever they do, beside a good loop.
#[track_caller]
fn ended(name: &str, limits: &str, says: &str) {
    for isolation in ISOLATIONS {
        let what = format!("{name}, {isolation}");
        let scene = Scene::with_redis();
        let good = start_good_loop(&scene);
        let tables = format!("isolation = \"{isolation}\"\n[workers]\ncount = 2\n[loop.limits]\n{limits}");
        scene.run_file(guest(name), &tables);
        let run = scene.start("run run.toml");
        let worker = good.workers().remove(0);
        scene.push_to(&worker, [1.0, 2.0]);
        scene.wait_for_counts(&format!("{what}: the good loop works"), |counts| counts[2] == 2);
        run.wait().ends_with_code(9).shows("Workers: 2 terminated (limit)");
        for row in scene.host("workers run.toml --format jsonl").jsonl() {
            let message = row["message"].as_str().unwrap_or_default();
            assert!(row["worker_id"] == worker.as_str() || message.contains(says), "{what}: {row}");
        }
        scene.push_to(&worker, [3.0]);
        scene.wait_for_counts(&format!("{what}: it goes on"), |counts| counts[1..3] == [0, 3]);
        assert_eq!(scene.host_processes(1), [good], "{what}");
        scene.host("stop run.toml").ok();
    }
}

/// A worker of another loop in the same network, which has a host process of its own.
fn start_good_loop(scene: &Scene) -> Process {
    scene.run_file(guest("queue"), "");
    scene.host("start run.toml").ok();
    scene.host_processes(1).remove(0)
}

/// Waits for the end of a worker.
#[track_caller]
fn ends(scene: &Scene, worker: &str, end: &str, says: &str, what: &str) {
    let found = eventually_some(&format!("{what}: {worker} ends"), || {
        let workers = scene.host("workers run.toml --format jsonl").jsonl();
        let found = workers.into_iter().find(|found| found["worker_id"] == worker)?;
        (found["state"] != "running").then_some(found)
    });
    let message = found["message"].as_str().unwrap_or_default();
    assert!(found["end"] == end && message.contains(says), "{what}: not {end}, `{says}`: {found}");
    assert!(!message.contains(['\u{1b}', '\u{7}']), "{what}: {found}");
}

#[test]
fn an_endless_loop() {
    hostile("loop_endless", "time = \"300ms\"", &[(-1.0, "limit", "Time limit of 300ms reached")]);
    hostile("loop_endless", "fuel = 100_000_000", &[(-1.0, "limit", "Fuel limit of 100000000 reached")]);
}

#[test]
fn running_or_waiting_for_too_long() {
    ended("busy", "wall = \"500ms\"", "Wall limit of 500ms reached");
    ended("sleeper", "wall = \"500ms\"", "Wall limit of 500ms reached");
}

#[test]
fn deep_recursion() {
    hostile("loop_recursion", "", &[(-1.0, "limit", "Stack limit of 512 KiB reached")]);
}

#[test]
fn taking_all_memory() {
    hostile("loop_memory", "", &[(-1.0, "limit", "Memory limit of 64 MiB reached")]);
}

#[test]
fn taking_all_elements_of_a_table() {
    hostile("loop_table", "", &[(-1.0, "limit", "Limit of 100000 table elements reached")]);
}

#[test]
fn a_million_handles() {
    hostile("loop_handles", "", &[(-1.0, "limit", "Limit of 10000 handles reached")]);
}

#[test]
fn texts_that_are_longer_than_its_memory() {
    let says = "string pointer/length out of bounds of memory";
    hostile("loop_long_text", "", &[(-1.0, "trap", says), (-2.0, "trap", says), (-3.0, "trap", says)]);
}

#[test]
fn more_than_it_may_hand_over() {
    let says = "Value limit of 16 MiB reached";
    hostile("loop_hands_over", "", &[(-1.0, "limit", says), (-2.0, "limit", says)]);
}

#[test]
fn an_allocator_that_fails() {
    let outside = "realloc return: beyond end of memory";
    hostile(
        "loop_realloc",
        "",
        &[(-1.0, "trap", "The guest aborted"), (-2.0, "trap", outside), (-3.0, "trap", outside)],
    );
}

#[test]
fn bytes_that_are_not_text() {
    let says = "invalid utf-8 sequence";
    hostile(
        "loop_bad_text",
        "",
        &[(-1.0, "trap", says), (-2.0, "trap", says), (-3.0, "trap", says), (-4.0, "trap", says)],
    );
}

#[test]
fn lists_that_claim_to_be_huge() {
    let outside = "list pointer/length out of bounds of memory";
    hostile(
        "loop_huge_list",
        "",
        &[
            (-1.0, "trap", outside),
            (-2.0, "trap", outside),
            (-3.0, "trap", outside),
            (-4.0, "limit", "Value limit of 16 MiB reached"),
        ],
    );
}

#[test]
fn a_flood_of_terminal_escapes() {
    let says = "Log limit of 1 MiB reached";
    hostile(
        "loop_flood",
        "log = \"1MiB\"",
        &[(-1.0, "limit", says), (-2.0, "limit", says), (-3.0, "limit", says)],
    );
}

#[test]
fn a_panic() {
    hostile("loop_panics", "", &[(-1.0, "trap", "the model of -1 is gone")]);
}

#[test]
fn an_exit() {
    hostile(
        "loop_exits",
        "",
        &[
            (-1.0, "exit", "The loop called `exit` with code 1"),
            (-2.0, "returned", "The loop called `exit` with code 0"),
        ],
    );
}
