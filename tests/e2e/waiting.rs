//! `wait`: until tasks are done or workers have registered, no worker is left, or the time is up.

use rush_tests::{Scene, guest};
use rustix::process::Signal;

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
    for (wrong, why) in [
        ("5", "the unit is missing"),
        ("-1s", "a duration cannot be negative"),
        ("banana", "no number. For example 10s, 2m or 500ms; 0 looks once"),
    ] {
        scene.host(&format!("wait run.toml --timeout {wrong}")).ends_with_code(2).says("--timeout").says(why);
    }
}

#[test]
fn no_worker_will_ever_do_it() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.host("wait run.toml").ok();
    let keys = scene.push([1.0]);
    let said = scene.host("wait run.toml");
    said.ends_with_code(7).says("no worker is running, but 1 task is queued and 0 running (exit code 7)");
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
    scene.run_file(guest("inline_search"), &format!("{bounds}[stop]\nfinished = 2000"));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("the run is under way", |counts| counts[2] > 0);
    scene.host("wait run.toml --timeout 60s").ok();
    assert!(scene.snapshot().counts()[2] >= 2000, "{:?}", scene.snapshot().counts());
}

#[test]
fn until_workers_have_registered_wherever_they_are_started() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    let wait = scene.start("wait run.toml --workers 3 --timeout 1m");
    scene.host("start run.toml -n 1").ok();
    scene.host("start run.toml -n 2").ok();
    wait.wait().ok().says("3 workers have registered");
    let ids: Vec<String> = scene
        .host("workers run.toml --format jsonl")
        .jsonl()
        .iter()
        .map(|row| row["worker_id"].as_str().unwrap().to_owned())
        .collect();
    scene.host(&format!("wait run.toml --worker {} --worker {}", ids[0], ids[2])).ok().says("2 workers have");
    scene.host("stop run.toml").ok();
    // Registered is registered, also if it has ended by now; zero looks once.
    scene.host(&format!("wait run.toml --worker {},nobody --workers 1 --timeout 0", ids[1])).ok();
}

#[test]
fn workers_that_do_not_come_are_told_by_name() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\nstart_timeout = \"100ms\"");
    let said = scene.host("wait run.toml --workers 2 --timeout 0");
    said.ends_with_code(10).says("2 more workers should have registered, and did not at once (exit code 10)");
    let said = scene.host("wait run.toml --worker calm_otter,bold_crane");
    said.ends_with_code(10).says("calm_otter, bold_crane did not register within 100 ms");
    let said = scene.host("wait run.toml --worker calm_otter,bold_crane --workers 1 --timeout 50ms");
    said.ends_with_code(10).says("1 more worker of calm_otter, bold_crane should have registered");
}

#[test]
fn waiting_for_more_workers_than_are_named_makes_no_sense() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    let said = scene.host("wait run.toml --worker calm_otter --worker calm_otter --workers 2");
    said.ends_with_code(2).says("2 workers cannot register of only 1 that are named");
    scene.host("wait run.toml --workers 0").ends_with_code(2);
    scene.host("wait run.toml --workers 1 --tasks 1").ends_with_code(2).says("cannot be used with");
    scene.host("wait run.toml --worker no/name").ends_with_code(2);
}

#[test]
fn when_every_running_worker_has_fallen_silent_nobody_is_left_to_wait_for() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("sleeper"),
        "[workers]\ncount = 2\n[heartbeat]\nperiod = \"100ms\"\nexpire = \"400ms\"",
    );
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each has a task", |counts| counts == [0, 2, 0, 0]);
    let wait = scene.start("wait run.toml");
    for process in
        scene.processes().iter().filter(|process| process.is_host() && !process.workers().is_empty())
    {
        process.kill();
    }
    let said = wait.wait();
    said.ends_with_code(7)
        .says(
            "running workers have no heartbeat: `rush-host detect-lost run.toml` buries those that are lost",
        )
        .says("no worker has a heartbeat, but 0 tasks are queued and 2 running (exit code 7)");
    scene.host("stop run.toml --kill").ok().says("Killed 2 workers");
}

#[test]
fn an_interrupt_ends_nothing_but_the_waiting() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.host("start run.toml").ok();
    for words in ["wait run.toml --tasks 1", "wait run.toml --workers 2"] {
        let wait = scene.start(words);
        wait.wait_until_it_says("Redis:");
        wait.signal(Signal::INT);
        wait.wait().ends_with_code(130).says("interrupted: workers go on");
    }
    scene.host("stop run.toml").ok().says("Asked 1 worker");
}
