//! Running, started, stopped and restarted on other machines.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::unix::fs::PermissionsExt as _,
};

use rush_tests::{eventually, host};
use rustix::process::Signal;
use serde_json::Value;

use super::elsewhere::{Elsewhere, clients, count};

/// Silence is noticed soon, where nothing else tells of an end.
const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"1s\"\n";

#[test]
fn a_run_uses_all_hosts_and_reports_as_any_other() {
    let elsewhere = Elsewhere::new();
    let (Some(one), Some(two)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else { return };
    let tables = format!("{}[stop]\nfinished = 20\n", count(3));
    elsewhere.run_file("queue", &["node1", "node2"], &[one.entry(), two.entry()], &tables);
    elsewhere.scene.push((0..20).map(f64::from));
    let said = elsewhere.scene.host("run run.toml");
    said.ok().shows("Workers: 3 terminated (returned)").shows("20 finished");
    said.says("3 workers in 2 host processes").never_says("rush-host-begins");
    let workers = elsewhere.workers();
    assert_eq!(of_each(&workers, "place"), ["node1", "node2"].map(str::to_owned).into());
    assert_eq!(of_each(&workers, "hostname"), [one.hostname(), two.hostname()].map(str::to_owned).into());
    assert_eq!(workers.iter().filter(|worker| worker["place"] == "node1").count(), 2);
    for worker in workers {
        assert_eq!((&worker["launcher"], &worker["remote"]), (&"ssh".into(), &true.into()), "{worker}");
    }
    elsewhere.nothing_has_begun();
}

#[test]
fn what_was_started_needs_neither_ssh_nor_sshd_and_logs_there() {
    let elsewhere = Elsewhere::new();
    let (Some(mut one), Some(mut two)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else {
        return;
    };
    elsewhere.run_file("queue", &["node1", "node2"], &[one.entry(), two.entry()], &count(2));
    elsewhere.scene.host("start run.toml").ok().says("2 workers registered");
    // Nobody holds the connections any more.
    eventually("the clients are gone", || clients(&elsewhere.scene).is_empty());
    one.stop();
    two.stop();
    elsewhere.scene.push((0..20).map(f64::from));
    elsewhere.scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    elsewhere.scene.host("stop run.toml").ok();
    elsewhere.scene.host_processes(0);
    let log = elsewhere.home.join(".local/state/rush-host/test.log");
    assert_eq!(log.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(log.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn what_started_workers_say_is_in_the_log_there() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine("node1") else { return };
    let keys = format!("program = {:?}\nlog = \"{}\"\n", host(), elsewhere.home.join("my log").display());
    elsewhere.run_file_with("sleeper", &["node1"], &[node.entry()], &keys, "");
    elsewhere.scene.host("start run.toml").ok();
    // It is killed after the grace, which it says.
    elsewhere.scene.host("stop run.toml --kill").ok();
    elsewhere.scene.host_processes(0);
    assert!(elsewhere.home.join("my log").exists());
    assert!(elsewhere.log().is_empty());
}

#[test]
fn they_come_through_a_jump_host() {
    let elsewhere = Elsewhere::new();
    let (Some(jump), Some(inner)) = (elsewhere.machine("jump"), elsewhere.machine("inner")) else { return };
    let entries = [jump.entry(), inner.entry().through(&jump)];
    elsewhere.run_file("queue", &["inner"], &entries, "[stop]\nfinished = 10\n");
    elsewhere.scene.push((0..10).map(f64::from));
    elsewhere.scene.host("run run.toml").ok().shows("10 finished");
    assert_eq!(of_each(&elsewhere.workers(), "hostname"), [inner.hostname().to_owned()].into());
    assert!(jump.log().contains("Accepted publickey"), "nobody came through:\n{}", jump.log());
    elsewhere.scene.host("start run.toml --set stop={}").ok();
    eventually("the clients are gone, also to the jump host", || clients(&elsewhere.scene).is_empty());
    elsewhere.scene.host("stop run.toml --kill").ok();
    elsewhere.nothing_has_begun();
}

#[test]
fn supervised_workers_end_with_a_killed_manager() {
    let elsewhere = Elsewhere::new();
    let (Some(one), Some(two)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else { return };
    elsewhere.run_file("sleeper", &["node1", "node2"], &[one.entry(), two.entry()], &count(2));
    let mut run = elsewhere.scene.start("run run.toml");
    elsewhere.scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    run.signal(Signal::KILL);
    run.wait_at_most(rush_tests::PATIENCE);
    elsewhere.scene.host_processes(0);
    let snapshot = elsewhere.scene.snapshot();
    assert!(snapshot.workers().values().all(|worker| worker.state == "terminated"));
    assert_eq!(snapshot.counts(), [0, 0, 2, 0]);
}

#[test]
fn one_interrupt_asks_them_and_two_kill_them() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine("node1") else { return };
    elsewhere.run_file("sleeper", &["node1"], &[node.entry()], "");
    let run = elsewhere.scene.start("run run.toml");
    elsewhere.scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 1 terminated (returned)").shows("1 finished");
    elsewhere.nothing_has_begun();

    elsewhere.run_file("busy", &["node1"], &[node.entry()], "");
    let run = elsewhere.scene.start("run run.toml --fresh");
    elsewhere.scene.wait_for_counts("it has a task", |counts| counts == [0, 1, 0, 0]);
    run.wait_until_it_says("1 running");
    run.signal(Signal::INT);
    run.wait_until_it_says("Interrupt again");
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 1 killed");
    elsewhere.nothing_has_begun();
}

#[test]
fn a_connection_that_breaks_is_told_once_and_is_no_verdict() {
    let elsewhere = Elsewhere::new();
    let (Some(one), Some(two)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else { return };
    let tables = format!("{}[stop]\nfinished = 4\n", count(2));
    elsewhere.run_file("queue", &["node1", "node2"], &[one.entry(), two.entry()], &tables);
    let run = elsewhere.scene.start("run run.toml");
    elsewhere.scene.wait_for_running_workers(2);
    // As a machine does that loses its network: the session's process there is gone.
    let victim = one.sessions().swap_remove(0);
    rustix::process::kill_process(rustix::process::Pid::from_raw(victim).unwrap(), Signal::KILL).unwrap();
    run.wait_until_it_says("the connection to node1 broke");
    elsewhere.scene.wait_for_running_workers(1);
    elsewhere.scene.push((0..4).map(f64::from));
    let said = run.wait();
    said.ok().shows("4 finished").shows("Workers: 2 terminated (returned)");
    assert_eq!(said.talk.matches("broke").count(), 1, "{said}");
}

#[test]
fn silence_is_noticed_where_nobody_tells_of_an_end_and_lost_workers_come_again_there() {
    let elsewhere = Elsewhere::new();
    let (Some(one), Some(two)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else { return };
    let tables = format!(
        "{}restart = \"on-lost\"\n{BURIAL_SOON}[stop]\nfailed = 1\n[tasks]\non_lost = \"requeue\"\n",
        count(2)
    );
    elsewhere.run_file("queue", &["node1", "node2"], &[one.entry(), two.entry()], &tables);
    let run = elsewhere.scene.start("run run.toml");
    elsewhere.scene.wait_for_running_workers(2);
    let before = elsewhere.workers();
    for process in elsewhere.scene.host_processes(2) {
        process.kill();
    }
    run.wait_until_it_says("again");
    eventually("both work again", || {
        let workers = elsewhere.workers();
        workers.iter().all(|worker| worker["state"] == "running" && worker["restarts"] == 1)
    });
    let places = |workers: &[Value]| -> BTreeMap<String, String> {
        let pair = |worker: &Value| (worker["worker_id"].to_string(), worker["place"].to_string());
        workers.iter().map(pair).collect()
    };
    assert_eq!(places(&elsewhere.workers()), places(&before));
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)");
    elsewhere.nothing_has_begun();
}

#[test]
fn ended_workers_are_started_again_where_they_were() {
    let elsewhere = Elsewhere::new();
    let (Some(one), Some(two)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else { return };
    elsewhere.run_file("sleeper", &["node1", "node2"], &[one.entry(), two.entry()], &count(2));
    elsewhere.scene.host("start run.toml").ok();
    elsewhere.scene.host("stop run.toml --kill").ok();
    elsewhere.scene.host_processes(0);
    let workers = elsewhere.workers();
    let victim = workers.iter().find(|worker| worker["place"] == "node2").unwrap();
    let id = victim["worker_id"].as_str().unwrap();
    elsewhere.scene.host(&format!("restart run.toml {id}")).ok().says("1 worker registered again");
    let again = elsewhere.workers();
    let again = again.iter().find(|worker| worker["worker_id"] == id).unwrap();
    assert_eq!((&again["place"], &again["state"]), (&"node2".into(), &"running".into()), "{again}");
    assert_eq!(again["hostname"], two.hostname());
    elsewhere.scene.host("stop run.toml --kill").ok();
}

fn of_each(workers: &[Value], key: &str) -> BTreeSet<String> {
    workers.iter().map(|worker| worker[key].as_str().unwrap_or_default().to_owned()).collect()
}
