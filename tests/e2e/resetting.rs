//! `reset`: of everything, or of the tasks alone.

use rush_tests::{Scene, guest};

/// All keys of the scene's Redis.
fn keys(scene: &Scene) -> Vec<String> {
    redis::cmd("KEYS").arg("*").query(&mut scene.redis().connection()).expect("keys can be listed")
}

#[test]
fn tasks_alone_can_be_reset_and_workers_go_on() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 2\n[log]\nloggers = { root = \"trace\" }");
    scene.host("start run.toml").ok();
    scene.push([1.0, -2.0, 3.0]);
    scene.wait_for_counts("all are done", |counts| counts == [0, 0, 2, 1]);
    let said = scene.host("reset run.toml --tasks");
    said.ok().says("The tasks of network test are reset: 3 tasks deleted; 2 workers go on");
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 0]);
    assert_eq!(scene.host("tasks run.toml --format jsonl").jsonl().len(), 0);
    scene.push([5.0]);
    scene.wait_for_counts("they work on", |counts| counts == [0, 0, 1, 0]);
    scene.host("stop run.toml").ok().says("Asked 2 workers");
    scene.host("reset run.toml --tasks").ok().says("1 task deleted").never_says("go on");
    scene.host("reset run.toml --tasks").ok().says("0 tasks deleted");
}

#[test]
fn what_was_running_when_tasks_were_reset_is_refused_and_its_worker_stays() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), "");
    scene.host("start run.toml").ok();
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    scene.host("reset run.toml --tasks").ok().says("1 task deleted; 1 worker goes on");
    // Its finish comes too late, which is no error of the loop.
    scene.host("stop run.toml").ok();
    let worker = &scene.host("workers run.toml --format jsonl").jsonl()[0];
    assert_eq!((&worker["state"], &worker["end"]), (&"terminated".into(), &"returned".into()));
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 0]);
}

#[test]
fn a_reset_leaves_not_one_key_also_of_what_was_logged_and_given() {
    let scene = Scene::with_redis();
    scene.write("train", "1,2,3");
    scene.run_file(
        guest("log_lines"),
        "[loop.data]\ntrain = \"train\"\n[log]\nloggers = { root = \"trace\" }\n[workers]\ncount = 2",
    );
    scene.host("run run.toml").ok();
    assert!(keys(&scene).iter().filter(|key| key.ends_with(":events")).count() == 2, "{:?}", keys(&scene));
    scene.host("reset run.toml").ok().says("Network test is reset: 2 workers, ");
    assert_eq!(keys(&scene), [""; 0]);
    scene.host("reset run.toml").ok().says("Network test is reset: it held no worker and no task");
    scene.host("log run.toml").ok().says("No messages yet");
}

/// A script would take it for a success.
#[test]
fn a_run_whose_network_is_reset_says_so_and_is_no_success() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), "[workers]\ncount = 2\n[stop]\nfinished = 50\n");
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(2);
    scene.host("reset run.toml").ok();
    run.wait().ends_with_code(7).says("the network was reset meanwhile").says("for want of workers");
}
