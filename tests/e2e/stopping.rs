//! `stop`: asks, insists, and chooses.

use rush_tests::{Scene, guest};

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
    scene.host("stop run.toml --terminate").ok().says("Asked 1 worker to end after their task");
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
    said.ok()
        .says("Asked 1 worker")
        .says("warning: worker `nobody_00000000` is not running, so it is skipped");
    let state = |id: &String| scene.snapshot().workers()[id].state;
    assert_eq!([state(&ids[0]), state(&ids[1]), state(&ids[2])], ["running", "terminated", "running"]);
    scene.host(&format!("stop run.toml --kill {}", ids[0])).ok().says("Killed 1 worker");
    assert_eq!([state(&ids[0]), state(&ids[2])], ["killed", "running"]);
    scene.host("stop run.toml").ok().says("Asked 1 worker");
}
