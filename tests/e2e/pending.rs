//! Workers that were launched and are not there yet: who they are, why, and how they are taken back. The batch system is a pretence,
//! first on `PATH`, whose answers each test decides.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rush_tests::{Running, Scene, eventually, guest};
use rustix::process::Signal;
use serde_json::Value;

/// It keeps the script, and takes every job.
const SBATCH: &str = r#"#!/bin/sh
for script; do :; done
cp "$script" "$FAKE/job.sh"
sed -n 's/^#SBATCH --job-name=//p' "$script" >"$FAKE/name"
echo 1234
"#;
/// It lists what stands in a file, or hangs, or says what is wrong; and keeps count.
const SQUEUE: &str = r#"#!/bin/sh
echo >>"$FAKE/asked"
test -e "$FAKE/hangs" && exec sleep 600
while test -e "$FAKE/held"; do sleep 0.02; done
test -e "$FAKE/away" && { echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1; }
sed "s/NAME/$(cat "$FAKE/name")/" "$FAKE/queue"
"#;
const SCANCEL: &str = r#"#!/bin/sh
echo "$@" >>"$FAKE/cancelled"
test -e "$FAKE/hangs" && exec sleep 600
exit 0
"#;

/// Two workers in two host processes, and a Slurm that holds them.
fn scene(name: &str, tables: &str) -> Scene {
    let mut scene = Scene::with_redis();
    fs::create_dir(scene.path("fake")).expect("the scene is new");
    for (program, text) in [("sbatch", SBATCH), ("squeue", SQUEUE), ("scancel", SCANCEL)] {
        let path = format!("fake/{program}");
        scene.write(&path, text);
        fs::set_permissions(scene.path(&path), fs::Permissions::from_mode(0o755))
            .expect("it was just written");
    }
    let fake = scene.path("fake");
    let path = std::env::var("PATH").expect("there is one");
    scene.set("PATH", format!("{}:{path}", fake.display()));
    scene.set("FAKE", &fake);
    queue(&scene, &["PENDING|0:0||Resources", "PENDING|0:0||Resources"]);
    let workers = "[workers]\ncount = 2\nprocesses = 2\nstart_timeout = \"300ms\"\n";
    scene.run_file(guest(name), &format!("{workers}[launcher.slurm]\n{tables}"));
    scene
}

/// What is said of each host process from now on.
fn queue(scene: &Scene, states: &[&str]) {
    let line = |(process, state): (usize, &&str)| format!("NAME|1234_{process}|{state}\n");
    scene.write("fake/queue", states.iter().enumerate().map(line).collect::<String>());
}

/// One of the host processes has its turn.
fn begin(scene: &Scene, process: usize) -> Running {
    scene.shell(&format!("SLURM_ARRAY_JOB_ID=1234 SLURM_ARRAY_TASK_ID={process} exec sh fake/job.sh"))
}

/// Waits until the queue was looked at so often from now on, which the run does every two seconds.
fn wait_for_looks(scene: &Scene, count: usize) {
    let asked = || fs::read(scene.path("fake/asked")).map_or(0, |asked| asked.len());
    let before = asked();
    eventually("the queue is looked at", || asked() >= before + count);
}

fn rows(scene: &Scene, words: &str) -> Vec<Value> {
    scene.host(&format!("workers run.toml {words} --format jsonl")).jsonl()
}

fn started(name: &str, tables: &str) -> Scene {
    let scene = scene(name, tables);
    let said = scene.host("start run.toml");
    said.ok()
        .says("Starting 2 workers in 2 host processes through Slurm")
        .says("Submitted job 1234 with 2 host processes")
        .says("Job 1234: 2 of 2 host processes wait in the queue (Resources")
        .says("they work as soon as they begin")
        .says("rush-host stop run.toml");
    scene
}

#[test]
fn who_waits_in_a_queue_is_known_with_the_reason() {
    let scene = started("queue", "");
    let waiting = rows(&scene, "");
    assert_eq!(waiting.len(), 2);
    for (process, row) in waiting.iter().enumerate() {
        assert_eq!((&row["state"], &row["launcher"]), (&"pending".into(), &"slurm".into()), "{row}");
        assert_eq!(row["place"], format!("1234_{process}"), "{row}");
        assert!(row["message"].as_str().is_some_and(|reason| reason.starts_with("Resources")), "{row}");
    }
    assert_eq!(rows(&scene, "--state pending"), waiting);
    assert!(rows(&scene, "--state running,lost").is_empty());
    let status = scene.host("status run.toml");
    status
        .ok()
        .shows("workers pending 2")
        .says("2 workers wait (slurm, job 1234): Resources")
        .says("They work as soon as they begin")
        .says("`rush-host stop run.toml` withdraws what waits");
    let json = scene.host("status run.toml --json").json();
    assert_eq!((&json["pending"], &json["waiting"][0]["workers"]), (&2.into(), &2.into()), "{json}");
    scene.host("stop run.toml").ok();
}

#[test]
fn whose_turn_has_come_is_pending_no_more() {
    let scene = started("queue", "");
    let job = begin(&scene, 1);
    scene.wait_for_running_workers(1);
    queue(&scene, &["PENDING|0:0||Resources", "RUNNING|0:0|n1|None"]);
    let mut states: Vec<Value> = rows(&scene, "").iter().map(|row| row["state"].clone()).collect();
    states.sort_by_key(ToString::to_string);
    assert_eq!(states, ["pending", "running"]);
    assert_eq!(rows(&scene, "--state running")[0]["place"], "1234_1");
    assert_eq!(scene.host("status run.toml --json").json()["pending"], 1);
    scene.host("stop run.toml").ok().says("Withdrew 1 worker that had not begun").says("Asked 1 worker");
    job.wait();
}

#[test]
fn what_was_stopped_does_nothing_when_it_begins() {
    let scene = started("queue", "");
    let said = scene.host("stop run.toml");
    said.ok().says("Withdrew 2 workers that had not begun").never_says("No worker is running");
    assert!(scene.read("fake/cancelled").contains(scene.read("fake/name").trim()));
    assert!(rows(&scene, "").is_empty());
    begin(&scene, 0).wait().ok().says("withdrawn");
    assert!(scene.snapshot().workers().is_empty());
    scene.host("stop run.toml").ok().says("No worker is running");
}

#[test]
fn a_launch_is_withdrawn_as_a_whole() {
    let scene = started("queue", "");
    let ids: Vec<String> =
        rows(&scene, "").iter().map(|row| row["worker_id"].as_str().unwrap().to_owned()).collect();
    let said = scene.host(&format!("stop run.toml {}", ids[0]));
    said.ok()
        .says(&format!("worker `{}` waits together with others of job 1234, so it is skipped", ids[0]))
        .never_says("unknown");
    assert_eq!(rows(&scene, "--state pending").len(), 2);
    let said = scene.host(&format!("stop run.toml {} {} nobody_00000000", ids[1], ids[0]));
    said.ok().says("Withdrew 2 workers").says("worker `nobody_00000000` is unknown");
    assert!(rows(&scene, "").is_empty());
}

#[test]
fn a_reset_takes_everything_back() {
    let scene = started("queue", "");
    scene.host("reset run.toml").ok().says("Withdrew 2 workers that had not begun");
    assert!(scene.path("fake/cancelled").exists());
    assert!(rows(&scene, "").is_empty());
    begin(&scene, 0).wait();
    assert!(scene.snapshot().workers().is_empty());
}

#[test]
fn a_batch_system_that_is_away_keeps_nothing_from_being_told_or_stopped() {
    let scene = started("queue", "");
    scene.write("fake/away", "");
    let waiting = rows(&scene, "");
    assert_eq!(waiting.len(), 2);
    let told = waiting[0]["message"].as_str().unwrap();
    assert!(told.contains("Unable to contact slurm controller"), "{told}");
    scene.host("stop run.toml").ok().says("Withdrew 2 workers");
}

#[test]
fn whoever_waits_for_the_work_waits_for_the_queue_too() {
    let scene = started("queue", "");
    scene.push([1.0, 2.0]);
    let wait = scene.start("wait run.toml --tasks 2");
    wait.wait_until_it_says("2 workers wait (slurm, job 1234): Resources");
    let job = begin(&scene, 0);
    wait.wait().ok();
    scene.host("stop run.toml").ok();
    job.wait();
}

#[test]
fn a_run_waits_in_the_queue_for_as_long_as_it_takes() {
    let scene = scene("queue", "[stop]\nfinished = 20\n");
    scene.push((0..20).map(f64::from));
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait (slurm, job 1234): Resources");
    queue(&scene, &["PENDING|0:0||Priority", "PENDING|0:0||Priority"]);
    let jobs = [begin(&scene, 0), begin(&scene, 1)];
    let said = run.wait();
    said.ok().shows("20 finished").never_says("start_timeout");
    for job in jobs {
        job.wait();
    }
}

#[test]
fn who_is_not_needed_any_more_is_taken_back() {
    let scene = scene("queue", "[stop]\nfinished = 20\n");
    scene.push((0..20).map(f64::from));
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait");
    let job = begin(&scene, 0);
    let said = run.wait();
    said.ok().shows("Workers: 1 terminated (returned)").shows("20 finished").says("1 worker never began");
    assert!(scene.path("fake/cancelled").exists());
    job.wait();
    begin(&scene, 1).wait();
    assert_eq!(scene.snapshot().workers().len(), 1);
}

#[test]
fn an_interrupt_takes_back_what_waits() {
    let scene = scene("queue", "");
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait");
    run.signal(Signal::INT);
    let said = run.wait();
    said.ends_with_code(130).says("Taking back 2 workers that had not begun").never_says("Workers end after");
    assert!(scene.path("fake/cancelled").exists());
    begin(&scene, 0).wait();
    assert!(scene.snapshot().workers().is_empty());
}

#[test]
fn an_interrupted_start_takes_back_what_it_has_submitted() {
    let scene = scene("queue", "");
    let start = scene.start("start run.toml --set workers.start_timeout=10m");
    start.wait_until_it_says("Submitted job 1234");
    start.signal(Signal::INT);
    start.wait().ends_with_code(130).says("interrupted: what had been started ends");
    assert!(scene.path("fake/cancelled").exists());
    begin(&scene, 0).wait();
    assert!(scene.snapshot().workers().is_empty());
}

/// As `squeue` without its controller, but for longer than anybody has patience.
#[test]
fn a_run_never_waits_for_a_batch_system_that_does_not_answer() {
    let scene = scene("sleeper", "");
    scene.write("fake/hangs", "");
    let run = scene.start("run run.toml");
    run.wait_until_it_says("Submitted job 1234");
    let jobs = [begin(&scene, 0), begin(&scene, 1)];
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)");
    for job in jobs {
        job.wait();
    }
}

#[test]
fn a_job_that_fails_at_once_ends_the_run_with_its_reason() {
    let scene = scene("queue", "");
    queue(&scene, &["PENDING|0:0||Resources", "FAILED|127:0|n1|NonZeroExitCode"]);
    for command in ["run", "start"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(6)
            .says("1234_1")
            .says("before its workers were registered")
            .says("FAILED")
            .says(".rush/test/slurm/rush-test-")
            .says("-1234_1.log says why");
        assert!(rows(&scene, "").is_empty(), "nothing of it may begin");
    }
}

#[test]
fn a_run_hears_that_somebody_else_has_stopped_it() {
    let scene = scene("queue", "");
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait");
    scene.host("stop run.toml").ok().says("Withdrew 2 workers");
    let said = run.wait();
    said.ends_with_code(7).says("2 workers never begin: `rush-host stop` or a reset has withdrawn them");
}

/// Its jobs may be seen to have ended before it is seen why.
#[test]
fn a_run_takes_what_somebody_else_has_cancelled_for_no_failure() {
    let scene = scene("queue", "");
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait");
    scene.write("fake/held", "");
    wait_for_looks(&scene, 1);
    scene.host("stop run.toml").ok().says("Withdrew 2 workers");
    queue(&scene, &["CANCELLED|0:0||None", "CANCELLED|0:0||None"]);
    fs::remove_file(scene.path("fake/held")).expect("it was just written");
    run.wait()
        .ends_with_code(7)
        .says("2 workers never begin: `rush-host stop`")
        .never_says("has ended before");
}

#[test]
fn who_runs_is_stopped_before_the_batch_system_has_answered() {
    let scene = started("queue", "");
    let job = begin(&scene, 0);
    scene.wait_for_running_workers(1);
    scene.write("fake/hangs", "");
    let stop = scene.start("stop run.toml");
    stop.wait_until_it_says("Asked 1 worker");
    job.wait().ok();
    assert!(!stop.talk().contains("could not be cancelled"), "{}", stop.talk());
    stop.wait()
        .ok()
        .says("Withdrew 1 worker")
        .says("could not be cancelled; when it begins, it ends at once");
}

#[test]
fn a_lost_worker_waits_in_the_queue_to_be_started_again() {
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";
    let scene = scene("sleeper", tables);
    let restart = "--set workers.restart=on-lost --set workers.count=1";
    let run = scene.start(&format!("run run.toml {restart}"));
    run.wait_until_it_says("Submitted job 1234");
    let job = begin(&scene, 0);
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    fs::remove_file(scene.path("fake/name")).expect("a job was submitted");
    scene.host_processes(1)[0].kill();
    job.wait();
    run.wait_until_it_says("Starting 1 lost worker again");
    eventually("it is submitted again", || scene.path("fake/name").exists());
    eventually("it waits", || rows(&scene, "").iter().all(|row| row["state"] == "pending"));
    let row = &rows(&scene, "")[0];
    assert_eq!((&row["end"], &row["restarts"]), (&"lost".into(), &0.into()), "{row}");
    let job = begin(&scene, 0);
    scene.wait_for_counts("it is back", |counts| counts == [0, 1, 0, 1]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 1 terminated (returned)");
    job.wait();
}

/// It has its time from its turn on, not from when it was submitted.
#[test]
fn who_is_started_again_may_wait_for_longer_than_it_may_take_to_begin() {
    let tables = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";
    let scene = scene("sleeper", tables);
    let once = "--set workers.restart=on-lost --set workers.max_restarts=1 --set workers.count=1";
    let run = scene.start(&format!("run run.toml {once} --set workers.start_timeout=5s"));
    run.wait_until_it_says("Submitted job 1234");
    let job = begin(&scene, 0);
    scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    scene.host_processes(1)[0].kill();
    job.wait();
    run.wait_until_it_says("Starting 1 lost worker again");
    wait_for_looks(&scene, 5);
    queue(&scene, &["RUNNING|0:0|n1|None"]);
    wait_for_looks(&scene, 2);
    let job = begin(&scene, 0);
    scene.wait_for_counts("it is back", |counts| counts == [0, 1, 0, 1]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 1 terminated (returned)");
    job.wait();
}

#[test]
fn who_came_while_the_batch_system_was_away_is_not_late() {
    let scene = scene("queue", "[stop]\nfinished = 20\n");
    let run = scene.start("run run.toml --set workers.start_timeout=6s");
    run.wait_until_it_says("2 workers wait");
    queue(&scene, &["RUNNING|0:0|n1|None", "PENDING|0:0||Resources"]);
    wait_for_looks(&scene, 2);
    scene.write("fake/away", "");
    let job = begin(&scene, 0);
    scene.wait_for_running_workers(1);
    run.wait_until_it_says("why workers have not begun is not known");
    wait_for_looks(&scene, 5);
    scene.push((0..20).map(f64::from));
    run.wait().ok().shows("20 finished").never_says("start_timeout");
    job.wait();
}

#[test]
fn what_cannot_be_withdrawn_is_withdrawn_when_it_can_be() {
    let scene = scene("queue", "[stop]\nfinished = 20\n");
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait");
    let job = begin(&scene, 0);
    scene.wait_for_running_workers(1);
    // A Redis that answers otherwise, as one that has just become a replica.
    let mut redis = scene.redis().connection();
    let mut ask = |words: &[&str]| {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).exec(&mut redis).expect("Redis answers");
    };
    ask(&["RENAME", "test:launches", "test:aside"]);
    ask(&["SET", "test:launches", "no hash"]);
    scene.push((0..20).map(f64::from));
    run.wait_until_it_says("what was launched and has not begun may still do so");
    ask(&["RENAME", "test:aside", "test:launches"]);
    run.wait().ok().shows("20 finished").says("1 worker never began");
    job.wait();
    begin(&scene, 1).wait();
    assert_eq!(scene.snapshot().workers().len(), 1);
}

/// What was seen of the queue may be seconds old.
#[test]
fn who_has_just_come_is_not_said_to_be_taken_back() {
    let scene = scene("sleeper", "");
    let run = scene.start("run run.toml");
    run.wait_until_it_says("2 workers wait");
    let jobs = [begin(&scene, 0), begin(&scene, 1)];
    eventually("both are registered", || scene.snapshot().workers().len() == 2);
    run.signal(Signal::INT);
    let said = run.wait();
    said.ends_with_code(130)
        .says("Workers end after their task")
        .never_says("Taking back")
        .never_says("never began")
        .shows("Workers: 2 terminated");
    for job in jobs {
        job.wait();
    }
}

/// What is behind `[launcher.command]` nobody can ask.
#[test]
fn whatever_a_command_has_handed_on_is_pending_until_it_comes() {
    let scene = Scene::with_redis();
    let waits = "[launcher.command]\nargv = [\"sh\", \"-c\", \"until test -e go; do sleep 0.02; done; exec {script}\"]\n";
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 2\nprocesses = 1\n{waits}"));
    let start = scene.start("start run.toml");
    eventually("both are pending", || rows(&scene, "--state pending").len() == 2);
    let row = &rows(&scene, "")[0];
    assert_eq!((&row["launcher"], &row["message"]), (&"command".into(), &"not registered yet".into()));
    scene.host("status run.toml").ok().says("2 workers wait (command): not registered yet");
    scene.write("go", "");
    start.wait().ok().says("2 workers registered");
    assert!(rows(&scene, "--state pending").is_empty());
    scene.host("stop run.toml").ok().says("Asked 2 workers").never_says("Withdrew");
}
