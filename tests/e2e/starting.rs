//! `start`: workers that outlive whoever started them.

use rush_tests::{Process, Scene, guest};
use rustix::process::Signal;

#[test]
fn started_workers_outlive_the_starter_and_keep_the_private_redis_alive() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "[workers]\ncount = 2\nprocesses = 1\n");
    let start = scene.host("start run.toml");
    start
        .ok()
        .says("2 workers registered. What they say: .rush/test/workers.log")
        .says("rush-host stop run.toml");
    assert_eq!(scene.host("status run.toml --json").json()["workers"]["running"], 2);
    let processes = scene.processes();
    assert_eq!(processes.iter().filter(|process| process.is_host()).count(), 1, "{processes:#?}");
    assert_eq!(processes.iter().filter(|process| process.is_keeper()).count(), 1, "{processes:#?}");
    assert_eq!(processes.iter().filter(|process| process.is_redis()).count(), 1, "{processes:#?}");

    scene.host("stop run.toml").ok().says("Asked 2 workers to end after their task");
    scene.nothing_is_left();
    // Its data are kept, as after a run.
    assert_eq!(scene.host("status run.toml --json").json()["workers"]["terminated"], 2);
}

#[test]
fn more_workers_may_be_added_to_a_running_network() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 1\n");
    scene.host("start run.toml").ok().says("1 worker registered");
    scene.host("start run.toml -n 3").ok().says("3 workers registered");
    let run = scene.start("run run.toml --workers 2");
    scene.wait_for_running_workers(6);
    scene.push((0..100).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 100, 0]);
    run.signal(Signal::INT);
    // The run's own workers end with it, the others go on.
    run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)");
    assert_eq!(scene.wait_for_running_workers(4).workers().len(), 6);
    scene.host("stop run.toml").ok();
}

#[test]
fn what_started_workers_say_is_in_their_log() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "");
    scene.host("start run.toml").ok();
    scene.nothing_is_left();
    let log = scene.read(".rush/test/workers.log");
    assert!(log.contains("warn tests/rush: a warning") && !log.contains('\u{1b}'), "{log}");
    scene.host("start run.toml").ok();
    scene.nothing_is_left();
    let log = scene.read(".rush/test/workers.log");
    let headers =
        log.lines().filter(|line| line.starts_with("--- 2") && line.ends_with("UTC: workers are started"));
    assert_eq!(headers.count(), 2, "{log}");
}

#[test]
fn a_stop_condition_ends_started_workers_without_any_manager() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("inline_search"),
        "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n[workers]\ncount = 2\n[stop]\nfinished = 50\n",
    );
    scene.host("start run.toml").ok();
    scene.nothing_is_left();
    let snapshot = scene.snapshot();
    assert!(snapshot.counts()[2] >= 50, "{:?}", snapshot.counts());
    assert!(snapshot.workers().values().all(|worker| worker.state == "terminated"));
}

#[test]
fn a_reset_ends_workers_that_are_still_running() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), "[workers]\ncount = 2\n");
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene
        .host("reset run.toml")
        .ok()
        .says("is reset: 2 workers, 2 tasks deleted; 2 workers will notice and end");
    scene.nothing_is_left();
    let left: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut scene.redis().connection()).unwrap();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn workers_wait_for_a_full_redis_to_have_room_again() {
    let scene = Scene::with_redis();
    let full = |bytes: u32| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(bytes).exec(&mut scene.redis().connection()).unwrap();
    };
    scene.run_file(guest("queue"), "[workers]\ncount = 3\n");
    let line = scene.host("script run.toml").ok().data.clone();
    let again = scene.host("script run.toml --set workers.start_timeout=300ms").ok().data.clone();
    full(1);
    let in_vain = scene.shell(&again).wait();
    in_vain.ends_with_code(4).says("Redis cannot store any more; make room");
    let waits = scene.shell(&line);
    waits.wait_until_it_says("workers wait for Redis: Redis cannot store any more");
    full(0);
    scene.wait_for_running_workers(3);
    scene.host("stop run.toml").ok();
    waits.wait().ok();
}

#[test]
fn a_host_process_can_be_started_by_hand() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.host("start run.toml").ok();
    let config = {
        let hosts = scene.host_processes(1);
        let at = hosts[0].command.iter().position(|word| word == "--config").expect("it was told");
        hosts[0].command[at + 1].clone()
    };
    scene.write("redis-url", scene.redis().url());
    let worker = format!("worker --network test --config {config} --workers 2 --redis-file redis-url");
    scene.host(&worker).ends_with_code(4).says("may be read by others").says("`chmod 600` it");
    std::fs::set_permissions(scene.path("redis-url"), std::os::unix::fs::PermissionsExt::from_mode(0o600))
        .unwrap();
    let by_hand = scene.start(&worker);
    scene.wait_for_running_workers(3);
    scene.host("stop run.toml").ok().says("Asked 3 workers");
    by_hand.wait().ok();
    let unknown = scene.host(&worker.replace(&config, &"0".repeat(64)));
    unknown.ends_with_code(4).says("holds no configuration");
    assert!(scene.processes().iter().all(|process| !Process::is_host(process)));
}

#[test]
fn what_started_processes_warn_of_has_its_time() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), "[stop]\nafter = \"100ms\"\ngrace = \"100ms\"");
    scene.host("start run.toml").ok();
    scene.nothing_is_left();
    let log = scene.read(".rush/test/workers.log");
    let warning = log.lines().find(|line| line.contains("workers did not end within")).expect(&log);
    assert!(warning.starts_with("20") && warning.contains("Z  WARN"), "{warning}");
}

#[test]
fn an_interrupted_start_leaves_nothing_that_begins_later() {
    let scene = Scene::with_redis();
    // What is slow is at the launcher, so that the interrupt comes in between.
    let launcher = "[launcher.command]\nargv = [\"sh\", \"-c\", \"sleep 60; {script}\"]\n";
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 2\n{launcher}"));
    let start = scene.start("start run.toml");
    start.wait_until_it_says("Starting ");
    start.signal(Signal::INT);
    start.wait().ends_with_code(130).says("interrupted: ");
    scene.nothing_is_left();
    assert!(scene.snapshot().workers().is_empty());
}
