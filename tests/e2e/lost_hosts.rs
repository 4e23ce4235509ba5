//! Host processes that die: it is noticed, only their tasks fail, and everybody else goes on.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rush_test_redis::Snapshot;
use rush_tests::{Process, Scene, eventually, guest, plugin};
use rustix::process::Signal;

const TWO_AND_TWO: &str = "[workers]\ncount = 4\nprocesses = 2\n";
/// Nobody waits for this in a test: whatever is noticed sooner is noticed by other means.
const NO_BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10m\"\n";
const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";

/// Asserts that of these tasks exactly the dead host's failed, and why.
fn only_its_tasks_failed(scene: &Scene, snapshot: &Snapshot, dead: &Process) {
    let dead: BTreeSet<String> = dead.workers().into_iter().collect();
    assert_eq!(dead.len(), 2);
    for (id, worker) in snapshot.workers() {
        assert_eq!(worker.state == "lost", dead.contains(&id), "{id}: {worker:?}");
    }
    for (key, task) in snapshot.tasks() {
        let owner = task.worker_id.clone().expect("each was running");
        assert_eq!(task.states == ["failed"], dead.contains(&owner), "{key}: {task:?}");
    }
    for task in scene.host("tasks run.toml --state failed --format jsonl").jsonl() {
        assert_eq!(task["condition"]["kind"], "lost", "{task}");
        assert_eq!(task["condition"]["message"], "Worker has crashed or was killed", "{task}");
    }
}

#[test]
fn the_manager_buries_a_child_at_once_and_only_its_tasks_fail() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{NO_BURIAL_SOON}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);

    let dead = scene.host_processes(2).swap_remove(0);
    let begun = Instant::now();
    dead.kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    only_its_tasks_failed(&scene, &snapshot, &dead);
    run.wait_until_it_says("2 workers lost");

    // The others go on, and end well.
    scene.push([1.0, 2.0, 3.0]);
    scene.wait_for_counts("the others work", |counts| counts == [0, 2, 3, 2]);
    run.signal(Signal::INT);
    run.wait()
        .ends_with_code(130)
        .shows("Workers: 2 lost, 2 terminated (returned)")
        .shows("5 finished, 2 failed");
}

#[test]
fn workers_that_compute_without_a_break_are_buried_as_well() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), &format!("{TWO_AND_TWO}{NO_BURIAL_SOON}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let hosts = scene.host_processes(2);
    hosts[0].kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    only_its_tasks_failed(&scene, &snapshot, &hosts[0]);
    hosts[1].kill();
    let said = run.wait();
    said.ends_with_code(7).shows("Workers: 4 lost").shows("Tasks: 0 queued, 0 running, 0 finished, 4 failed");
    said.says("the run ended for want of workers");
}

#[test]
fn a_run_that_reaches_its_goal_in_spite_of_a_death_is_a_success() {
    let scene = Scene::with_redis();
    scene.run_file(plugin("random_search"), &format!(
        "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n{TWO_AND_TWO}{NO_BURIAL_SOON}[stop]\nfinished = 4000"
    ));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("the run is under way", |counts| counts[2] > 20);
    scene.host_processes(2)[0].kill();
    let said = run.wait();
    said.ok().shows("Workers: 2 lost, 2 terminated (returned)");
    let [queued, running, finished, failed] = scene.snapshot().counts();
    assert!((queued, running) == (0, 0) && finished >= 4000 && failed <= 2, "{said}");
}

#[test]
fn another_process_buries_when_there_is_no_manager() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let dead = scene.host_processes(2).swap_remove(0);
    dead.kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    only_its_tasks_failed(&scene, &snapshot, &dead);
    scene.host("stop run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 2]);
}

#[test]
fn a_process_that_wakes_up_after_its_burial_writes_nothing_more() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let sleeping = scene.host_processes(2).swap_remove(0);
    sleeping.signal(Signal::STOP);
    scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    sleeping.signal(Signal::CONT);
    let left = scene.host_processes(1);
    assert_ne!(left[0].pid, sleeping.pid);
    only_its_tasks_failed(&scene, &scene.snapshot(), &sleeping);
    scene.host("stop run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 2]);
}

#[test]
fn children_of_a_killed_manager_end_by_themselves() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), TWO_AND_TWO);
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    run.signal(Signal::KILL);
    assert_eq!(run.wait().code(), None);
    // As with a first Ctrl-C: after their task.
    let snapshot = scene.wait_for_counts("each has finished its task", |counts| counts == [0, 0, 4, 0]);
    eventually("all workers have ended well", || {
        scene.snapshot().workers().values().all(|worker| worker.state == "terminated")
    });
    assert_eq!(snapshot.workers().len(), 4);
}

#[test]
fn children_of_a_killed_manager_that_do_not_end_are_killed_after_the_grace() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), &format!("{TWO_AND_TWO}[stop]\ngrace = \"200ms\""));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    run.signal(Signal::KILL);
    assert_eq!(run.wait().code(), None);
    let snapshot = scene.wait_for_counts("their tasks have failed", |counts| counts == [0, 0, 0, 4]);
    assert!(snapshot.workers().values().all(|worker| worker.state == "killed"), "{:?}", snapshot.workers());
}
