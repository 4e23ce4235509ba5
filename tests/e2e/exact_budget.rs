//! `[stop] exact = true`: not one task more.

use rush_tests::{Process, Scene, guest};
use rustix::process::Signal;

const WORKERS: &str = "[workers]\ncount = 8\nprocesses = 2\n[stop]\nfinished = 100\nexact = true\n";

fn exactly_a_hundred(args: &str) {
    let scene = Scene::with_redis();
    let bounds = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";
    scene.run_file(guest("inline_search"), &format!("{bounds}{args}{WORKERS}"));
    let run = scene.host("run run.toml");
    run.ok().says("100 tasks finished").shows("Workers: 8 terminated (returned)");
    run.shows("Tasks: 0 queued, 0 running, 100 finished, 0 failed");
    assert_eq!(scene.snapshot().counts(), [0, 0, 100, 0]);
    scene.host("run run.toml").ok().says("Nothing to do: 100 tasks are finished already");
    scene.host("run run.toml --set stop.finished=150").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 150, 0]);
}

#[test]
fn eight_workers_in_two_processes_finish_exactly_so_many() {
    exactly_a_hundred("");
}

#[test]
fn so_do_loops_that_finish_and_push_in_one_step() {
    exactly_a_hundred("fused = true\n");
}

#[test]
fn a_push_beyond_the_budget_is_refused_as_a_whole() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfinished = 3\nexact = true");
    scene.write("points.csv", "x\n1\n-2\n3\n");
    scene.host("push run.toml points.csv").ok();
    scene.write("more.csv", "x\n4\n");
    let said = scene.host("push run.toml more.csv");
    said.ends_with_code(2).says("The budget of this run allows 0 more tasks").says("raise `[stop] finished`");
    assert_eq!(scene.snapshot().counts(), [3, 0, 0, 0]);

    // The failed task frees its place.
    let run = scene.start("run run.toml");
    scene.wait_for_counts("one has failed", |[_, _, finished, failed]| finished == 2 && failed == 1);
    scene.host("push run.toml more.csv").ok();
    run.wait().ok().shows("3 finished, 1 failed");
}

#[test]
fn batches_that_do_not_fit_and_tasks_that_fail_leave_no_place_empty() {
    let scene = Scene::with_redis();
    scene.run_file(guest("batches"), WORKERS);
    let run = scene.host("run run.toml");
    run.ok().shows("Workers: 8 terminated (returned)");
    let [queued, running, finished, failed] = scene.snapshot().counts();
    assert!([queued, running, finished] == [0, 0, 100] && failed > 0, "{run}");
}

/// Stops a process while tasks of it are running.
fn stop_with_tasks(scene: &Scene, process: &Process) {
    let workers = process.workers();
    let running = || {
        let tasks = scene.snapshot().tasks();
        let is_its = |owner: &Option<String>| owner.as_ref().is_some_and(|owner| workers.contains(owner));
        tasks.values().filter(|task| task.states == ["running"] && is_its(&task.worker_id)).count()
    };
    rush_tests::eventually("a process is stopped in the midst of tasks", || {
        process.signal(Signal::STOP);
        // What it sent before is on its way: what both looks find will not be finished.
        if running() > 0 && running() > 0 {
            return true;
        }
        process.signal(Signal::CONT);
        false
    });
}

fn a_killed_process_is_replaced(args: &str) {
    let scene = Scene::with_redis();
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10m\"\n[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";
    let workers = WORKERS.replace("100", "4000");
    scene.run_file(guest("inline_search"), &format!("{tables}{args}{workers}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("the run is under way", |[_, _, finished, _]| finished > 20);
    let dying = scene.host_processes(2).swap_remove(0);
    stop_with_tasks(&scene, &dying);
    // The others have done what they can: all places are taken, some of them by tasks that will never be finished.
    scene.wait_for_counts("no place is left", |[_, running, finished, _]| {
        running > 0 && finished < 4000 && running + finished == 4000
    });
    dying.kill();
    let said = run.wait();
    said.ok().shows("Workers: 4 lost, 4 terminated (returned)");
    let [queued, running, finished, failed] = scene.snapshot().counts();
    assert!([queued, running, finished] == [0, 0, 4000] && (1..=4).contains(&failed), "{said}");
}

#[test]
fn the_last_tasks_of_a_killed_process_are_replaced() {
    a_killed_process_is_replaced("");
}

#[test]
fn so_are_they_by_loops_that_finish_and_push_in_one_step() {
    a_killed_process_is_replaced("fused = true\n");
}

#[test]
fn queued_tasks_that_nobody_evaluates_do_not_keep_a_run_alive() {
    let scene = Scene::with_redis();
    let bounds = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";
    scene.run_file(guest("inline_search"), &format!("{bounds}{WORKERS}"));
    scene.push([1.0]);
    let said = scene.host("run run.toml");
    said.ends_with_code(7).shows("1 queued, 0 running, 99 finished, 0 failed");
    said.says("what [stop] asks for is not reached");
}
