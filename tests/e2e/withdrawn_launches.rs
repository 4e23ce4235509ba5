//! What was handed to a batch system begins when that likes: hours after somebody has given up, stopped, or reset, too. Then it does
//! nothing, and says so. The batch system here begins a job when the test does.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rush_tests::{Running, Scene, eventually, guest};
use rustix::process::Signal;

/// Two workers in two jobs.
const TWO: &str = "[workers]\ncount = 2\nprocesses = 2\n";
const SOON: &str = "--set workers.start_timeout=300ms";

/// A run file whose launcher takes note of a job, and returns.
fn scene(name: &str) -> Scene {
    let scene = Scene::with_redis();
    scene.write("submit", "#!/bin/sh\nprintf '%s\\n' \"$1\" >> queue\n");
    scene.write("url", scene.redis().url());
    for (file, mode) in [("submit", 0o755), ("url", 0o600)] {
        let mode = fs::Permissions::from_mode(mode);
        fs::set_permissions(scene.path(file), mode).expect("it was just written");
    }
    let launcher = format!(
        "[launcher.command]\nargv = [\"{}\", \"{{script}}\"]\nredis_file = \"{}\"\n",
        scene.path("submit").display(),
        scene.path("url").display()
    );
    scene.run_file(guest(name), &format!("{TWO}{launcher}"));
    scene
}

/// The jobs that wait.
fn queue(scene: &Scene) -> Vec<String> {
    let queue = fs::read_to_string(scene.path("queue")).unwrap_or_default();
    queue.lines().map(str::to_owned).collect()
}

fn wait_for_jobs(scene: &Scene, count: usize) -> Vec<String> {
    eventually("the jobs are submitted", || queue(scene).len() == count);
    queue(scene)
}

/// The jobs begin, and nothing becomes of them.
fn begin_in_vain(scene: &Scene) {
    let jobs = queue(scene);
    assert_eq!(jobs.len(), 2, "{jobs:#?}");
    for job in jobs {
        scene.shell(&job).wait().ok().says("was withdrawn").says("there is nothing to do");
    }
    assert!(scene.snapshot().workers().is_empty(), "somebody has registered");
}

fn begin(scene: &Scene) -> Vec<Running> {
    queue(scene).iter().map(|job| scene.shell(job)).collect()
}

#[test]
fn a_start_that_was_given_up_leaves_jobs_that_do_nothing() {
    let scene = scene("queue");
    scene.host(&format!("start run.toml {SOON}")).ends_with_code(6).says("nly 0 of 2 workers are registered");
    begin_in_vain(&scene);
}

#[test]
fn a_start_that_was_interrupted_leaves_jobs_that_do_nothing() {
    let scene = scene("queue");
    let start = scene.start("start run.toml");
    wait_for_jobs(&scene, 2);
    start.signal(Signal::INT);
    start.wait().ends_with_code(130);
    begin_in_vain(&scene);
}

#[test]
fn a_run_that_was_interrupted_leaves_jobs_that_do_nothing() {
    let scene = scene("queue");
    let run = scene.start("run run.toml");
    wait_for_jobs(&scene, 2);
    run.signal(Signal::INT);
    // Nobody is there who could end: there is nothing to wait for.
    run.wait().ends_with_code(130);
    begin_in_vain(&scene);
}

#[test]
fn what_was_stopped_before_it_began_never_begins() {
    let scene = scene("queue");
    let start = scene.start("start run.toml");
    wait_for_jobs(&scene, 2);
    scene.host("stop run.toml").ok();
    start.wait().ends_with_code(6).says("was withdrawn before all of its workers were registered");
    begin_in_vain(&scene);
}

#[test]
fn what_was_reset_before_it_began_never_begins() {
    let scene = scene("queue");
    // Nobody is there who could withdraw anything.
    let start = scene.start("start run.toml");
    wait_for_jobs(&scene, 2);
    start.signal(Signal::KILL);
    start.wait();
    scene.host("reset run.toml").ok();
    begin_in_vain(&scene);
}

#[test]
fn what_was_handed_over_by_a_start_that_died_may_begin_and_may_be_stopped() {
    let scene = scene("queue");
    let start = scene.start("start run.toml");
    wait_for_jobs(&scene, 2);
    start.signal(Signal::KILL);
    start.wait();
    let jobs = begin(&scene);
    scene.wait_for_running_workers(2);
    scene.host("stop run.toml").ok().says("Asked 2 workers");
    for job in jobs {
        job.wait().ok();
    }
}

#[test]
fn a_job_that_begins_twice_carries_its_workers_once() {
    let scene = scene("queue");
    let start = scene.start("start run.toml");
    let first = wait_for_jobs(&scene, 2)[0].clone();
    let jobs = begin(&scene);
    start.wait().ok().says("2 workers registered");
    scene.shell(&first).wait().ok();
    assert_eq!(scene.wait_for_running_workers(2).workers().len(), 2, "nobody came twice");
    scene.host("stop run.toml").ok();
    for job in jobs {
        job.wait().ok();
    }
    // Who has ended for good does not come again, either.
    scene.shell(&first).wait().ok();
    assert_eq!(scene.wait_for_running_workers(0).workers().len(), 2);
}
