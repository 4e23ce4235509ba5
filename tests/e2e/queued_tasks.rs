//! `empty-queue` and `cancel`: tasks that nobody shall work on.

use rush_tests::{Scene, guest};

fn scene() -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene
}

#[test]
fn an_emptied_queue_is_all_failed_tasks() {
    let scene = scene();
    scene.push([1.0, 2.0, 3.0]);
    scene.host("empty-queue run.toml").ok().says("Removed 3 tasks from the queue");
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 3]);
    let tasks = scene.host("tasks run.toml --format jsonl").jsonl();
    assert!(tasks.iter().all(|task| task["condition"]["message"] == "Removed from queue"), "{tasks:?}");
    scene.host("empty-queue run.toml").ok().says("Removed 0 tasks from the queue");
}

#[test]
fn queued_tasks_are_cancelled_by_their_keys_or_all() {
    let scene = scene();
    let keys = scene.push([1.0, 2.0, 3.0]);
    scene.host(&format!("cancel run.toml --queued {}", keys[1])).ok().says("Cancelled 1 queued task");
    assert_eq!(scene.snapshot().counts(), [2, 0, 0, 1]);
    let failed = scene.host("tasks run.toml --state failed --format jsonl").jsonl();
    assert_eq!(
        (&failed[0]["key"], &failed[0]["condition"]["kind"]),
        (&keys[1].as_str().into(), &"cancelled".into())
    );
    let again = scene.host(&format!("cancel run.toml {} {}", keys[0], keys[1]));
    again.ok().says("Cancelled 1 queued task").says(&format!("task {} is failed, so it is skipped", keys[1]));
    scene.host("cancel run.toml --queued").ok().says("Cancelled 1 queued task");
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 3]);
}

#[test]
fn a_key_of_nobody_is_told() {
    let scene = scene();
    scene.host("cancel run.toml").ends_with_code(2).says("--queued");
    scene.host("cancel run.toml --queued 1").ends_with_code(2).says("`1` is not the key of a task");
    let nobody = "2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001";
    let said = scene.host(&format!("cancel run.toml {nobody}"));
    said.ends_with_code(2).says("There is no task 2d9d5a0c");
}

#[test]
fn a_running_task_is_cancelled_wherever_it_runs() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), "");
    let run = scene.start("run run.toml");
    let snapshot = scene.wait_for_counts("a task is running", |[_, running, ..]| running == 1);
    drop(snapshot);
    let key = scene.host("tasks run.toml --state running --format jsonl").jsonl()[0]["key"].clone();
    let key = key.as_str().unwrap();
    let said = scene.host(&format!("cancel run.toml --queued {key}"));
    said.ok().says("is running, so it is skipped").says("Cancelled 0 queued tasks");
    scene.host(&format!("cancel run.toml {key}")).ok().says("Cancelled 1 running task of worker ");
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 1]);
    assert_eq!(scene.host("status run.toml --json").json()["failed_by_kind"]["cancelled"], 1);
    let whole = scene.host(&format!("tasks run.toml --key {key}")).ok().data.clone();
    assert!(whole.starts_with(&format!("{key}\n  state: failed\n  worker: ")), "{whole}");
    assert!(whole.ends_with("  condition:\n    cancelled: Cancelled\n"), "{whole}");
    let table = scene.host("tasks run.toml --state failed --columns condition").ok().data.clone();
    assert_eq!(table, "condition\ncancelled: Cancelled\n");
    scene.host("cancel run.toml --running").ok().says("Cancelled 0 running tasks");
    scene.host("stop run.toml --kill").ok();
    run.wait();
}
