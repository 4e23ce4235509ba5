//! `[stop]`: every host process checks it, and whatever does not end after it is killed.

use std::time::{Duration, Instant};

use rush_tests::{Scene, guest};

#[test]
fn so_many_finished() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfinished = 5");
    scene.push((0..20).map(f64::from));
    scene.host("run run.toml").ok().shows("Workers: 1 terminated (returned)");
    let [queued, running, finished, failed] = scene.snapshot().counts();
    assert!(
        (5..7).contains(&finished) && queued == 20 - finished && (running, failed) == (0, 0),
        "{finished}"
    );
}

#[test]
fn so_many_failed() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfailed = 3");
    scene.push((1..20).map(|x| -f64::from(x)));
    scene.host("run run.toml").ok().shows("Workers: 1 terminated (returned)");
    assert!((3..20).contains(&scene.snapshot().counts()[3]), "{:?}", scene.snapshot().counts());
}

#[test]
fn after_some_time_counted_anew_in_each_run() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nafter = \"500ms\"");
    for _ in 0..2 {
        let begun = Instant::now();
        scene.host("run run.toml").ok().shows("Workers: 1 terminated (returned)");
        assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
    }
}

#[test]
fn whoever_does_not_end_within_the_grace_is_killed() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), "[workers]\ncount = 3\n[stop]\nafter = \"300ms\"\ngrace = \"200ms\"");
    scene.host("run run.toml").ok().shows("Workers: 3 killed").shows("0 finished, 3 failed");
    for task in scene.host("tasks run.toml --format jsonl").jsonl() {
        assert_eq!(task["condition"]["message"], "Worker was killed", "{task}");
    }
}

#[test]
fn flags_override_the_run_file() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("inline_search"),
        "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n[workers]\ncount = 7\n[stop]\nfinished = 1000000\n",
    );
    let said = scene.host("run run.toml --set stop.finished=40 --set loop.args.upper=[10.0,5.0] --workers 3");
    said.ok().says("Starting 3 workers").shows("Workers: 3 terminated (returned)");
    let tasks = scene.host("tasks run.toml --format jsonl").jsonl();
    assert!(tasks.len() >= 40, "{}", tasks.len());
    assert!(tasks.iter().all(|task| task["x2"].as_f64().unwrap() <= 5.0), "{tasks:?}");
}

#[test]
fn a_run_without_a_condition_ends_with_its_loops() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "[workers]\ncount = 3\n");
    scene.host("run run.toml").ok().shows("Workers: 3 terminated (returned)");
}
