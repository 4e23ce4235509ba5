//! `wait`: until tasks are done, no worker is left, or the time is up.

use rush_tests::{Scene, guest, plugin};

#[test]
fn until_the_queue_is_worked_off() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 2");
    let keys = scene.push([1.0, 2.0, -3.0, 4.0]);
    scene.host("start run.toml").ok();
    scene.host("wait run.toml --timeout 30s").ok().says("Tasks: 0 queued, 0 running, 3 finished, 1 failed");
    scene.host("wait run.toml --tasks 3").ok();
    scene.host(&format!("wait run.toml --keys {},{}", keys[0], keys[2])).ok();
    scene.host("stop run.toml").ok();
}

#[test]
fn until_so_many_are_finished_by_whomever() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.host("start run.toml").ok();
    let wait = scene.start("wait run.toml --tasks 5");
    scene.push((0..5).map(f64::from));
    wait.wait().ok().says("5 finished");
    scene.host("stop run.toml").ok();
}

#[test]
fn until_the_time_is_up() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.host("start run.toml").ok();
    let said = scene.host("wait run.toml --tasks 1 --timeout 100ms");
    said.ends_with_code(10).says("the time is up, but only 0 of 1 tasks are finished (exit code 10)");
    scene.host("stop run.toml").ok();
    scene.host("wait run.toml --timeout 5").ends_with_code(2).says("--timeout");
}

#[test]
fn no_worker_will_ever_do_it() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.host("wait run.toml").ok();
    let keys = scene.push([1.0]);
    let said = scene.host("wait run.toml");
    said.ends_with_code(7).says("no worker is running, but 1 tasks are queued and 0 running (exit code 7)");
    scene.host("wait run.toml --tasks 1 --timeout 1h").ends_with_code(7).says("only 0 of 1 tasks");
    let said = scene.host(&format!("wait run.toml --keys {}", keys[0]));
    said.ends_with_code(7).says("1 task is neither finished nor failed");
    let nobody = "2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001";
    scene.host(&format!("wait run.toml --keys {nobody}")).ends_with_code(2).says("There is no task 2d9d5a0c");
}

#[test]
fn the_last_worker_ends_while_somebody_waits() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfinished = 2");
    scene.host("start run.toml").ok();
    let wait = scene.start("wait run.toml --tasks 3");
    scene.push([1.0, 2.0]);
    wait.wait().ends_with_code(7).says("only 2 of 3 tasks are finished");
}

#[test]
fn until_loops_that_create_their_own_tasks_have_ended() {
    let scene = Scene::with_redis();
    let bounds = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";
    scene.run_file(plugin("random_search"), &format!("{bounds}[stop]\nfinished = 2000"));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("the run is under way", |counts| counts[2] > 0);
    scene.host("wait run.toml --timeout 60s").ok();
    assert!(scene.snapshot().counts()[2] >= 2000, "{:?}", scene.snapshot().counts());
}
