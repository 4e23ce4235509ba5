//! Ctrl-C and SIGTERM to the manager: the first asks, the second insists.

use std::{fs, path::Path};

use rush_tests::{Running, Scene, eventually, guest};
use rustix::process::Signal;

const TWO: &str = "[workers]\ncount = 2\nprocesses = 1\n";

/// Two workers that compute without end, each with a running task.
fn busy(tables: &str) -> (Scene, Running) {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), &format!("{TWO}{tables}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    (scene, run)
}

fn ask<T: redis::FromRedisValue>(scene: &Scene, words: &[&str]) -> T {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]).query(&mut scene.redis().connection()).expect("Redis answers")
}

/// From now on Redis answers every write with MISCONF: it cannot save what it has.
fn refuse_writes(scene: &Scene) {
    let (_, folder): (String, String) = ask(scene, &["CONFIG", "GET", "dir"]);
    let in_the_way = Path::new(&folder).join("dump.rdb").join("is-a-folder");
    fs::create_dir_all(in_the_way).expect("nothing has been saved");
    let () = ask(scene, &["CONFIG", "SET", "save", "3600 1"]);
    let _: String = ask(scene, &["BGSAVE"]);
    eventually("it could not be saved", || {
        ask::<String>(scene, &["INFO", "persistence"]).contains("rdb_last_bgsave_status:err")
    });
}

fn both_were_killed(scene: &Scene) {
    let snapshot = scene.snapshot();
    assert!(snapshot.workers().values().all(|worker| worker.state == "killed"), "{:?}", snapshot.workers());
    for task in scene.host("tasks run.toml --format jsonl").jsonl() {
        assert_eq!(
            (&task["state"], &task["condition"]["kind"]),
            (&"failed".into(), &"killed".into()),
            "{task}"
        );
        assert_eq!(task["condition"]["message"], "Worker was killed", "{task}");
    }
}

#[test]
fn the_first_one_lets_workers_end_after_their_task() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scene = Scene::with_redis();
        scene.run_file(guest("sleeper"), TWO);
        let run = scene.start("run run.toml");
        scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
        run.signal(signal);
        let said = run.wait();
        said.ends_with_code(code)
            .says("Workers end after their task")
            .shows("Workers: 2 terminated (returned)");
        said.shows("Tasks: 0 queued, 0 running, 2 finished, 0 failed");
        assert_eq!(scene.snapshot().counts(), [0, 0, 2, 0]);
    }
}

#[test]
fn what_is_queued_stays_queued() {
    let scene = Scene::with_redis();
    scene.run_file(guest("sleeper"), "");
    let run = scene.start("run run.toml");
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130);
    scene.push([1.0, 2.0]);
    assert_eq!(scene.snapshot().counts(), [2, 0, 1, 0]);
    let run = scene.start("run run.toml");
    run.wait_until_it_says("goes on with 1 finished, 0 failed, 2 queued and 0 running tasks");
    scene.wait_for_counts("the queue is worked off", |counts| counts == [0, 1, 3, 0]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130);
}

#[test]
fn the_second_one_kills() {
    let (scene, run) = busy("");
    run.signal(Signal::INT);
    run.wait_until_it_says("Interrupt again to kill them now");
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).says("Killing the workers").shows("Workers: 2 killed");
    both_were_killed(&scene);
}

#[test]
fn the_second_one_kills_also_where_redis_refuses_that() {
    for launcher in ["", "[launcher.command]\nargv = [\"sh\", \"-c\", \"exec {script}\"]\n"] {
        let (scene, run) = busy(launcher);
        refuse_writes(&scene);
        run.signal(Signal::INT);
        run.wait_until_it_says("Interrupt again to kill them now");
        run.signal(Signal::INT);
        let said = run.wait();
        said.ends_with_code(130).says("workers could not be killed in the network; their processes are");
        said.shows("Workers: 2 running");
        scene.nothing_is_left();
    }
}

#[test]
fn who_does_not_end_within_the_grace_is_killed() {
    let (scene, run) = busy("[stop]\ngrace = \"200ms\"\n");
    run.signal(Signal::TERM);
    run.wait().ends_with_code(143).says("those left in 200ms are killed").shows("Workers: 2 killed");
    both_were_killed(&scene);
}

#[test]
fn a_start_can_be_interrupted_at_any_moment() {
    for moment in ["Redis: ", "Starting "] {
        let scene = Scene::new();
        scene.run_file(guest("sleeper"), TWO);
        let run = scene.start("run run.toml");
        run.wait_until_it_says(moment);
        run.signal(Signal::INT);
        run.wait().ends_with_code(130);
        scene.nothing_is_left();
        // Whoever had begun by then has ended, and finished its task.
        let status = scene.host("status run.toml --json");
        if status.code() == Some(0) {
            let status = status.json();
            assert_eq!(
                (&status["workers"]["running"], &status["tasks"]["running"]),
                (&0.into(), &0.into()),
                "{status}"
            );
        } else {
            status.says("There is no private Redis in");
        }
    }
}

#[test]
fn what_workers_are_given_is_not_waited_for() {
    let mut scene = Scene::with_redis();
    // Compiling takes a while.
    scene.set("RUSH_CACHE_DIR", scene.path("cache"));
    scene.run_file(guest("sleeper"), "");
    let run = scene.start("run run.toml");
    eventually("the run has begun", || ask(&scene, &["EXISTS", "test:run"]));
    let () = ask(&scene, &["CLIENT", "PAUSE", "600000", "WRITE"]);
    eventually("it is about to store", || ask::<String>(&scene, &["CLIENT", "LIST"]).contains("cmd=sadd"));
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).never_says("Starting");
}
