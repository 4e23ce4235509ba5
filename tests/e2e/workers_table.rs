//! `workers`: who they are, where, in which state, since when, and what each did.

use rush_tests::{Scene, eventually, guest};
use serde_json::Value;

const COLUMNS: [&str; 16] = [
    "worker_id",
    "state",
    "end",
    "finished",
    "failed",
    "pid",
    "hostname",
    "remote",
    "heartbeat",
    "launcher",
    "place",
    "attempt",
    "started",
    "ended",
    "restarts",
    "message",
];

fn rows(scene: &Scene, words: &str) -> Vec<Value> {
    scene.host(&format!("workers run.toml {words} --format jsonl")).jsonl()
}

#[test]
fn it_tells_everything_about_a_worker() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 2\nprocesses = 1");
    scene.host("start run.toml").ok();
    scene.push([1.0, -2.0, 3.0]);
    scene.wait_for_counts("all are done", |counts| counts == [0, 0, 2, 1]);
    let running = rows(&scene, "");
    assert_eq!(running.len(), 2);
    for worker in &running {
        let names: Vec<&String> = worker.as_object().unwrap().keys().collect();
        assert_eq!(names, COLUMNS);
        let pid = scene.host_processes(1)[0].pid;
        assert_eq!(
            (&worker["pid"], &worker["state"], &worker["end"]),
            (&pid.into(), &"running".into(), &Value::Null)
        );
        assert_eq!((&worker["heartbeat"], &worker["remote"]), (&true.into(), &false.into()));
        assert_eq!((&worker["launcher"], &worker["restarts"]), (&"local".into(), &0.into()));
        assert!(
            worker["started"].as_u64() > Some(1_500_000_000_000) && worker["ended"].is_null(),
            "{worker}"
        );
    }
    let sum = |what: &str| running.iter().map(|worker| worker[what].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("finished"), sum("failed")), (2, 1));

    scene.host("stop run.toml").ok();
    for worker in rows(&scene, "") {
        assert_eq!((&worker["state"], &worker["end"]), (&"terminated".into(), &"returned".into()));
        assert!(
            worker["ended"].as_u64() >= worker["started"].as_u64() && worker["heartbeat"] == false,
            "{worker}"
        );
    }
    // Without a terminal nothing is left out; people see since when instead of two times.
    let table = scene.host("workers run.toml");
    let header: Vec<&str> = table.ok().data.lines().next().unwrap().split_whitespace().collect();
    // Where workers are is told by other launchers, which also begin them again.
    let people = [&COLUMNS[..10], &["since"], &COLUMNS[14..]].concat();
    assert_eq!(header, people);
    table.never_says("For want of room");
}

#[test]
fn workers_can_be_chosen_by_their_state() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 3");
    scene.host("start run.toml").ok();
    let ids: Vec<String> =
        rows(&scene, "").iter().map(|row| row["worker_id"].as_str().unwrap().to_owned()).collect();
    scene.host(&format!("stop run.toml --kill {}", ids[0])).ok();
    let chosen = |states: &str| -> Vec<Value> {
        rows(&scene, &format!("--state {states}"))
            .into_iter()
            .map(|mut row| row["worker_id"].take())
            .collect()
    };
    assert_eq!(chosen("killed"), [ids[0].as_str()]);
    assert_eq!(chosen("running"), [ids[1].as_str(), ids[2].as_str()]);
    assert_eq!(chosen("running,killed").len(), 3);
    assert!(chosen("lost,terminated").is_empty());
    scene
        .host("workers run.toml --state gone")
        .ends_with_code(2)
        .says("[possible values: pending, running, terminated, killed, lost]");
    scene.host("stop run.toml").ok();
}

/// Two workers whose host process is gone, with nobody else to notice: as if their machine had lost its power.
fn powerless(tables: &str) -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("sleeper"),
        &format!("[workers]\ncount = 2\nprocesses = 1\n[heartbeat]\nperiod = \"100ms\"\nexpire = \"300ms\"\n{tables}"),
    );
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each has a task", |counts| counts == [0, 2, 0, 0]);
    scene.host_processes(1)[0].kill();
    scene
}

#[test]
fn lost_workers_are_found_also_if_no_host_process_is_left() {
    let scene = powerless("");
    eventually("their heartbeats expire", || rows(&scene, "").iter().all(|row| row["heartbeat"] == false));
    let said = scene.host("detect-lost run.toml");
    said.ok()
        .says("2 workers without a heartbeat. It may be missing because")
        .says("watches for `[heartbeat] expire`, 300ms, before anybody is declared lost")
        .says("2 workers lost: 2 tasks failed");
    let mut printed: Vec<&str> = said.data.lines().collect();
    printed.sort_unstable();
    let lost = rows(&scene, "--state lost");
    let mut lost: Vec<&str> = lost.iter().map(|row| row["worker_id"].as_str().unwrap()).collect();
    lost.sort_unstable();
    assert_eq!(printed, lost);
    assert_eq!(lost.len(), 2);
    // A second look finds nobody, at once.
    let again = scene.host("detect-lost run.toml");
    again.ok().says("No worker is lost").never_says("watches");
    assert_eq!(again.data, "");
}

#[test]
fn whoever_declares_a_worker_lost_starts_it_again_if_the_run_file_says_so() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("queue"),
        "[workers]\nrestart = \"on-lost\"\nmax_restarts = 1\n[heartbeat]\nperiod = \"100ms\"\nexpire = \"300ms\"",
    );
    scene.host("start run.toml").ok();
    scene.host_processes(1)[0].kill();
    eventually("its heartbeat expires", || rows(&scene, "").iter().all(|row| row["heartbeat"] == false));
    scene.host("detect-lost run.toml").ok().says("1 worker lost").says("1 worker registered again");
    let row = &rows(&scene, "")[0];
    assert_eq!((&row["state"], &row["restarts"]), (&"running".into(), &1.into()));
    scene.host("stop run.toml").ok();
}
