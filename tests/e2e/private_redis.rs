//! The private Redis: there when it is needed, gone when it is not, and none of its ends loses a task.

use std::collections::{BTreeMap, BTreeSet};

use rush_test_redis::Snapshot;
use rush_tests::{Process, Said, Scene, eventually, eventually_some, guest};
use rustix::process::Signal;

/// Random search until so many tasks are finished.
fn random_search(finished: u32) -> Scene {
    let scene = Scene::new();
    scene.run_file(
        guest("inline_search"),
        &format!(
            "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n[workers]\ncount = 4\nprocesses = 2\n\
             [stop]\nfinished = {finished}\n[output]\npath = \"all.csv\"\n"
        ),
    );
    scene
}

/// The keys of the tasks that are finished by now; waits until they are many.
fn many_finished(scene: &Scene) -> BTreeSet<String> {
    eventually_some("many tasks are finished", || {
        let snapshot = Snapshot::check(&mut scene.private_redis()?, "test");
        let tasks = snapshot.tasks().into_iter().filter(|(_, task)| task.states == ["finished"]);
        let keys: BTreeSet<String> = tasks.map(|(key, _)| key).collect();
        (keys.len() > 50).then_some(keys)
    })
}

fn the(what: fn(&Process) -> bool, scene: &Scene) -> Process {
    let mut found: Vec<Process> = scene.processes().into_iter().filter(what).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

/// Asserts that a run ended well, and that all its tasks are in its results: those known before, and those that workers have
/// counted.
fn nothing_was_lost(scene: &Scene, run: &Said, before: &BTreeSet<String>, goal: usize) {
    run.ok().shows("Workers: 4 terminated (returned)").shows("0 failed");
    let csv = scene.read("all.csv");
    let rows: BTreeMap<&str, &str> = csv.lines().skip(1).filter_map(|row| row.split_once(',')).collect();
    assert!(rows.values().all(|row| row.starts_with("finished,")), "{run}");
    assert!(before.iter().all(|key| rows.contains_key(key.as_str())), "{run}");
    assert_eq!(rows.len(), csv.lines().count() - 1, "a task stands there twice");
    assert!(rows.len() >= goal, "{} tasks\n{run}", rows.len());
    let workers = scene.host("workers run.toml --format jsonl").jsonl();
    let counted: u64 = workers.iter().filter_map(|worker| worker["finished"].as_u64()).sum();
    assert_eq!(counted, rows.len() as u64);
}

#[test]
fn a_server_that_is_killed_is_started_again_and_the_run_goes_on() {
    let scene = random_search(3000);
    let run = scene.start("run run.toml");
    let before = many_finished(&scene);
    the(Process::is_redis, &scene).kill();
    nothing_was_lost(&scene, &run.wait(), &before, 3000);
}

#[test]
fn a_keeper_that_is_killed_is_started_again_and_the_run_goes_on() {
    let scene = random_search(3000);
    let run = scene.start("run run.toml");
    let before = many_finished(&scene);
    the(Process::is_keeper, &scene).kill();
    nothing_was_lost(&scene, &run.wait(), &before, 3000);
}

#[test]
fn the_last_one_out_ends_it_even_if_nobody_leaves_in_peace() {
    let scene = Scene::new();
    scene.run_file(guest("sleeper"), "[workers]\ncount = 2\nprocesses = 2\n");
    let run = scene.start("run run.toml");
    eventually_some("both have a task", || {
        let snapshot = Snapshot::check(&mut scene.private_redis()?, "test");
        (snapshot.counts() == [0, 2, 0, 0]).then_some(())
    });
    let hosts = scene.host_processes(2);
    run.signal(Signal::KILL);
    hosts.iter().for_each(Process::kill);
    run.wait();
    scene.nothing_is_left();
    // What was stored is there, and the next run buries the dead.
    let tasks = scene.host("tasks run.toml --format jsonl").jsonl();
    assert_eq!(tasks.len(), 2);
}

#[test]
fn two_runs_at_once_share_one_server_and_one_network() {
    let scene = random_search(2000);
    let first = scene.start("run run.toml");
    let second = scene.start("run run.toml");
    eventually("both work", || scene.processes().iter().filter(|process| process.is_host()).count() == 4);
    assert_eq!(scene.processes().iter().filter(|process| process.is_redis()).count(), 1);
    for run in [first, second] {
        run.wait().ok().shows("Workers: 4 terminated (returned)").shows("0 failed");
    }
    let status = scene.host("status run.toml --json").json();
    let finished = status["tasks"]["finished"].as_u64().unwrap();
    assert_eq!(
        (&status["workers"]["terminated"], &status["tasks"]["running"]),
        (&8.into(), &0.into()),
        "{status}"
    );
    assert!(finished >= 2000, "{status}");
    assert_eq!(scene.read("all.csv").lines().count() as u64, finished + 1);
}

#[test]
fn a_crashed_run_is_continued() {
    let scene = random_search(100_000);
    let run = scene.start("run run.toml");
    let before = many_finished(&scene);
    let hosts = scene.host_processes(2);
    run.signal(Signal::KILL);
    hosts.iter().for_each(Process::kill);
    run.wait();
    scene.nothing_is_left();
    let goal = scene.host("status run.toml --json").json()["tasks"]["finished"].as_u64().unwrap() + 100;
    let again = scene.host(&format!("run run.toml --set stop.finished={goal}"));
    again.ok().says("Network test goes on with");
    let keys = scene.host("tasks run.toml --state finished --columns key --format csv").ok().data.clone();
    assert!(before.iter().all(|key| keys.contains(key.as_str())));
}
