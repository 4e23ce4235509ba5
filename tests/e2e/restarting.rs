//! Workers that are started again: by hand, by the manager, and by whoever has buried them.

use rush_test_redis::Snapshot;
use rush_tests::{Process, Scene, eventually, eventually_some, guest};
use rustix::process::Signal;

/// Nobody waits for this in a test: whatever is noticed sooner is noticed by other means.
const NO_BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"10m\"\n";
const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";

fn scene(name: &str, tables: &str) -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(guest(name), tables);
    scene
}

/// Of each worker: its id, its state, and its incarnation.
fn workers(scene: &Scene) -> Vec<(String, &'static str, u64)> {
    let snapshot = scene.snapshot();
    let incarnation = |id: &str| -> u64 {
        let key = format!("test:{id}");
        let mut hget = redis::cmd("HGET");
        hget.arg(key).arg("incarnation");
        hget.query(&mut scene.redis().connection()).expect("each worker has one")
    };
    snapshot.workers().iter().map(|(id, worker)| (id.clone(), worker.state, incarnation(id))).collect()
}

fn all_are(scene: &Scene, state: &str, incarnation: u64) -> bool {
    workers(scene).iter().all(|worker| worker.1 == state && worker.2 == incarnation)
}

/// The process that carries a worker now.
fn host_of(scene: &Scene, id: &str) -> Process {
    let carries =
        |process: &Process| process.is_host() && process.workers().iter().any(|worker| worker == id);
    eventually_some("a process carries the worker", || scene.processes().into_iter().find(carries))
}

fn wait_for_counts(scene: &Scene, what: &str, counts: [usize; 4]) -> Snapshot {
    scene.wait_for_counts(what, |found| found == counts)
}

/// The URL of Redis, in a file for workers that are started by hand.
fn write_url(scene: &Scene) {
    scene.write("url", scene.redis().url());
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(scene.path("url"), mode).expect("it was just written");
}

#[test]
fn by_hand_in_whatever_way_they_ended() {
    let scene = scene("sleeper", "[workers]\ncount = 3\nprocesses = 3\nseed = 1\n");
    scene.host("start run.toml").ok();
    wait_for_counts(&scene, "each worker has a task", [0, 3, 0, 0]);
    let ids: Vec<String> = workers(&scene).into_iter().map(|worker| worker.0).collect();
    scene.host(&format!("stop run.toml --kill {}", ids[0])).ok();
    scene.host(&format!("stop run.toml {}", ids[1])).ok();
    // What the run file says by now is for others.
    scene.run_file(guest("queue"), "");
    let before = host_of(&scene, &ids[2]);
    let said =
        scene.host(&format!("restart run.toml {} {} {} {} nobody_00000000", ids[0], ids[1], ids[2], ids[0]));
    said.ok()
        .says("2 workers registered again")
        .says(&format!("warning: worker `{}` is running, so it is skipped", ids[2]))
        .says("warning: worker `nobody_00000000` is unknown, so it is skipped");
    assert_eq!(host_of(&scene, &ids[2]), before);
    wait_for_counts(&scene, "both have a task again", [0, 3, 1, 1]);
    let mut incarnations: Vec<u64> = workers(&scene).into_iter().map(|worker| worker.2).collect();
    incarnations.sort_unstable();
    assert_eq!(incarnations, [1, 2, 2]);
    let local = scene.host("workers run.toml --format jsonl").jsonl();
    assert!(local.iter().all(|worker| worker["launcher"] == "local" && worker["state"] == "running"));
    scene.host("stop run.toml").ok().says("Asked 3 workers");
    scene.host("restart run.toml nobody_00000000").ok().says("No worker is to be started again");
    scene.host("restart run.toml").ends_with_code(2);
}

#[test]
fn one_that_was_buried_is_started_again_and_its_old_process_goes_on_in_vain() {
    let scene = scene("sleeper", &format!("[workers]\ncount = 2\nprocesses = 2\n{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    wait_for_counts(&scene, "each worker has a task", [0, 2, 0, 0]);
    let stopped = scene.host_processes(2).swap_remove(0);
    let id = stopped.workers().remove(0);
    stopped.signal(Signal::STOP);
    wait_for_counts(&scene, "it is buried", [0, 1, 0, 1]);
    scene.host(&format!("restart run.toml {id}")).ok().says("1 worker registered again");
    wait_for_counts(&scene, "it has a task again", [0, 2, 0, 1]);
    stopped.signal(Signal::CONT);
    eventually("the old process has ended", || {
        scene.processes().iter().all(|process| process.pid != stopped.pid)
    });
    assert_eq!(scene.snapshot().counts(), [0, 2, 0, 1]);
    let states: Vec<_> = workers(&scene).into_iter().map(|worker| worker.1).collect();
    assert_eq!(states, ["running", "running"]);
    scene.push([1.0, 2.0]);
    wait_for_counts(&scene, "both go on", [0, 2, 2, 1]);
    scene.host("stop run.toml").ok();
}

#[test]
fn twice_at_once_is_once() {
    let scene = scene("sleeper", "[workers]\ncount = 2\n");
    scene.host("start run.toml").ok();
    scene.host("stop run.toml").ok();
    let ids: Vec<String> = workers(&scene).into_iter().map(|worker| worker.0).collect();
    let words = format!("restart run.toml {} {}", ids[0], ids[1]);
    let both = [scene.start(&words), scene.start(&words)];
    for said in both.map(rush_tests::Running::wait) {
        // Whoever looks late finds them running.
        assert!(
            said.ok().talk.contains("2 workers registered again") || said.talk.contains("is running"),
            "{said}"
        );
    }
    wait_for_counts(&scene, "each has one task again", [0, 2, 2, 0]);
    assert!(all_are(&scene, "running", 2), "{:?}", workers(&scene));
    scene.host("stop run.toml").ok().says("Asked 2 workers");
}

#[test]
fn the_manager_starts_them_again_so_often_and_then_the_run_ends() {
    let scene = scene(
        "busy",
        &format!(
            "[workers]\ncount = 2\nprocesses = 1\nrestart = \"on-lost\"\nmax_restarts = 2\n{NO_BURIAL_SOON}[stop]\nfinished = 1\n"
        ),
    );
    let run = scene.start("run run.toml");
    for incarnation in 1..=3 {
        let failed = 2 * (incarnation - 1);
        scene.wait_for_counts("both have a task", |counts| counts == [0, 2, 0, failed]);
        assert!(all_are(&scene, "running", incarnation as u64), "{:?}", workers(&scene));
        scene.host_processes(1)[0].kill();
    }
    let said = run.wait();
    said.ends_with_code(7).shows("Workers: 2 lost").shows("0 finished, 6 failed");
    assert_eq!(said.talk.matches("Starting 2 lost workers again: ").count(), 2, "{said}");
    assert!(all_are(&scene, "lost", 3), "{:?}", workers(&scene));
}

#[test]
fn a_run_reaches_its_goal_although_its_only_process_dies() {
    let scene = scene(
        "sleeper",
        &format!("[workers]\nrestart = \"on-lost\"\n{NO_BURIAL_SOON}[stop]\nfinished = 4\n"),
    );
    let run = scene.start("run run.toml");
    wait_for_counts(&scene, "it has a task", [0, 1, 0, 0]);
    scene.host_processes(1)[0].kill();
    wait_for_counts(&scene, "it has a task again", [0, 1, 0, 1]);
    scene.push([1.0, 2.0, 3.0, 4.0]);
    let said = run.wait();
    said.ok().says("Starting 1 lost worker again: ").shows("Workers: 1 terminated (returned)");
}

#[test]
fn nobody_is_started_again_by_a_run_that_ends() {
    let scene = scene(
        "busy",
        &format!("[workers]\ncount = 2\nprocesses = 2\nrestart = \"on-lost\"\n{NO_BURIAL_SOON}"),
    );
    let run = scene.start("run run.toml");
    wait_for_counts(&scene, "each worker has a task", [0, 2, 0, 0]);
    run.signal(Signal::INT);
    run.wait_until_it_says("Workers end after their task");
    for host in scene.host_processes(2) {
        host.kill();
    }
    let said = run.wait();
    said.ends_with_code(130).shows("Workers: 2 lost").never_says("again:");
}

#[test]
fn a_stopped_process_of_a_run_is_replaced_when_its_workers_are_buried() {
    let scene = scene(
        "sleeper",
        &format!("[workers]\ncount = 2\nprocesses = 2\nrestart = \"on-lost\"\n{BURIAL_SOON}"),
    );
    let run = scene.start("run run.toml");
    wait_for_counts(&scene, "each worker has a task", [0, 2, 0, 0]);
    let stopped = scene.host_processes(2).swap_remove(0);
    stopped.signal(Signal::STOP);
    run.wait_until_it_says("Starting 1 lost worker again: ");
    wait_for_counts(&scene, "it has a task again", [0, 2, 0, 1]);
    stopped.signal(Signal::CONT);
    eventually("the old process has ended", || {
        scene.processes().iter().all(|process| process.pid != stopped.pid)
    });
    // Its end is nobody's any more.
    scene.push([1.0]);
    wait_for_counts(&scene, "the others go on", [0, 2, 1, 1]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)");
}

#[test]
fn a_run_ends_although_a_stopped_process_of_it_never_does() {
    let scene =
        scene("sleeper", &format!("[workers]\nrestart = \"on-lost\"\n{BURIAL_SOON}[stop]\nfinished = 2\n"));
    let run = scene.start("run run.toml");
    wait_for_counts(&scene, "it has a task", [0, 1, 0, 0]);
    scene.host_processes(1)[0].signal(Signal::STOP);
    // There is no other process that could bury it.
    run.wait_until_it_says("Starting 1 lost worker again: ");
    wait_for_counts(&scene, "it has a task again", [0, 1, 0, 1]);
    scene.push([1.0, 2.0]);
    let said = run.wait();
    said.ok().shows("Workers: 1 terminated (returned)").says("did not end with the last worker");
    scene.nothing_is_left();
}

#[test]
fn a_restart_that_fails_takes_nobody_with_it() {
    let scene = scene(
        "sleeper",
        &format!(
            "[workers]\ncount = 2\nprocesses = 2\nrestart = \"on-lost\"\nmax_restarts = 2\n{NO_BURIAL_SOON}\
             [stop]\nfinished = 1\n[log]\nmessage_log = \"logs\"\n"
        ),
    );
    let run = scene.start("run run.toml");
    wait_for_counts(&scene, "each worker has a task", [0, 2, 0, 0]);
    // Whoever begins now cannot write its messages.
    std::fs::remove_dir_all(scene.path("logs")).unwrap();
    scene.write("logs", "");
    scene.host_processes(2)[0].kill();
    eventually("it has been tried so often", || {
        run.talk().matches("Starting 1 lost worker again: ").count() == 2
    });
    scene.push([1.0]);
    run.wait().ok().shows("Workers: 1 lost, 1 terminated (returned)").shows("2 finished, 1 failed");
}

#[test]
fn without_a_manager_the_process_that_buries_starts_them_again() {
    let scene = scene(
        "sleeper",
        &format!(
            "[workers]\ncount = 3\nprocesses = 3\nrestart = \"on-lost\"\nmax_restarts = 1\n{BURIAL_SOON}"
        ),
    );
    scene.host("start run.toml").ok();
    wait_for_counts(&scene, "each worker has a task", [0, 3, 0, 0]);
    let dead = scene.host_processes(3).swap_remove(0);
    let id = dead.workers().remove(0);
    dead.kill();
    wait_for_counts(&scene, "it is back, and has a task", [0, 3, 0, 1]);
    let again = host_of(&scene, &id);
    assert_eq!(again.workers(), std::slice::from_ref(&id));
    // It outlives the process that has started it, as any other.
    for host in scene.host_processes(3).into_iter().filter(|host| *host != again) {
        host.signal(Signal::TERM);
    }
    eventually("the others have ended", || {
        workers(&scene).iter().filter(|worker| worker.1 == "running").count() == 1
    });
    assert!(workers(&scene).contains(&(id.clone(), "running", 2)), "{:?}", workers(&scene));
    // Once was enough: now it stays lost.
    scene.host("start run.toml -n 1").ok();
    again.kill();
    eventually("it is buried", || workers(&scene).contains(&(id.clone(), "lost", 2)));
    scene.push([1.0]);
    scene.host("stop run.toml").ok().says("Asked 1 worker");
}

#[test]
fn who_was_carried_by_one_process_is_so_again() {
    let scene = scene(
        "sleeper",
        &format!(
            "[workers]\ncount = 4\nprocesses = 1\nrestart = \"on-lost\"\nmax_restarts = 1\n{BURIAL_SOON}"
        ),
    );
    scene.host("start run.toml").ok();
    wait_for_counts(&scene, "each worker has a task", [0, 4, 0, 0]);
    let four = scene.host_processes(1).swap_remove(0);
    scene.host("start run.toml -n 1").ok();
    wait_for_counts(&scene, "the fifth as well", [0, 5, 0, 0]);
    let one = scene.host_processes(2).into_iter().find(|host| *host != four).expect("there are two");
    let carried = |process: &Process| {
        let mut ids = process.workers();
        ids.sort();
        ids
    };
    // By the process that claims them …
    four.kill();
    wait_for_counts(&scene, "they are back", [0, 5, 0, 4]);
    let again = scene.host_processes(2).into_iter().find(|host| *host != one).expect("there are two");
    assert_eq!(carried(&again), carried(&four));
    // … and by hand.
    scene.host("stop run.toml --kill").ok();
    scene.nothing_is_left();
    scene
        .host(&format!("restart run.toml {}", again.workers().join(" ")))
        .ok()
        .says("4 workers registered again");
    assert_eq!(carried(&scene.host_processes(1)[0]), carried(&four));
    scene.host("stop run.toml").ok().says("Asked 4 workers");
}

#[test]
fn one_whose_new_process_dies_at_once_is_tried_again() {
    let tables = "[workers]\ncount = 2\nprocesses = 2\nrestart = \"on-lost\"\nstart_timeout = \"1s\"\n";
    let scene = scene("sleeper", &format!("{tables}{BURIAL_SOON}[log]\nmessage_log = \"logs\"\n"));
    scene.host("start run.toml").ok();
    wait_for_counts(&scene, "each worker has a task", [0, 2, 0, 0]);
    // No process can begin while its folder is a file.
    std::fs::rename(scene.path("logs"), scene.path("elsewhere")).expect("it was made");
    scene.write("logs", "");
    let dead = scene.host_processes(2).swap_remove(0);
    let id = dead.workers().remove(0);
    dead.kill();
    eventually("a process has failed in its place", || {
        scene.read(".rush/test/workers.log").contains("cannot be written to")
    });
    assert!(workers(&scene).contains(&(id.clone(), "lost", 1)), "{:?}", workers(&scene));
    std::fs::remove_file(scene.path("logs")).expect("it was just written");
    wait_for_counts(&scene, "it is back, and has a task", [0, 2, 0, 1]);
    assert!(workers(&scene).contains(&(id, "running", 2)), "{:?}", workers(&scene));
    scene.host("stop run.toml").ok().says("Asked 2 workers");
}

#[test]
fn nobody_comes_back_into_a_network_that_was_reset() {
    let scene = scene("sleeper", "[workers]\nseed = 1\n");
    scene.host("start run.toml").ok();
    let before = scene.host_processes(1).swap_remove(0);
    scene.host("reset run.toml").ok();
    scene.nothing_is_left();
    // The same configuration, since nothing in it is drawn.
    scene.host("start run.toml").ok();
    let all = || -> Vec<String> {
        let mut hgetall = redis::cmd("HGETALL");
        hgetall.arg("test:run").query(&mut scene.redis().connection()).expect("it is a hash")
    };
    let known = (workers(&scene), all());
    let config = before.command.iter().position(|word| word == "--config").expect("it was told");
    let (config, id) = (&before.command[config + 1], before.workers().remove(0));
    write_url(&scene);
    let worker = format!("worker --network test --config {config} --redis-file url --id {id}");
    scene.host(&format!("{worker} --again 1")).ends_with_code(4).says("because it was reset");
    assert_eq!((workers(&scene), all()), known);
    scene
        .host(&format!("{worker} --again 1 --again 1"))
        .ends_with_code(2)
        .says("each --id needs its --again");
    scene.host("stop run.toml").ok().says("Asked 1 worker");
}

#[test]
fn those_of_a_manager_are_left_to_it() {
    let scene = scene("sleeper", &format!("[workers]\nrestart = \"on-lost\"\n{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    let started = scene.host_processes(1).swap_remove(0);
    let config = started.command.iter().position(|word| word == "--config").expect("it was told");
    let config = &started.command[config + 1];
    scene.host("stop run.toml").ok();
    scene.nothing_is_left();
    write_url(&scene);
    let worker = format!("worker --network test --config {config} --redis-file url --id managed --managed");
    let run = scene.start(&worker);
    scene.wait_for_counts("it has a task", |counts| counts[1] == 1);
    scene.host_processes(1)[0].kill();
    run.wait();
    eventually("its heartbeat expires", || {
        let mut exists = redis::cmd("EXISTS");
        exists.arg("test:managed:heartbeat").query(&mut scene.redis().connection()) == Ok(0)
    });
    scene.host("detect-lost run.toml").ok().says("1 worker lost").never_says("registered again");
    assert!(workers(&scene).contains(&("managed".to_owned(), "lost", 1)), "{:?}", workers(&scene));
    // By hand it may be started all the same.
    scene.host("restart run.toml managed").ok().says("1 worker registered again");
    scene.host("stop run.toml").ok();
}

#[test]
fn with_a_private_redis_as_well() {
    let scene = Scene::new();
    let tables = "[workers]\ncount = 2\nprocesses = 2\nrestart = \"on-lost\"\n";
    scene.run_file(guest("sleeper"), &format!("{tables}{BURIAL_SOON}"));
    scene.host("start run.toml").ok();
    let dead = scene.host_processes(2).swap_remove(0);
    let id = dead.workers().remove(0);
    dead.kill();
    let again = host_of(&scene, &id);
    assert!(again.command.iter().any(|word| word == "--again"), "{again:?}");
    let running = || scene.host("status run.toml --json").json()["workers"]["running"] == 2;
    eventually("both are running", running);
    scene.host("stop run.toml").ok().says("Asked 2 workers");
}
