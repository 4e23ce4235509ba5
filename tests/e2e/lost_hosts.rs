//! Host processes that die: it is noticed, only their tasks fail, and everybody else goes on.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use rush_test_redis::Snapshot;
use rush_tests::{Process, Scene, eventually, guest};
use rustix::process::Signal;

const TWO_AND_TWO: &str = "[workers]\ncount = 4\nprocesses = 2\n";
/// Nobody waits for this in a test: whatever is noticed sooner is noticed by other means.
const NO_BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10m\"\n";
const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";

/// Asserts that of these tasks exactly the dead host's failed, and why.
fn only_its_tasks_failed(scene: &Scene, snapshot: &Snapshot, dead: &Process) {
    let dead: BTreeSet<String> = dead.workers().into_iter().collect();
    assert_eq!(dead.len(), 2);
    for (id, worker) in snapshot.workers() {
        assert_eq!(worker.state == "lost", dead.contains(&id), "{id}: {worker:?}");
    }
    for (key, task) in snapshot.tasks() {
        let owner = task.worker_id.clone().expect("each was running");
        assert_eq!(task.states == ["failed"], dead.contains(&owner), "{key}: {task:?}");
    }
    for task in scene.host("tasks run.toml --state failed --format jsonl").jsonl() {
        assert_eq!(task["condition"]["kind"], "lost", "{task}");
        assert_eq!(task["condition"]["message"], "Worker has crashed or was killed", "{task}");
    }
}

#[test]
fn the_manager_buries_a_child_at_once_and_only_its_tasks_fail() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{NO_BURIAL_SOON}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);

    let dead = scene.host_processes(2).swap_remove(0);
    let begun = Instant::now();
    dead.kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    only_its_tasks_failed(&scene, &snapshot, &dead);
    run.wait_until_it_says("2 workers lost");

    // The others go on, and end well.
    scene.push([1.0, 2.0, 3.0]);
    scene.wait_for_counts("the others work", |counts| counts == [0, 2, 3, 2]);
    run.signal(Signal::INT);
    run.wait()
        .ends_with_code(130)
        .shows("Workers: 2 lost, 2 terminated (returned)")
        .shows("5 finished, 2 failed");
}

#[test]
fn workers_that_compute_without_a_break_are_buried_as_well() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), &format!("{TWO_AND_TWO}{NO_BURIAL_SOON}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let hosts = scene.host_processes(2);
    hosts[0].kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    only_its_tasks_failed(&scene, &snapshot, &hosts[0]);
    hosts[1].kill();
    let said = run.wait();
    said.ends_with_code(7).shows("Workers: 4 lost").shows("Tasks: 0 queued, 0 running, 0 finished, 4 failed");
    said.says("the run ended for want of workers");
}

#[test]
fn a_run_whose_only_process_hangs_ends() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{BURIAL_SOON}[stop]\nfinished = 1\n"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    scene.host_processes(1)[0].signal(Signal::STOP);
    let said = run.wait();
    said.ends_with_code(7).shows("Workers: 1 lost").shows("0 finished, 1 failed");
    scene.nothing_is_left();
}

#[test]
fn a_run_that_reaches_its_goal_in_spite_of_a_death_is_a_success() {
    let scene = Scene::with_redis();
    scene.run_file(guest("inline_search"), &format!(
        "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n{TWO_AND_TWO}{NO_BURIAL_SOON}[stop]\nfinished = 4000"
    ));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("the run is under way", |counts| counts[2] > 20);
    scene.host_processes(2)[0].kill();
    let said = run.wait();
    said.ok().shows("Workers: 2 lost, 2 terminated (returned)");
    let [queued, running, finished, failed] = scene.snapshot().counts();
    assert!((queued, running) == (0, 0) && finished >= 4000 && failed <= 2, "{said}");
}

#[test]
fn another_process_buries_when_there_is_no_manager() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let dead = scene.host_processes(2).swap_remove(0);
    dead.kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    only_its_tasks_failed(&scene, &snapshot, &dead);
    scene.host("stop run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 2]);
}

#[test]
fn a_process_that_wakes_up_after_its_burial_writes_nothing_more() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let sleeping = scene.host_processes(2).swap_remove(0);
    sleeping.signal(Signal::STOP);
    scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    sleeping.signal(Signal::CONT);
    let left = scene.host_processes(1);
    assert_ne!(left[0].pid, sleeping.pid);
    only_its_tasks_failed(&scene, &scene.snapshot(), &sleeping);
    scene.host("stop run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 2]);
}

#[test]
fn children_of_a_killed_manager_end_by_themselves() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), TWO_AND_TWO);
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    run.signal(Signal::KILL);
    assert_eq!(run.wait().code(), None);
    // As with a first Ctrl-C: after their task.
    let snapshot = scene.wait_for_counts("each has finished its task", |counts| counts == [0, 0, 4, 0]);
    eventually("all workers have ended well", || {
        scene.snapshot().workers().values().all(|worker| worker.state == "terminated")
    });
    assert_eq!(snapshot.workers().len(), 4);
}

#[test]
fn children_of_a_killed_manager_that_do_not_end_are_killed_after_the_grace() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), &format!("{TWO_AND_TWO}[stop]\ngrace = \"200ms\""));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    run.signal(Signal::KILL);
    assert_eq!(run.wait().code(), None);
    let snapshot = scene.wait_for_counts("their tasks have failed", |counts| counts == [0, 0, 0, 4]);
    assert!(snapshot.workers().values().all(|worker| worker.state == "killed"), "{:?}", snapshot.workers());
}

/// Every task is done in the end: what the dead had popped goes back to the queue, and their workers come back.
#[test]
fn one_of_three_processes_is_killed_again_and_again_while_all_are_busy() {
    const ROUNDS: usize = 50;
    const TASKS: usize = 100;
    let scene = Scene::with_redis();
    scene.run_file(
        guest("queue"),
        &format!(
            "[workers]\ncount = 6\nprocesses = 3\nrestart = \"on-lost\"\nmax_restarts = 1000\n\
             [tasks]\non_lost = \"requeue\"\nmax_attempts = 1000\n{NO_BURIAL_SOON}"
        ),
    );
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(6);
    for round in 1..=ROUNDS {
        let hosts = scene.host_processes(3);
        scene.push((0..TASKS).map(|x| f64::from(u32::try_from(x).unwrap())));
        hosts[round % 3].kill();
        // Each look checks that nothing is in two places or in none.
        scene.wait_for_counts("all tasks are finished", |counts| counts == [0, 0, TASKS * round, 0]);
        let snapshot = scene.wait_for_running_workers(6);
        assert_eq!(snapshot.workers().len(), 6);
    }
    run.signal(Signal::INT);
    let said = run.wait();
    said.ends_with_code(130).shows("Workers: 6 terminated (returned)");
    assert_eq!(said.talk.matches("Starting 2 lost workers again: ").count(), ROUNDS, "{said}");
}

#[test]
fn what_was_popped_is_tried_again_so_often_and_then_fails() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("holds"),
        &format!(
            "[workers]\nrestart = \"on-lost\"\nmax_restarts = 5\n\
             [tasks]\non_lost = \"requeue\"\nmax_attempts = 3\n{NO_BURIAL_SOON}"
        ),
    );
    let run = scene.start("run run.toml");
    let key = scene.push([1.0]).remove(0);
    let attempts = || {
        let mut hget = redis::cmd("HGET");
        hget.arg(key.as_str()).arg("attempts");
        hget.query::<Option<u32>>(&mut scene.redis().connection()).unwrap()
    };
    for attempt in 1..=3 {
        eventually("it is popped once more", || attempts() == Some(attempt));
        assert_eq!(scene.snapshot().counts(), [0, 1, 0, 0]);
        scene.host_processes(1)[0].kill();
    }
    scene.wait_for_counts("it has failed", |counts| counts == [0, 0, 0, 1]);
    let failed = &scene.host("tasks run.toml --state failed --format jsonl").jsonl()[0];
    assert_eq!(failed["condition"]["message"], "Worker has crashed or was killed");

    // Who is killed on purpose is not lost: its task fails at once.
    scene.wait_for_running_workers(1);
    scene.push([2.0]);
    scene.wait_for_counts("it has another", |counts| counts == [0, 1, 0, 1]);
    scene.host("stop run.toml --kill").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 2]);
    run.wait().ends_with_code(7).shows("Workers: 1 killed");
}

#[test]
fn a_killed_manager_takes_its_own_workers_and_no_others() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), "[workers]\ncount = 2\nprocesses = 1\n");
    scene.host("start run.toml").ok();
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    run.signal(Signal::KILL);
    run.wait();
    scene.wait_for_counts("its own have finished their tasks", |counts| counts == [0, 2, 2, 0]);
    scene.wait_for_running_workers(2);
    scene.push([1.0, 2.0, 3.0]);
    scene.wait_for_counts("the others go on", |counts| counts == [0, 2, 5, 0]);
    scene.host("stop run.toml").ok().says("Asked 2 workers");
}

/// Managers that do not see processes die look at heartbeats: here two of them, at the same ones.
#[test]
fn two_managers_bury_at_once_and_each_worker_is_buried_once() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("busy"),
        &format!(
            "[workers]\ncount = 4\nprocesses = 2\n{BURIAL_SOON}[stop]\nfinished = 1\n\
             [launcher.command]\nargv = [\"sh\", \"-c\", \"exec {{script}}\"]\n"
        ),
    );
    let runs = [scene.start("run run.toml"), scene.start("run run.toml")];
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 8, 0, 0]);
    scene.host_processes(4).iter().for_each(Process::kill);
    let said = runs.map(rush_tests::Running::wait);
    let mut buried = 0;
    for run in &said {
        run.ends_with_code(7).shows("Workers: 4 lost");
        buried += run.talk.matches("buried a worker whose heartbeat was missing").count();
    }
    assert_eq!(buried, 8, "{} {}", said[0], said[1]);
    assert_eq!(scene.snapshot().counts(), [0, 0, 0, 8]);
}

#[test]
fn a_full_redis_keeps_nobody_from_being_buried() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), &format!("{TWO_AND_TWO}{NO_BURIAL_SOON}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 4, 0, 0]);
    let full = |bytes: u32| {
        let mut set = redis::cmd("CONFIG");
        set.arg("SET").arg("maxmemory").arg(bytes).exec(&mut scene.redis().connection()).unwrap();
    };
    full(1);
    let dead = scene.host_processes(2).swap_remove(0);
    dead.kill();
    let snapshot = scene.wait_for_counts("its tasks have failed", |counts| counts == [0, 2, 0, 2]);
    only_its_tasks_failed(&scene, &snapshot, &dead);
    full(0);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 2 lost, 2 terminated (returned)");
}
