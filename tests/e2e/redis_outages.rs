//! A Redis that goes away while a run is under way.

use std::time::Duration;

use rush_tests::{Scene, guest};
use rustix::process::Signal;

const RANDOM_SEARCH: &str = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";

#[test]
fn a_run_goes_on_when_redis_is_back() {
    let mut scene = Scene::with_redis();
    scene.run_file(
        guest("inline_search"),
        &format!("{RANDOM_SEARCH}[workers]\ncount = 4\n[stop]\nfinished = 3000"),
    );
    let run = scene.start("run run.toml");
    let before = scene.wait_for_counts("the run is under way", |counts| counts[2] > 50).tasks();
    scene.redis_mut().kill();
    run.wait_until_it_says("Redis does not answer; trying again");
    scene.redis_mut().restart();
    let said = run.wait();
    said.ok().shows("Workers: 4 terminated (returned)");
    let after = scene.snapshot();
    let [queued, running, finished, failed] = after.counts();
    assert!((queued, running, failed) == (0, 0, 0) && finished >= 3000, "{said}");
    let counted: usize = after.workers().values().map(|worker| worker.counted.0).sum();
    assert_eq!(counted, finished);
    let after = after.tasks();
    assert!(before.iter().all(|(key, _)| after.contains_key(key)));
}

#[test]
fn a_frozen_redis_makes_nobody_lost() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("sleeper"),
        "[workers]\ncount = 4\nprocesses = 2\n[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n",
    );
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    scene.redis().pause();
    // By then each beat has expired.
    run.wait_until_it_says("Redis does not answer; trying again");
    scene.redis().resume();
    scene.push([1.0, 2.0, 3.0]);
    scene.wait_for_counts("all go on", |counts| counts == [0, 4, 3, 0]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 4 terminated (returned)").shows("7 finished, 0 failed");
}

#[test]
fn without_redis_a_second_interrupt_still_ends_everything_soon() {
    let mut scene = Scene::with_redis();
    scene.run_file(guest("busy"), "[workers]\ncount = 2\n");
    let mut run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene.redis_mut().kill();
    run.signal(Signal::INT);
    run.wait_until_it_says("Interrupt again to kill them now");
    run.signal(Signal::INT);
    let said = run.wait_at_most(Duration::from_secs(15));
    said.ends_with_code(130).says("Redis does not answer, so there is no report");
    scene.nothing_is_left();

    // The next run buries them, once Redis has been up for as long as a beat lives.
    scene.redis_mut().restart();
    assert_eq!(scene.snapshot().counts(), [0, 2, 0, 0]);
    scene.run_file(guest("queue"), "[heartbeat]\nperiod = \"100ms\"\nexpire = \"300ms\"\n[stop]\nfailed = 2");
    scene.host("run run.toml").ok().says("goes on with 0 finished, 0 failed, 0 queued and 2 running tasks");
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 2]);
}

/// Makes Redis refuse whatever takes memory, and waits until somebody felt it.
fn fill(scene: &Scene) {
    limit_memory(scene, 1);
    rush_tests::eventually("a write is refused", || {
        let mut info = redis::cmd("INFO");
        let errors: String =
            info.arg("errorstats").query(&mut scene.redis().connection()).expect("Redis tells of itself");
        errors.contains("errorstat_OOM")
    });
}

/// Zero is without a limit.
fn limit_memory(scene: &Scene, bytes: u64) {
    let mut config = redis::cmd("CONFIG");
    config.arg("SET").arg("maxmemory").arg(bytes);
    config.exec(&mut scene.redis().connection()).expect("the limit can be changed");
}

fn a_full_redis_is_waited_for(args: &str) {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("inline_search"),
        &format!("{RANDOM_SEARCH}{args}[workers]\ncount = 4\n[stop]\nfinished = 6000\nexact = true"),
    );
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(4);
    scene.wait_for_counts("the run is under way", |counts| counts[2] > 50);
    fill(&scene);
    let before = scene.snapshot();
    assert!(before.counts()[2] < 6000);
    limit_memory(&scene, 0);
    run.wait().ok().shows("Workers: 4 terminated (returned)");
    let after = scene.snapshot();
    assert_eq!(after.counts(), [0, 0, 6000, 0]);
    let after = after.tasks();
    assert!(before.tasks().keys().all(|key| after.contains_key(key)));
}

#[test]
fn a_run_goes_on_when_a_full_redis_has_room_again() {
    a_full_redis_is_waited_for("");
}

#[test]
fn so_does_one_that_finishes_and_pushes_in_one_step() {
    a_full_redis_is_waited_for("fused = true\n");
}

#[test]
fn who_waits_for_room_in_a_full_redis_ends_when_asked_to() {
    let scene = Scene::with_redis();
    scene.run_file(guest("inline_search"), &format!("{RANDOM_SEARCH}[workers]\ncount = 4\n"));
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(4);
    scene.wait_for_counts("the run is under way", |counts| counts[2] > 50);
    fill(&scene);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 4 terminated (returned)");
    let [queued, running, finished, failed] = scene.snapshot().counts();
    assert!((queued, running) == (0, 0) && finished > 50 && failed <= 4);
}

#[test]
fn a_loop_that_does_not_wait_for_room_ends_with_the_reason_and_loses_nothing() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 2\n");
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(2);
    let keys = scene.push((0..5000).map(f64::from));
    // Before they are done with them all.
    fill(&scene);
    let said = run.wait();
    said.ends_with_code(9).shows("Redis cannot store any more").shows("terminated (error)");
    let after = scene.snapshot();
    let [queued, running, finished, failed] = after.counts();
    assert!(running == 0 && failed <= 2 && queued + finished + failed == keys.len(), "{said}");
}
