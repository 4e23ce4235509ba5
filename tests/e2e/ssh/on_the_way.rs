//! What goes to the other side: names as they are, no secret where it shows, and all of it told beforehand.

use std::fs;

use rush_test_redis::Options;
use rush_tests::{HOSTILE, Scene, eventually, files_below, guest, hides_the_password, host};
use rustix::process::Signal;

use super::elsewhere::{Elsewhere, clients};

#[test]
fn names_reach_the_other_side_as_they_are() {
    let elsewhere = Elsewhere::with_redis_that(Options::default(), HOSTILE);
    let Some(node) = elsewhere.machine("node1") else { return };
    let (program, logs) = (elsewhere.home.join("rush-host"), elsewhere.home.join("logs"));
    std::os::unix::fs::symlink(host(), &program).unwrap();
    let keys = format!("program = {program:?}\n");
    let log = format!("[log]\nmessage_log = {logs:?}\n");
    elsewhere.run_file_with("queue", &["node1"], &[node.entry()], &keys, &log);
    elsewhere.scene.host("start run.toml").ok();
    assert_eq!(elsewhere.scene.host_processes(1)[0].command[0], program.to_str().unwrap());
    assert_eq!(fs::read_dir(&logs).unwrap().count(), 1);
    assert!(elsewhere.home.join(".local/state/rush-host/test.log").exists());
    elsewhere.scene.host("stop run.toml").ok();
}

#[test]
fn no_password_is_seen_on_the_way() {
    let mut elsewhere = Elsewhere::with_redis_that(Options { tcp: true, ..Options::default() }, "home there");
    let Some(node) = elsewhere.machine("node1") else { return };
    let scene = &mut elsewhere.scene;
    let (secret, with) = scene.hostile_password();
    scene.set("OTHER", format!("redis://:{secret}@somewhere"));
    let redis = format!("[redis]\nurl = \"{with}\"\n");
    elsewhere.run_file_with("sleeper", &["node1"], &[node.entry()], &format!("copy = true\n{redis}"), "");
    let scene = &elsewhere.scene;

    let run = scene.start("run run.toml --debug");
    eventually("its worker works", || {
        let workers = scene.host("workers run.toml --format jsonl").jsonl();
        workers.iter().any(|worker| worker["state"] == "running")
    });
    let clients = clients(scene);
    assert_eq!(clients.len(), 1);
    for client in clients {
        let variables = fs::read(format!("/proc/{}/environ", client.pid)).unwrap();
        hides_the_password("the environment of ssh", &String::from_utf8_lossy(&variables));
    }
    // Of everybody: of what starts them, too, on both sides.
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        hides_the_password(
            "a command line",
            &fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default(),
        );
    }
    run.signal(Signal::INT);
    let mut said = vec![run.wait()];
    said[0].ends_with_code(130);
    said.push(scene.host("start run.toml --dry-run"));
    said[1].ok().shows("<redacted>");
    said.push(scene.host("start run.toml"));
    said[2].ok();
    said.push(scene.host("workers run.toml --format jsonl"));
    said.push(scene.host("stop run.toml --kill"));
    for said in said {
        hides_the_password("what is said", &said.to_string());
    }
    hides_the_password("the log of sshd", &node.log());
    for file in files_below(&scene.path("")) {
        hides_the_password(
            &file.display().to_string(),
            &String::from_utf8_lossy(&fs::read(&file).unwrap_or_default()),
        );
    }
}

#[test]
fn a_dry_run_shows_exactly_what_would_be_run_and_touches_nothing() {
    let scene = Scene::new();
    let launcher = "[launcher.ssh]\nhosts = [{ host = \"big\", workers = 2 }, { host = \"ada@small\" }]\n\
                    options = [\"-p\", \"2222\"]\nprogram = \"/opt/rush host\"\n";
    let redis = "[redis]\nurl = \"redis://:geheim@cache:6379/0\"\n";
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 3\n{launcher}{redis}"));
    let said = scene.host("start run.toml --dry-run");
    said.ok().never_says("geheim");
    let lines: Vec<&str> = said.data.lines().filter(|line| !line.is_empty()).collect();
    let commands: Vec<&&str> = lines.iter().filter(|line| line.starts_with("ssh ")).collect();
    assert_eq!(commands.len(), 2, "{said}");
    let begin = "ssh -T -o 'BatchMode=yes' -p 2222 -o 'ConnectTimeout=10' -o 'ServerAliveInterval=15' \
                 -o 'ServerAliveCountMax=3' -o 'ControlMaster=no' -o 'ClearAllForwardings=yes' -o 'ForwardAgent=no' \
                 -o 'ForwardX11=no' -o 'RemoteCommand=none' -o 'LogLevel=INFO' --";
    for (host, command) in ["big", "ada@small"].into_iter().zip(commands) {
        assert!(command.starts_with(&format!("{begin} {host} 'exec /bin/sh -c ")), "{command}");
        for part in ["/opt/rush host", "--redis-stdin --detached", &format!("--place {host} ")] {
            assert!(command.contains(part), "{part}: {command}");
        }
        let comment = format!("# {host}: standard input is the URL of Redis, <redacted>");
        assert!(lines.contains(&comment.as_str()), "{said}");
    }
}
