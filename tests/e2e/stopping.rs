//! `stop`: asks, insists, and chooses.

use rush_tests::{Scene, eventually, guest};
use rustix::process::Signal;

fn started(name: &str, count: u32, tables: &str) -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(guest(name), &format!("[workers]\ncount = {count}\nprocesses = 1\n{tables}"));
    scene.host("start run.toml").ok();
    scene
}

#[test]
fn by_default_it_asks_and_waits() {
    let scene = started("sleeper", 2, "");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene.host("stop run.toml").ok().says("Asked 2 workers to end after their task");
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.counts(), [0, 0, 2, 0]);
    assert!(
        snapshot.workers().values().all(|worker| worker.state == "terminated"),
        "{:?}",
        snapshot.workers()
    );
    scene.host("stop run.toml").ok().says("No worker is running");
}

#[test]
fn who_does_not_end_within_the_grace_is_killed() {
    let scene = started("busy", 2, "[stop]\ngrace = \"200ms\"\n");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene.host("stop run.toml").ok().says("Killed 2 workers that did not end within 200ms");
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 2]);
}

#[test]
fn a_mere_request_kills_nobody() {
    let scene = started("busy", 1, "[stop]\ngrace = \"100ms\"\n");
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    scene.host("stop run.toml --terminate").ok().says("Asked 1 worker to end after its task");
    assert_eq!(scene.host("status run.toml --json").json()["workers"]["running"], 1);
    scene.host("stop run.toml --kill").ok().says("Killed 1 worker");
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.counts(), [0, 0, 0, 1]);
    assert!(snapshot.workers().values().all(|worker| worker.state == "killed"), "{:?}", snapshot.workers());
}

#[test]
fn only_those_named_are_meant() {
    let scene = started("queue", 3, "");
    let ids: Vec<String> = scene.snapshot().workers().into_keys().collect();
    let said = scene.host(&format!("stop run.toml {} nobody_00000000", ids[1]));
    said.ok().says("Asked 1 worker").says("warning: worker `nobody_00000000` is unknown, so it is skipped");
    let said = scene.host(&format!("stop run.toml {}", ids[1]));
    said.ok()
        .says(&format!("worker `{}` has ended already, so it is skipped", ids[1]))
        .says("None of these workers is running");
    let state = |id: &String| scene.snapshot().workers()[id].state;
    assert_eq!([state(&ids[0]), state(&ids[1]), state(&ids[2])], ["running", "terminated", "running"]);
    scene.host(&format!("stop run.toml --kill {}", ids[0])).ok().says("Killed 1 worker");
    assert_eq!([state(&ids[0]), state(&ids[2])], ["killed", "running"]);
    scene.host("stop run.toml").ok().says("Asked 1 worker");
}

#[test]
fn an_interrupt_ends_the_waiting_and_says_what_is_left_undone() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scene = started("busy", 1, "[stop]\ngrace = \"1h\"\n");
        scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
        let stop = scene.start("stop run.toml");
        stop.wait_until_it_says("Asked 1 worker");
        stop.signal(signal);
        stop.wait().ends_with_code(code).says("those left are not killed now");
        assert_eq!(scene.snapshot().counts(), [0, 1, 0, 0]);
        scene.host("stop run.toml --kill").ok();
    }
}

/// Two workers with a task each, whose machine has lost its power, as it were.
fn powerless(tables: &str) -> Scene {
    let heartbeat = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"400ms\"\n";
    let scene = started("sleeper", 2, &format!("{heartbeat}{tables}"));
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene.host_processes(1)[0].kill();
    eventually("their heartbeats expire", || {
        scene.host("status run.toml --json").json()["without_heartbeat"] == 2
    });
    scene
}

#[test]
fn who_has_no_heartbeat_is_buried_and_not_killed_after_the_grace() {
    let scene = powerless("[stop]\ngrace = \"1h\"\n");
    let said = scene.host("stop run.toml --terminate");
    said.ok()
        .says("Asked 2 workers")
        .says("2 of 2 running workers have no heartbeat: `rush-host detect-lost run.toml`");
    let said = scene.host("stop run.toml");
    said.ok()
        .says("2 of them have no heartbeat, and will be declared lost if it is still missing after `[heartbeat] expire`, 400ms")
        .says("2 workers lost: 2 tasks failed, 0 queued again")
        .never_says("Killed");
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.counts(), [0, 0, 0, 2]);
    assert!(snapshot.workers().values().all(|worker| worker.state == "lost"), "{:?}", snapshot.workers());
}

#[test]
fn the_tasks_of_those_are_queued_again_if_the_run_file_says_so() {
    let scene = Scene::with_redis();
    let heartbeat = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"400ms\"\n";
    scene.run_file(guest("holds"), &format!("[tasks]\non_lost = \"requeue\"\n{heartbeat}"));
    scene.push([1.0]);
    scene.host("start run.toml").ok();
    scene.wait_for_counts("it has the task", |counts| counts == [0, 1, 0, 0]);
    scene.host_processes(1)[0].kill();
    eventually("its heartbeat expires", || {
        scene.host("status run.toml --json").json()["without_heartbeat"] == 1
    });
    scene.host("status run.toml").ok().says("1 of 1 running worker has no heartbeat: `rush-host detect-lost");
    scene.host("stop run.toml").ok().says("1 worker lost: 0 tasks failed, 1 queued again");
    assert_eq!(scene.snapshot().counts(), [1, 0, 0, 0]);
    scene.host("status run.toml").ok().never_says("heartbeat");
}
