//! Machines that do not do what they are asked for: each is named, with what to do, and nothing is left.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rush_tests::{SshEntry, host};

use super::elsewhere::{Elsewhere, count};

#[test]
fn a_jump_host_that_refuses_is_told() {
    let elsewhere = Elsewhere::new();
    let (Some(jump), Some(inner)) = (elsewhere.machine("jump"), elsewhere.machine("inner")) else { return };
    let entries = [jump.entry().stranger(), inner.entry().through(&jump)];
    elsewhere.run_file("queue", &["inner"], &entries, "");
    let said = elsewhere.scene.host("start run.toml");
    said.ends_with_code(6).says("Host inner: permission denied").says("root@127.0.0.1: Permission denied");
    elsewhere.nothing_has_begun();
}

#[test]
fn a_host_that_cannot_be_used_is_named_with_what_to_do_and_nothing_is_left() {
    let elsewhere = Elsewhere::new();
    let (Some(good), Some(bad)) = (elsewhere.machine("node1"), elsewhere.machine("node2")) else { return };
    let mut gone = elsewhere.machine("node3").unwrap();
    gone.stop();
    let refused = |host: &str, entry: SshEntry<'_>, keys: &str, words: [&str; 3]| {
        let program = format!("program = {:?}\n", rush_tests::host());
        let keys = if keys.is_empty() { &program } else { keys };
        elsewhere.run_file_with("sleeper", &["node1", host], &[good.entry(), entry], keys, &count(2));
        for command in ["start", "run"] {
            let said = elsewhere.scene.host(&format!("{command} run.toml"));
            said.ends_with_code(6);
            for words in words {
                said.says(words);
            }
            elsewhere.nothing_has_begun();
        }
    };
    refused(
        "node3",
        gone.entry(),
        "",
        [
            "Host node3: connection refused",
            "ssh: connect to host 127.0.0.1",
            "`ssh node3 true` tries it by hand",
        ],
    );
    refused(
        "node2",
        bad.entry().stranger(),
        "",
        ["Host node2: permission denied", "Permission denied (publickey)", "load a key (`ssh-add`)"],
    );
    refused(
        "node2",
        bad.entry().unknown(),
        "",
        [
            "Host node2: its host key is not known",
            "Host key verification failed",
            "set `accept_new = true` in [launcher.ssh]",
        ],
    );
    refused(
        "node2",
        bad.entry().changed(),
        "",
        [
            "Host node2: its host key has changed",
            "has changed and you have requested strict checking",
            "`ssh-keygen -R node2`",
        ],
    );
    refused(
        "no-such-host.invalid",
        bad.entry(),
        "",
        [
            "Host no-such-host.invalid: no machine of this name is known",
            "Could not resolve hostname",
            "as ssh knows them",
        ],
    );
    refused(
        "node2",
        bad.entry(),
        "program = \"/no/rush host\"\n",
        [
            ": rush-host was not found there",
            "/no/rush host: not found",
            "`copy = true` brings this one there",
        ],
    );
    refused(
        "node2",
        bad.entry(),
        "options = [\"-o\", \"NoSuchOption=1\"]\n",
        [": ssh does not understand its options", "Bad configuration option", "`[launcher.ssh] options`"],
    );
}

#[test]
fn a_new_key_is_accepted_only_if_that_is_asked_for_and_a_changed_one_never() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine("node1") else { return };
    let accepts = format!("program = {:?}\naccept_new = true\n", host());
    elsewhere.run_file_with("queue", &["node1"], &[node.entry().changed()], &accepts, "");
    elsewhere.scene.host("start run.toml").ends_with_code(6).says("Host node1: its host key has changed");
    elsewhere.nothing_has_begun();
    elsewhere.run_file_with("queue", &["node1"], &[node.entry().unknown()], &accepts, "");
    elsewhere.scene.host("start run.toml").ok();
    elsewhere.scene.host("stop run.toml").ok();
    // It is known from now on.
    elsewhere.run_file("queue", &["node1"], &[node.entry().unknown()], "");
    elsewhere.scene.host("start run.toml").ok();
    elsewhere.scene.host("stop run.toml").ok();
}

#[test]
fn the_programs_own_end_is_told_apart_from_sshs() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine("node1") else { return };
    let there = elsewhere.home.join("rush-host");
    for (code, told) in [(5, 5), (255, 254)] {
        fs::write(&there, format!("#!/bin/sh\necho it fails here >&2\nexit {code}\n")).unwrap();
        fs::set_permissions(&there, fs::Permissions::from_mode(0o755)).unwrap();
        let keys = format!("program = {there:?}\n");
        elsewhere.run_file_with("queue", &["node1"], &[node.entry()], &keys, "");
        let said = elsewhere.scene.host("start run.toml");
        said.ends_with_code(6).says("it fails here");
        said.says(&format!(
            "Host node1: its host process ended before its workers were registered (exit code {told})"
        ));
        elsewhere.nothing_has_begun();
    }
}

/// A stock server refuses some of those that come when ten others are still on their way.
#[test]
fn forty_host_processes_at_once_all_come() {
    let elsewhere = Elsewhere::new();
    let Some(node) = elsewhere.machine("node1") else { return };
    let program = format!("program = {:?}\n", host());
    let tables = format!("{}processes = 40\n", count(40));
    elsewhere.run_file_with("sleeper", &["node1"], &[node.entry()], &program, &tables);
    elsewhere.scene.host("start run.toml").ok().says("40 workers registered");
    elsewhere.scene.host_processes(40);
    elsewhere.scene.host("stop run.toml --kill").ok();
    elsewhere.scene.host_processes(0);
}

#[test]
fn who_is_refused_for_want_of_room_is_tried_again() {
    let elsewhere = Elsewhere::new();
    // Beyond the second that is not logged in yet, half of them are refused.
    let Some(node) = elsewhere.machine_with("node1", "MaxStartups 2:50:6\n") else { return };
    let tables = format!("{}processes = 8\n", count(8));
    elsewhere.run_file("sleeper", &["node1"], &[node.entry()], &tables);
    elsewhere.scene.host("start run.toml").ok().says("8 workers registered");
    assert!(node.log().contains("drop connection"), "nobody was refused:\n{}", node.log());
    elsewhere.scene.host("stop run.toml --kill").ok();
    elsewhere.scene.host_processes(0);
}
