//! `copy = true`: `rush-host` itself is brought to the machines.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use rush_test_redis::Options;
use rush_tests::{HOSTILE, Process, eventually, eventually_some, host};
use rustix::process::Signal;

use super::elsewhere::Elsewhere;

#[test]
fn rush_host_is_copied_once_and_noticed_when_it_was_spoilt() {
    let elsewhere = Elsewhere::with_redis_that(Options::default(), HOSTILE);
    let Some(node) = elsewhere.machine("node1") else { return };
    elsewhere.run_file_with("queue", &["node1"], &[node.entry()], "copy = true\n", "");
    let folder = elsewhere.home.join(".cache/rush-host/bin");
    let copied =
        || -> Vec<PathBuf> { fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path()).collect() };
    let starts = || {
        elsewhere.scene.host("start run.toml").ok();
        let program = elsewhere.scene.host_processes(1)[0].command[0].clone();
        elsewhere.scene.host("stop run.toml").ok();
        elsewhere.scene.host_processes(0);
        PathBuf::from(program)
    };
    assert_eq!(copied_by(&starts, &copied), (1, true), "it was not copied");
    let whole = fs::read(host()).unwrap();
    let path = copied().swap_remove(0);
    assert!(fs::read(&path).unwrap() == whole, "another file was copied");
    let first = path.metadata().unwrap();
    assert_eq!(copied_by(&starts, &copied), (1, true));
    assert_eq!(inode(&path), std::os::unix::fs::MetadataExt::ino(&first), "it was copied again");
    fs::write(&path, "#!/bin/sh\nexit 0\n").unwrap();
    assert_eq!(copied_by(&starts, &copied), (1, true));
    assert!(fs::read(&path).unwrap() == whole, "the wrong file was not noticed");
    assert!(!elsewhere.log().contains("error"), "{}", elsewhere.log());
}

/// How many files are there after a start, and whether the program that ran is one of them.
fn copied_by(starts: &dyn Fn() -> PathBuf, copied: &dyn Fn() -> Vec<PathBuf>) -> (usize, bool) {
    let program = starts();
    let copied = copied();
    (copied.len(), copied.contains(&program))
}

fn inode(path: &Path) -> u64 {
    std::os::unix::fs::MetadataExt::ino(&path.metadata().expect("it was copied"))
}

#[test]
fn a_copy_that_is_interrupted_leaves_nothing_half() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine("node1") else { return };
    // What arrives there is read no further than this.
    let slow = elsewhere.home.join("cat");
    fs::write(&slow, "#!/bin/sh\nhead -c 100000\nexec sleep 1000\n").unwrap();
    fs::set_permissions(&slow, fs::Permissions::from_mode(0o755)).unwrap();
    let profile = format!("PATH={:?}:$PATH\n", elsewhere.home);
    fs::write(elsewhere.home.join(".bashrc"), &profile).unwrap();
    elsewhere.run_file_with("queue", &["node1"], &[node.entry()], "copy = true\n", "");
    let folder = elsewhere.home.join(".cache/rush-host/bin");
    let files = || fs::read_dir(&folder).map(Iterator::count).unwrap_or_default();

    let start = elsewhere.scene.start("start run.toml");
    eventually_some("the copy is under way", || {
        let file = fs::read_dir(&folder).ok()?.next()?.ok()?;
        (file.metadata().ok()?.len() > 0).then_some(())
    });
    start.signal(Signal::INT);
    start.wait().ends_with_code(130);
    eventually("what was half there is gone", || {
        // It may begin to sleep only now.
        elsewhere
            .scene
            .processes()
            .iter()
            .filter(|process| process.command[0] == "sleep")
            .for_each(Process::kill);
        files() == 0
    });
    elsewhere.nothing_has_begun();

    fs::remove_file(elsewhere.home.join(".bashrc")).unwrap();
    elsewhere.scene.host("start run.toml").ok();
    elsewhere.scene.host("stop run.toml").ok();
    assert_eq!(files(), 1);
}

#[test]
fn a_copy_that_does_not_run_there_is_told() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine_with("node1", "") else { return };
    // A machine on which nothing of ours finds what it needs: `--version` is asked with this.
    fs::write(elsewhere.home.join(".bashrc"), "export LD_PRELOAD= RUSH_TEST_BROKEN=1\nulimit -v 1000\n")
        .unwrap();
    elsewhere.run_file_with("queue", &["node1"], &[node.entry()], "copy = true\n", "");
    let said = elsewhere.scene.host("start run.toml");
    said.ends_with_code(6).says("Host node1: rush-host could not be copied there");
    elsewhere.nothing_has_begun();
}
