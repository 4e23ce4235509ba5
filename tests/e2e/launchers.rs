//! `[launcher.command]` to a machine of another name, through a real `sshd`. Where there is none, these tests say so.

use std::fs;

use rush_test_redis::Options;
use rush_tests::{HOSTILE, Process, Scene, Sshd, files_below, guest, hides_the_password};
use rustix::process::Signal;
use serde_json::Value;

const TWO: &str = "[workers]\ncount = 2\nprocesses = 2\n";
/// Silence is noticed soon, where nothing else tells of an end.
const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n";

fn workers(scene: &Scene) -> Vec<Value> {
    scene.host("workers run.toml --format jsonl").jsonl()
}

#[test]
fn workers_work_elsewhere_and_are_known_to_be_there() {
    let scene = Scene::with_redis();
    let Some(sshd) = Sshd::start(&scene) else { return };
    scene.run_file(guest("queue"), &format!("{TWO}{}", sshd.launcher()));
    scene.host("start run.toml").ok();
    // One of this machine's beside them.
    scene.host("start run.toml -n 1 --set launcher.local={}").ok();
    scene.push((0..50).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 50, 0]);
    let (there, here): (Vec<Value>, Vec<Value>) =
        workers(&scene).into_iter().partition(|worker| worker["launcher"] == "command");
    assert_eq!((there.len(), here.len()), (2, 1));
    for worker in there {
        assert_eq!(worker["hostname"], sshd.hostname(), "{worker}");
        assert_eq!((&worker["remote"], &worker["heartbeat"]), (&true.into(), &true.into()), "{worker}");
    }
    assert_eq!((&here[0]["remote"], &here[0]["launcher"]), (&false.into(), &"local".into()));
    scene.host("stop run.toml --terminate").ok().says("Asked 3 workers");
    scene.host_processes(0);
    assert!(workers(&scene).iter().all(|worker| worker["state"] == "terminated"));
}

#[test]
fn what_was_started_there_does_not_need_the_way_there() {
    let scene = Scene::with_redis();
    let Some(mut sshd) = Sshd::start(&scene) else { return };
    scene.run_file(guest("queue"), &format!("{TWO}{}", sshd.launcher()));
    scene.host("start run.toml").ok();
    sshd.stop();
    for process in scene.processes().iter().filter(|process| is_ssh(process)) {
        process.kill();
    }
    scene.push((0..20).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    scene.host("stop run.toml").ok();
}

#[test]
fn a_kill_reaches_a_loop_elsewhere_that_never_listens() {
    let scene = Scene::with_redis();
    let Some(sshd) = Sshd::start(&scene) else { return };
    scene.run_file(guest("busy"), &format!("{TWO}{}", sshd.launcher()));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    let victim = workers(&scene)[0]["worker_id"].as_str().unwrap().to_owned();
    scene.host(&format!("stop run.toml --kill {victim}")).ok().says("Killed 1 worker");
    scene.wait_for_counts("its task has failed, the other's has not", |counts| counts == [0, 1, 0, 1]);
    scene.host_processes(1);
    scene.host("stop run.toml --kill").ok();
    for worker in workers(&scene) {
        assert_eq!(worker["state"], "killed", "{worker}");
    }
}

/// Whatever a shell would make of the names of files, and ssh hands a whole line to one.
#[test]
fn names_reach_the_other_side_as_they_are() {
    let scene = Scene::with_redis();
    let Some(sshd) = Sshd::start(&scene) else { return };
    let folder = scene.path(HOSTILE);
    fs::create_dir(&folder).unwrap();
    let (program, logs) = (folder.join("rush-host"), folder.join("logs"));
    std::os::unix::fs::symlink(rush_tests::host(), &program).unwrap();
    let log = format!("[log]\nmessage_log = {logs:?}\n");
    scene.run_file(guest("queue"), &format!("{}program = {program:?}\n{log}", sshd.launcher()));
    scene.host("start run.toml").ok();
    assert_eq!(scene.host_processes(1)[0].command[0], program.to_str().unwrap());
    let files: Vec<_> = fs::read_dir(&logs).unwrap().map(|file| file.unwrap().file_name()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    scene.host("stop run.toml").ok();
}

#[test]
fn no_password_is_seen_on_the_way() {
    let mut scene = Scene::with_redis_that(Options { tcp: true, ..Options::default() });
    let Some(sshd) = Sshd::start(&scene) else { return };
    let (_, with) = scene.hostile_password();
    scene.run_file(guest("queue"), &format!("{TWO}{}[redis]\nurl = \"{with}\"\n", sshd.launcher()));

    let mut said = vec![scene.host("check run.toml --show"), scene.host("start run.toml")];
    said[0].ok().shows("redis://:****@127.0.0.1");
    said[1].ok();
    for process in scene.host_processes(2) {
        assert!(process.command.iter().any(|word| word == "--redis-stdin"), "{process:?}");
    }
    // Of everybody: of what starts them, too, on both sides.
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        hides_the_password(
            "a command line",
            &fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default(),
        );
    }
    for worker in workers(&scene) {
        assert_eq!((&worker["remote"], &worker["state"]), (&true.into(), &"running".into()), "{worker}");
    }
    said.push(scene.host("stop run.toml"));
    for said in said {
        hides_the_password("what is said", &said.to_string());
    }
    hides_the_password("the log of sshd", &sshd.log());
    let files = files_below(&scene.path(""));
    assert!(files.iter().any(|file| file.extension().is_some_and(|end| end == "log")), "{files:?}");
    for file in files {
        hides_the_password(&file.display().to_string(), &fs::read_to_string(&file).unwrap_or_default());
    }
}

#[test]
fn supervised_workers_elsewhere_end_with_their_manager() {
    let scene = Scene::with_redis();
    let Some(sshd) = Sshd::start(&scene) else { return };
    scene.run_file(guest("sleeper"), &format!("{TWO}{}", sshd.launcher()));
    let mut run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    run.signal(Signal::KILL);
    run.wait_at_most(rush_tests::PATIENCE);
    scene.host_processes(0);
    let snapshot = scene.snapshot();
    assert!(snapshot.workers().values().all(|worker| worker.state != "running"));
    assert_eq!(snapshot.counts()[1], 0);
}

#[test]
fn a_run_through_ssh_reports_as_any_other() {
    let scene = Scene::with_redis();
    let Some(sshd) = Sshd::start(&scene) else { return };
    let stop = "[stop]\nfinished = 20\n";
    scene.run_file(guest("queue"), &format!("{TWO}{}{stop}", sshd.launcher()));
    scene.push((0..20).map(f64::from));
    scene.host("run run.toml").ok().shows("Workers: 2 terminated (returned)").shows("20 finished");
}

#[test]
fn the_manager_notices_silence_where_nobody_tells_it_of_an_end() {
    let scene = Scene::with_redis();
    let Some(sshd) = Sshd::start(&scene) else { return };
    scene.run_file(guest("sleeper"), &format!("{TWO}{BURIAL_SOON}{}", sshd.launcher()));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    // All of them, so that no other host process is left to notice it.
    for process in scene.host_processes(2) {
        process.kill();
    }
    scene.wait_for_counts("their tasks have failed", |counts| counts == [0, 0, 0, 2]);
    run.wait().ends_with_code(7).shows("Workers: 2 lost");
}

#[test]
fn a_host_that_refuses_is_told_in_the_words_of_ssh() {
    let scene = Scene::with_redis();
    let Some(mut sshd) = Sshd::start(&scene) else { return };
    let refused = |words: &str| {
        for command in ["start", "run"] {
            scene.host(&format!("{command} run.toml")).ends_with_code(6).says(words);
        }
        assert_eq!(scene.snapshot().workers().len(), 0);
    };
    scene.run_file(guest("queue"), &format!("{TWO}{}", sshd.launcher_of_a_stranger()));
    refused("Permission denied (publickey)");
    scene.run_file(guest("queue"), &format!("{TWO}{}program = \"/no/rush-host\"\n", sshd.launcher()));
    refused("/no/rush-host");
    scene.run_file(guest("queue"), &format!("{TWO}{}", sshd.launcher()));
    sshd.stop();
    refused("Connection refused");
}

#[test]
fn a_file_there_can_hold_the_url() {
    let scene = Scene::with_redis_that(Options { tcp: true, ..Options::default() });
    let Some(sshd) = Sshd::start(&scene) else { return };
    scene.write("url there", scene.redis().url());
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    fs::set_permissions(scene.path("url there"), mode).unwrap();
    let file = format!("redis_file = \"{}\"\n", scene.path("url there").display());
    scene.run_file(guest("queue"), &format!("{TWO}{}{file}", sshd.launcher()));
    scene.push((0..20).map(f64::from));
    scene.host("start run.toml").ok();
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    scene.host("stop run.toml").ok();
}

fn is_ssh(process: &Process) -> bool {
    process.command[0] == "ssh"
}
