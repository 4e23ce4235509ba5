//! A cable is pulled out and put in again, while workers on both of its ends work on the same tasks.

use rush_test_redis::{Options, Snapshot};
use rush_tests::{Machine, Scene, eventually, guest};

const RANDOM_SEARCH: &str = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";

/// A scene with a Redis on a port, and a machine that reaches it.
fn scene_and_machine() -> Option<(Scene, Machine)> {
    let scene = Scene::with_redis_that(Options { tcp: true, ..Options::default() });
    let machine = Machine::start()?;
    Some((scene, machine))
}

/// Starts a worker on each of the two machines: first here, then there.
fn start_both(scene: &Scene, machine: &Machine) -> [String; 2] {
    scene.host("start run.toml -n 1").ok();
    let url = machine.redis_url(scene);
    scene.host(&format!("start run.toml -n 1 --redis {url} {}", machine.launcher())).ok();
    let workers = scene.host("workers run.toml --format jsonl").jsonl();
    let of = |remote: bool| {
        let worker = workers.iter().find(|worker| worker["remote"] == remote);
        let worker = worker.unwrap_or_else(|| panic!("remote = {remote}: {workers:?}"));
        assert_eq!(worker["hostname"] == machine.hostname(), remote, "{worker}");
        worker["worker_id"].as_str().expect("it is text").to_owned()
    };
    [of(false), of(true)]
}

/// Starts a worker there, from there.
fn start_there(scene: &Scene, machine: &Machine) -> String {
    let url = machine.redis_url(scene);
    machine.host(scene, &format!("start run.toml -n 1 --redis {url}")).wait().ok();
    let workers: Vec<String> = scene.snapshot().workers().into_keys().collect();
    assert_eq!(workers.len(), 1);
    workers.concat()
}

fn state(snapshot: &Snapshot, worker: &str) -> &'static str {
    snapshot.workers()[worker].state
}

/// Milliseconds until this worker's last sign of life expires; none if it has.
fn silence_left(scene: &Scene, worker: &str) -> Option<i64> {
    let mut connection = scene.redis().connection();
    let key = format!("test:{worker}:heartbeat");
    let left: i64 = redis::cmd("PTTL").arg(key).query(&mut connection).expect("Redis answers");
    (left >= 0).then_some(left)
}

#[test]
fn a_short_cut_costs_nobody_anything() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    scene.run_file(guest("queue"), "[heartbeat]\nperiod = \"100ms\"\nexpire = \"20s\"\n");
    let [here, there] = start_both(&scene, &machine);
    machine.cut();
    eventually("several beats are missing", || silence_left(&scene, &there).unwrap() < 19_000);
    scene.push((0..20).map(f64::from));
    // Who is left works on.
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    machine.restore();
    eventually("it beats again", || silence_left(&scene, &there).unwrap() > 19_500);
    let snapshot = scene.snapshot();
    assert_eq!([state(&snapshot, &here), state(&snapshot, &there)], ["running", "running"]);

    // It works, too: the other one is killed, so that nobody else can.
    scene.host(&format!("stop run.toml --kill {here}")).ok();
    scene.push((0..20).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 40, 0]);
    scene.host("stop run.toml").ok();
    assert_eq!(state(&scene.snapshot(), &there), "terminated");
}

#[test]
fn who_is_cut_off_for_too_long_is_buried_and_what_it_writes_counts_no_more() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    let heartbeat = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n";
    scene.run_file(guest("inline_search"), &format!("{RANDOM_SEARCH}{heartbeat}"));
    let [here, there] = start_both(&scene, &machine);
    let finished_by = |snapshot: &Snapshot, worker: &str| {
        let tasks = snapshot.tasks();
        let mine = tasks.values().filter(|task| task.worker_id.as_deref() == Some(worker));
        mine.filter(|task| task.states == ["finished"]).count()
    };
    scene.wait_for_counts("both work", |counts| counts[2] > 50);
    machine.cut();
    eventually("it is buried by the other", || state(&scene.snapshot(), &there) == "lost");
    let buried = scene.snapshot();
    assert_eq!(state(&buried, &here), "running");
    assert!(buried.counts()[3] <= 1, "only what it was working on has failed: {:?}", buried.counts());

    // It still computes: it does not know.
    assert_eq!(scene.host_processes(2).len(), 2);
    machine.restore();
    scene.host_processes(1);
    scene.host("stop run.toml").ok();
    let after = scene.snapshot();
    assert_eq!(state(&after, &there), "lost");
    assert_eq!(finished_by(&after, &there), finished_by(&buried, &there));
    assert_eq!(after.counts()[3], buried.counts()[3]);
}

#[test]
fn what_was_popped_by_who_is_cut_off_is_taken_on_by_another() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n[tasks]\non_lost = \"requeue\"\n";
    scene.run_file(guest("holds"), tables);
    let there = start_there(&scene, &machine);
    let key = scene.push([1.0]).remove(0);
    let owner = || scene.snapshot().tasks()[key.as_str()].worker_id.clone();
    eventually("it is popped over there", || owner().as_ref() == Some(&there));
    machine.cut();
    scene.host("start run.toml -n 1").ok();
    eventually("another has it", || owner().is_some_and(|owner| owner != there));
    assert_eq!((state(&scene.snapshot(), &there), scene.snapshot().counts()), ("lost", [0, 1, 0, 0]));
    machine.restore();
    scene.host_processes(1);
    assert_ne!(owner(), Some(there));
    scene.host("stop run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 1, 0]);
}

#[test]
fn a_kill_holds_at_once_although_it_cannot_be_heard() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    scene.run_file(guest("busy"), "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10m\"\n");
    let there = start_there(&scene, &machine);
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    machine.cut();
    scene.host("stop run.toml --kill").ok().says("Killed 1 worker");
    assert_eq!((state(&scene.snapshot(), &there), scene.snapshot().counts()), ("killed", [0, 0, 0, 1]));
    assert_eq!(scene.host_processes(1).len(), 1, "it does not know");
    machine.restore();
    scene.host_processes(0);
    assert_eq!((state(&scene.snapshot(), &there), scene.snapshot().counts()), ("killed", [0, 0, 0, 1]));
}

#[test]
fn a_request_to_end_is_heard_when_the_cable_is_in_again() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    scene.run_file(guest("sleeper"), "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10m\"\n");
    let there = start_there(&scene, &machine);
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    machine.cut();
    scene.host("stop run.toml --terminate").ok();
    assert_eq!((state(&scene.snapshot(), &there), scene.snapshot().counts()), ("running", [0, 1, 0, 0]));
    machine.restore();
    scene.host_processes(0);
    assert_eq!((state(&scene.snapshot(), &there), scene.snapshot().counts()), ("terminated", [0, 0, 1, 0]));
}

#[test]
fn who_is_cut_off_alone_is_buried_by_nobody() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    scene.run_file(guest("queue"), "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n");
    let there = start_there(&scene, &machine);
    machine.cut();
    eventually("its heartbeat has expired", || silence_left(&scene, &there).is_none());
    machine.restore();
    eventually("it beats again", || silence_left(&scene, &there).is_some());
    assert_eq!(state(&scene.snapshot(), &there), "running");
    scene.push((0..20).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    scene.host("stop run.toml").ok();
}

#[test]
fn a_worker_that_is_started_again_elsewhere_is_not_two() {
    let Some((scene, machine)) = scene_and_machine() else { return };
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n[workers]\nrestart = \"on-lost\"\n";
    scene.run_file(guest("sleeper"), tables);
    let [_, there] = start_both(&scene, &machine);
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    machine.cut();
    let again = || scene.snapshot().workers()[&there].incarnation == 2;
    eventually("it is buried, and started again here", again);
    scene.wait_for_counts("the first one's task has failed, the second has another", |counts| {
        counts == [0, 2, 0, 1]
    });
    assert_eq!(scene.host_processes(3).len(), 3);
    machine.restore();
    // The one over there hears that it has lost its name.
    scene.host_processes(2);
    let snapshot = scene.snapshot();
    assert_eq!((snapshot.counts(), state(&snapshot, &there)), ([0, 2, 0, 1], "running"));
    scene.host("stop run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 1]);
}
