//! A Redis that cannot be used, and places that cannot be written to: exit code 4, and nothing is started.

use std::os::unix::fs::symlink;

use rush_test_redis::Options;
use rush_tests::{Scene, guest};

#[test]
fn no_redis_at_the_url() {
    let mut scene = Scene::new();
    scene.set("REDIS_URL", "redis://127.0.0.1:1");
    scene.run_file(guest("queue"), "[stop]\nfinished = 1");
    for command in ["run", "start", "status", "workers", "tasks", "stop", "reset", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(4).says("Redis at 127.0.0.1:1 cannot be reached: Connection refused");
        said.says("is it running, and is the URL right?");
    }
}

#[test]
fn a_wrong_password_is_told_and_not_shown() {
    let options = Options { password: Some("correct horse".into()), tcp: true, ..Options::default() };
    let mut scene = Scene::with_redis_that(Options { password: Some("correct".into()), ..options });
    scene.run_file(guest("queue"), "");
    scene.host("status run.toml --json").ok().never_says("correct");

    let wrong = scene.redis().url_with(Some("battery-staple"));
    scene.set("REDIS_URL", &wrong);
    scene.host("run run.toml").ends_with_code(4).says("refused the login").never_says("battery-staple");
    let none = scene.redis().url_with(None);
    scene.set("REDIS_URL", &none);
    scene.host("run run.toml").ends_with_code(4).says("refused the login").says("`[redis] password_file`");
}

#[test]
fn a_password_stands_in_no_command_line_and_not_in_redis() {
    let options = Options { password: Some("hunter2hunter2".into()), tcp: true, ..Options::default() };
    let scene = Scene::with_redis_that(options);
    scene.run_file(guest("queue"), "");
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(1);
    let processes = scene.processes();
    assert_eq!(processes.len(), 2, "{processes:#?}");
    assert!(!format!("{processes:?}").contains("hunter2"), "{processes:#?}");
    let mut connection = scene.redis().connection();
    let configs: Vec<String> = redis::cmd("KEYS").arg("test:config:*").query(&mut connection).unwrap();
    let config: String = redis::cmd("GET").arg(&configs).query(&mut connection).unwrap();
    assert!(config.contains("queue.wasm") && !config.contains("hunter2"), "{config}");
    run.signal(rustix::process::Signal::INT);
    run.wait().ends_with_code(130).never_says("hunter2");
}

#[test]
fn a_redis_that_would_throw_tasks_away() {
    let scene = Scene::with_redis_that(Options { policy: Some("allkeys-lru".into()), ..Options::default() });
    scene.run_file(guest("queue"), "");
    let said = scene.host("run run.toml");
    said.ends_with_code(4)
        .says("has the eviction policy `allkeys-lru`")
        .says("set `maxmemory-policy noeviction`");
}

#[test]
fn no_redis_server_on_the_path() {
    let mut scene = Scene::new();
    scene.run_file(guest("queue"), "");
    scene.set("PATH", scene.path("home"));
    for command in ["run", "start", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(4)
            .says("No redis-server (or valkey-server) on PATH")
            .says("sudo apt install redis-server");
    }
}

#[test]
fn a_redis_server_on_the_path_that_is_too_old() {
    let mut scene = Scene::new();
    scene.run_file(guest("queue"), "");
    scene.write(
        "home/redis-server",
        "#!/bin/sh\necho 'Redis server v=6.2.14 sha=00000000:0 malloc=jemalloc bits=64'\n",
    );
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(scene.path("home/redis-server"), mode).unwrap();
    scene.set("PATH", scene.path("home"));
    scene.host("run run.toml").ends_with_code(4).says("is version 6.2.14, but 7.0 or newer is needed");
}

#[test]
fn a_folder_that_the_data_cannot_be_written_to() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    scene.write(".rush", "a file where a folder should be");
    for command in ["run", "start", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(4).says("The data folder .rush/test of the private Redis is not writable: ");
        said.says("copy the run file to a folder that you may write to");
    }
}

#[test]
fn a_data_folder_that_leads_nowhere() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    symlink("/nowhere", scene.path(".rush")).unwrap();
    scene
        .host("run run.toml")
        .ends_with_code(4)
        .says("The data folder .rush/test of the private Redis is not writable");
}

#[test]
fn a_runtime_folder_that_others_may_write_to() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    let folder = scene.path(format!("run/rush-{}", rustix::process::geteuid().as_raw()));
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    scene.host("run run.toml").ends_with_code(4).says("others may use it (mode 777 instead of 700)");
}
