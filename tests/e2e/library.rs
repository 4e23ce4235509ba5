//! `rush-launch` as a library: a program that starts, awaits and stops workers of a run file.

use rush_tests::{Scene, guest, host};

const FOUR: &str = "[workers]\ncount = 4\nprocesses = 2\n";

#[test]
fn a_program_starts_awaits_and_stops_workers_of_a_run_file() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), FOUR);
    let said = scene.example("workers", &format!("run.toml {}", host().display())).wait();
    said.ok()
        .shows("4 workers are running at ")
        .shows("100 tasks finished")
        .shows("4 workers asked to end, 0 killed");
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.counts(), [0, 0, 100, 0]);
    assert!(snapshot.workers().values().all(|worker| worker.state == "terminated"));
}

#[test]
fn it_gets_a_private_redis_as_well() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), FOUR);
    let said = scene.example("workers", &format!("run.toml {}", host().display())).wait();
    said.ok().shows("100 tasks finished");
    scene.nothing_is_left();
    assert_eq!(scene.host("status run.toml --json").json()["workers"]["terminated"], 4);
}

#[test]
fn what_goes_wrong_is_an_error_that_says_so() {
    let scene = Scene::with_redis();
    scene.run_file(guest("other_world"), "");
    let said = scene.example("workers", &format!("run.toml {}", host().display())).wait();
    said.ends_with_code(1).says("EndedEarly");
}
