//! `runs/queue.toml` as it stands: points of a file are evaluated by workers, and exported.

use std::f64::consts::PI;

use rush_tests::{Scene, repository};
use serde_json::Value;

const PUSH: &str = "push run.toml data/points.csv";
const DONE: &str = "Tasks: 0 queued, 0 running, 20 finished, 0 failed";

fn scene() -> Scene {
    let scene = Scene::new();
    scene.shipped("queue.toml");
    scene
}

/// `x1`, `x2` and `y` of all tasks of a network, sorted.
fn rows(scene: &Scene, network: &str) -> Vec<[f64; 3]> {
    let command = format!("tasks run.toml --set network={network} --format jsonl");
    let number = |row: &Value, name: &str| row[name].as_f64().unwrap_or_else(|| panic!("{name}: {row}"));
    let rows = scene.host(&command).jsonl();
    let mut rows: Vec<_> = rows.iter().map(|row| ["x1", "x2", "y"].map(|name| number(row, name))).collect();
    rows.sort_by(|a, b| a.partial_cmp(b).expect("nothing is NaN"));
    rows
}

/// The points of the file with what the Branin function is there, sorted.
fn expected() -> Vec<[f64; 3]> {
    let file = std::fs::read_to_string(repository().join("runs/data/points.csv")).expect("it is shipped");
    let branin = |line: &str| {
        let (x1, x2) = line.split_once(',').expect("two columns");
        let (x1, x2): (f64, f64) = (x1.parse().expect("a number"), x2.parse().expect("a number"));
        let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
        [x1, x2, valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0]
    };
    let mut rows: Vec<_> = file.lines().skip(1).map(branin).collect();
    rows.sort_by(|a, b| a.partial_cmp(b).expect("nothing is NaN"));
    rows
}

#[track_caller]
fn assert_evaluated(rows: &[[f64; 3]]) {
    let expected = expected();
    assert_eq!(rows.len(), expected.len());
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row[..2], expected[..2]);
        assert!((row[2] - expected[2]).abs() < 1e-9, "{row:?}: {expected:?}");
    }
}

#[test]
fn points_of_a_file_are_evaluated_and_come_back_as_parquet() {
    let scene = scene();
    scene.host(PUSH).ok().says("Pushed 20 tasks");
    scene.host("run run.toml").ok().shows(DONE).says("Results: results/queue.parquet");
    assert_evaluated(&rows(&scene, "queue"));
    scene.host("tasks run.toml -o again.parquet").ok().says("Wrote 20 tasks");
    // `push` reads Parquet; into other networks here.
    for (file, network) in [("results/queue.parquet", "back"), ("again.parquet", "again")] {
        let said = scene.host(&format!("push run.toml {file} --set network={network} --columns x1,x2,y"));
        said.ok().says("Pushed 20 tasks");
        assert_evaluated(&rows(&scene, network));
    }
    scene.nothing_is_left();
}

#[test]
fn a_run_waits_for_the_first_task_and_ends_with_the_last() {
    let scene = scene();
    let mut run = scene.start("run run.toml");
    run.wait_until_it_says("Starting 4 workers");
    scene.host(PUSH).ok();
    run.wait_at_most(rush_tests::PATIENCE).ok().shows(DONE);
    assert_evaluated(&rows(&scene, "queue"));
}

#[test]
fn started_workers_wait_for_the_first_task_and_end_with_the_last() {
    let scene = scene();
    scene.host("start run.toml").ok();
    scene.host(PUSH).ok();
    scene.host("wait run.toml").ok().says(DONE);
    assert_evaluated(&rows(&scene, "queue"));
    scene.nothing_is_left();
}

#[test]
fn workers_that_start_after_the_tasks_end_with_the_last() {
    let scene = scene();
    scene.host(PUSH).ok();
    scene.host("start run.toml").ok();
    scene.host("wait run.toml").ok();
    assert_evaluated(&rows(&scene, "queue"));
    scene.nothing_is_left();
}

#[test]
fn a_network_goes_on_with_what_is_new() {
    let scene = scene();
    for finished in [20, 40] {
        scene.host(PUSH).ok();
        let run = scene.host("run run.toml");
        run.ok().shows(&format!("Tasks: 0 queued, 0 running, {finished} finished, 0 failed"));
    }
    // With nothing new there is nothing to wait for.
    scene.host("run run.toml").ok().shows("Tasks: 0 queued, 0 running, 40 finished, 0 failed");
}

#[test]
fn batches_give_the_same_results() {
    let scene = scene();
    scene.host(PUSH).ok();
    scene.host("run run.toml --set loop.args.batch=7").ok().shows(DONE);
    assert_evaluated(&rows(&scene, "queue"));
}

#[test]
fn points_that_cannot_be_evaluated_fail_and_hold_nothing_up() {
    let scene = scene();
    scene.write("wrong.csv", "x1,x2\n1,2\none,two\n3,4\n");
    scene.host("push run.toml wrong.csv").ok();
    scene.host("run run.toml").ok().shows("0 queued, 0 running, 0 finished, 3 failed");
    scene.host(PUSH).ok();
    scene.host("run run.toml").ok().shows("0 queued, 0 running, 20 finished, 3 failed");
}
