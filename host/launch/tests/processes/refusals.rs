//! A private Redis that cannot be: what the user is told, and that nothing is left behind.

use std::fs;
use std::process::Command;

use crate::fixture::{Actor, myself, script};
use crate::stage::Stage;

crate::tests![
    no_server_installed_says_what_to_install,
    an_old_server_is_refused,
    a_data_folder_that_cannot_be_made_is_named,
    a_damaged_file_is_an_error_with_the_remedy_and_is_left_as_it_is,
    data_in_use_on_another_machine_are_left_alone,
    a_server_that_does_not_start_is_an_error_with_its_log,
    a_full_disk_is_named,
];

fn no_server_installed_says_what_to_install() {
    let stage = Stage::new();
    for path in ["", "/nowhere"] {
        let said = stage.refusal(|command| {
            command.env("PATH", path);
        });
        assert!(said.contains("No redis-server (or valkey-server) on PATH"), "{said}");
        assert!(said.contains("sudo apt install redis-server"), "{said}");
    }
    assert!(stage.locks_are_free());
}

fn an_old_server_is_refused() {
    let stage = Stage::new();
    let programs = stage.programs();
    script(&programs, "redis-server", "echo Redis server v=6.2.14 sha=00000000:0");
    let said = stage.refusal(|command| {
        command.env("PATH", &programs);
    });
    assert!(said.contains("is version 6.2.14, but 7.0 or newer is needed"), "{said}");
}

fn a_data_folder_that_cannot_be_made_is_named() {
    let stage = Stage::new();
    fs::write(stage.folder.path().join(".rush"), "a file").unwrap();
    let said = stage.refusal(|_| ());
    assert!(said.contains(".rush/net"), "{said}");
    assert!(said.contains("not writable"), "{said}");
    // Where nobody may write, root included.
    let (said, _) = Actor::start(myself("role:user").arg("/proc/nope")).rest();
    assert!(said.contains("The data folder /proc/nope"), "{said}");
}

fn a_damaged_file_is_an_error_with_the_remedy_and_is_left_as_it_is() {
    let stage = Stage::new();
    let user = stage.user();
    (0..100).for_each(|n| user.set(&format!("key-{n}")));
    let keeper = user.server().parent();
    user.actor.leave();
    keeper.wait_gone("the keeper");
    let aof = stage.data().join("appendonlydir/appendonly.aof.1.incr.aof");
    let mut bytes = fs::read(&aof).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 40].fill(b'?');
    fs::write(&aof, &bytes).unwrap();
    let said = stage.refusal(|_| ());
    assert!(said.contains("is damaged"), "{said}");
    assert!(said.contains("redis-check-aof --fix"), "{said}");
    assert!(said.contains("Bad file format"), "{said}");
    assert_eq!(fs::read(&aof).unwrap(), bytes);
    // The remedy works as it is written.
    let remedy = said.lines().find(|line| line.trim_start().starts_with("redis-check-aof")).unwrap();
    let fixed = Command::new("sh").arg("-c").arg(format!("yes | {}", remedy.trim())).output().unwrap();
    assert!(fixed.status.success(), "{}", String::from_utf8_lossy(&fixed.stdout));
    let user = stage.user();
    assert!(user.has("key-0"));
    user.actor.leave();
}

fn data_in_use_on_another_machine_are_left_alone() {
    let stage = Stage::new();
    fs::create_dir_all(stage.data()).unwrap();
    let path = stage.data().join("server.lock");
    fs::write(&path, "another-machine\n/run/elsewhere/rush-0/0123456789abcdef\n").unwrap();
    let lock = fs::File::open(&path).unwrap();
    lock.lock().unwrap();
    let said = stage.refusal(|_| ());
    assert!(said.contains("Another Redis server works on"), "{said}");
    assert!(said.contains("started on another-machine"), "{said}");
    drop(lock);
    stage.user().actor.leave();
}

fn a_server_that_does_not_start_is_an_error_with_its_log() {
    let stage = Stage::new();
    let programs = stage.programs();
    let version = "if [ \"$1\" = --version ]; then echo v=7.0.0; exit; fi";
    script(&programs, "redis-server", &format!("{version}; echo Something else is wrong; exit 3"));
    let said = stage.refusal(|command| {
        command.env("PATH", &programs);
    });
    assert!(said.contains("ended before it was ready (exit status: 3)"), "{said}");
    assert!(said.contains("Something else is wrong"), "{said}");
    assert!(stage.locks_are_free());
}

fn a_full_disk_is_named() {
    let stage = Stage::new();
    let programs = stage.programs();
    let version = "if [ \"$1\" = --version ]; then echo v=7.0.0; exit; fi";
    let words = "Error trying to write the temporary AOF manifest file: No space left on device";
    script(&programs, "redis-server", &format!("{version}; echo '{words}'; exit 1"));
    let said = stage.refusal(|command| {
        command.env("PATH", &programs);
    });
    assert!(said.contains("No space is left in"), "{said}");
    assert!(said.contains("df -h"), "{said}");
}
