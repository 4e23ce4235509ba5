//! `[stop] exact = true`: not one task more.

use rush_tests::{Scene, guest, plugin};

const WORKERS: &str = "[workers]\ncount = 8\nprocesses = 2\n[stop]\nfinished = 100\nexact = true\n";

fn exactly_a_hundred(args: &str) {
    let scene = Scene::with_redis();
    let bounds = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";
    scene.run_file(plugin("random_search"), &format!("{bounds}{args}{WORKERS}"));
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
