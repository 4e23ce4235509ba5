//! A Redis that goes away while a run is under way.

use std::time::Duration;

use rush_test_redis::Options;
use rush_tests::{Scene, guest, plugin};
use rustix::process::Signal;

const RANDOM_SEARCH: &str = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";

#[test]
fn a_run_goes_on_when_redis_is_back() {
    let mut scene = Scene::with_redis();
    scene.run_file(
        plugin("random_search"),
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

#[test]
fn a_full_redis_ends_loops_with_a_reason_and_loses_nothing() {
    let options = Options { max_memory: Some(6 << 20), ..Options::default() };
    let scene = Scene::with_redis_that(options);
    scene.run_file(
        plugin("random_search"),
        &format!("{RANDOM_SEARCH}[workers]\ncount = 2\n[stop]\nfinished = 1000000"),
    );
    let said = scene.host("run run.toml");
    said.ends_with_code(9).shows("Redis cannot store any more").shows("terminated (error)");
    let [queued, running, finished, _] = scene.snapshot().counts();
    assert!((queued, running) == (0, 0) && finished > 100, "{said}");
}
