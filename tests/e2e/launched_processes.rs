//! Host processes that learn from the record of their launch whom they carry: late, twice, or again.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use rush_network::{WorkerInfo, WorkerState};
use rush_tests::{eventually, guest};
use rustix::process::Signal;

use crate::by_hand::ByHand;

fn run(info: &WorkerInfo) -> bool {
    info.state == WorkerState::Running
}

#[test]
fn each_carries_the_workers_that_its_launch_has_for_it_and_says_where() {
    let it = ByHand::new(guest("queue"), "", &[1, 2]);
    let running = [it.begin(1, "--place 1234_1 --attempt 3"), it.begin(0, "--place 'gpu 7'")];
    for (process, place, attempt) in [(0, "gpu 7", 0), (1, "1234_1", 3)] {
        for info in it.wait_for("its workers run", process, run) {
            assert_eq!((info.place.as_str(), info.attempt, info.incarnation), (place, attempt, 1));
            assert_eq!(info.launcher, "slurm");
        }
    }
    assert_eq!(it.scene.snapshot().workers().len(), 3);
    it.scene.push([1.0, 2.0, 3.0]);
    it.scene.wait_for_counts("all are done", |counts| counts == [0, 0, 3, 0]);
    it.scene.host("stop run.toml").ok();
    for running in running {
        running.wait().ok();
    }
}

/// Hours later, perhaps: what it was to join may be gone by then, too.
#[test]
fn one_whose_launch_was_withdrawn_registers_nobody_and_says_so() {
    for reset in [false, true] {
        let it = ByHand::new(guest("queue"), "", &[2]);
        if reset {
            it.scene.host("reset run.toml").ok();
        } else {
            it.withdraw();
        }
        let said = it.begin(0, "").wait();
        said.ok().says(&format!("launch {} was withdrawn: there is nothing to do", it.record.id));
        let snapshot = it.scene.snapshot();
        assert!(snapshot.workers().is_empty(), "{snapshot:#?}");
        assert_eq!(snapshot.is_gone(), reset);
    }
}

/// A full Redis holds the process up where it has looked, and has not registered anybody.
#[test]
fn one_whose_launch_is_withdrawn_while_it_begins_registers_nobody() {
    let it = ByHand::new(guest("queue"), "", &[2]);
    let limit = |bytes: &str| {
        let mut config = redis::cmd("CONFIG");
        config.arg("SET").arg("maxmemory").arg(bytes);
        config.exec(&mut it.scene.redis().connection()).expect("Redis answers");
    };
    limit("1");
    let running = it.begin(0, "");
    running.wait_until_it_says("workers wait for Redis");
    it.withdraw();
    limit("0");
    running.wait().ok().says("was withdrawn: there is nothing to do");
    assert!(it.scene.snapshot().workers().is_empty());
}

#[test]
fn one_that_comes_twice_carries_nobody_twice() {
    let it = ByHand::new(guest("queue"), "", &[2]);
    let both = [it.begin(0, "--attempt 0"), it.begin(0, "--attempt 1")];
    let infos = it.wait_for("the workers run", 0, run);
    it.scene.push((0..20).map(f64::from));
    it.scene.wait_for_counts("all are done", |counts| counts == [0, 0, 20, 0]);
    it.begin(0, "--attempt 2")
        .wait()
        .ok()
        .says("run elsewhere, or have ended for good: there is nothing to do");
    it.scene.host("stop run.toml").ok();
    for running in both {
        running.wait().ok();
    }
    it.block_on(it.network.record_launch(&it.record));
    it.begin(0, "--attempt 3")
        .wait()
        .ok()
        .says("run elsewhere, or have ended for good: there is nothing to do");
    let ended = it.infos(0);
    assert!(ended.iter().all(|info| (info.incarnation, info.attempt) == (1, infos[0].attempt)), "{ended:#?}");
    assert_eq!(it.scene.snapshot().workers().len(), 2);
}

/// A job whose node died, and that its batch system has put back into the queue.
#[test]
fn one_that_is_begun_anew_carries_those_that_were_lost_and_may_come_again() {
    let it = ByHand::new(guest("queue"), "[workers]\nrestart = \"on-lost\"\nmax_restarts = 1\n", &[3]);
    let first = it.begin(0, "");
    it.wait_for("its workers run", 0, run);
    let ids = it.ids(0);
    it.scene.host(&format!("stop run.toml {}", ids[0])).ok();
    it.wait_for("one has ended", 0, |info| info.id != ids[0] || info.state == WorkerState::Terminated);
    first.process().kill();
    drop(first);
    for id in &ids[1..] {
        it.block_on(it.network.bury(id, None, "gone"));
    }
    let second = it.begin(0, "--attempt 1");
    it.wait_for("those that were lost run again", 0, |info| {
        info.id == ids[0] || info.incarnation == 2 && run(info)
    });
    let infos = it.infos(0);
    assert_eq!(infos.iter().map(|info| info.attempt).collect::<Vec<_>>(), [0, 1, 1]);
    assert_eq!(infos[0].state, WorkerState::Terminated);
    it.scene.host("stop run.toml").ok();
    second.wait().ok();
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn what_one_says_goes_into_its_log_file_once_its_workers_are_registered() {
    let it = ByHand::new(guest("queue"), "", &[1]);
    let log = it.scene.path("state/rush-host/test.log");
    let running = it.begin(0, &format!("--log-file {}", log.display()));
    it.wait_for("its worker runs", 0, run);
    assert_eq!((mode(&log), mode(log.parent().unwrap())), (0o600, 0o700));
    for descriptor in [1, 2] {
        let open = format!("/proc/{}/fd/{descriptor}", running.pid());
        eventually("it talks into its log", || fs::read_link(&open).is_ok_and(|path| path == log));
    }
    running.signal(Signal::USR1);
    let said = running.wait();
    said.ends_with_code(138);
    assert_eq!((said.talk.as_str(), said.data.as_str()), ("", ""));
    let text = it.scene.read(&log);
    assert!(text.contains("the time of this machine is up"), "{text}");
}

#[test]
fn what_goes_wrong_before_is_told_to_whoever_has_begun_it() {
    let it = ByHand::new(guest("queue"), "", &[1]);
    let line = it.line(0, "--log-file the.log").replace(&it.config, &"0".repeat(64));
    it.scene.shell(&line).wait().ends_with_code(4).says("holds no configuration");
    assert_eq!(it.scene.read("the.log"), "");
    let said = it.begin(0, "--log-file /dev/zero").wait();
    said.ends_with_code(6).says("The log file `/dev/zero` cannot be written to: it is no regular file");
    assert!(it.scene.snapshot().workers().is_empty());
}

/// Who listened to a process hears its end, although the process lives.
#[test]
fn whoever_has_begun_one_with_a_log_file_is_let_go() {
    let it = ByHand::new(guest("queue"), "", &[1]);
    let line = it.line(0, "--log-file the.log --detached </dev/null & echo begun >&2");
    let shell = it.scene.shell(line.trim_start_matches("exec "));
    let said = shell.wait();
    said.ok().says("begun");
    it.wait_for("its worker runs", 0, run);
    it.scene.host("stop run.toml").ok();
    eventually("it has ended", || it.scene.processes().is_empty());
}

#[test]
fn one_that_its_launch_does_not_have_is_a_mistake() {
    let it = ByHand::new(guest("queue"), "", &[1, 1]);
    it.begin(2, "").wait().ends_with_code(2).says("has processes 0 to 1, and --process says 2");
    it.begin(0, "--id calm_otter").wait().ends_with_code(2).says("cannot be used with");
    let line = it.line(0, "").replace("--process 0", "");
    it.scene.shell(&line).wait().ends_with_code(2).says("--process <K>");
    assert!(it.scene.snapshot().workers().is_empty());
}
