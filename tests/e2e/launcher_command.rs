//! `[launcher.command]`: host processes that are started through any program.

use std::os::unix::fs::PermissionsExt as _;

use rush_test_redis::Options;
use rush_tests::{Process, Scene, eventually, guest};
use rustix::process::Signal;

/// A shell that becomes the host process.
const SHELL: &str = "[launcher.command]\nargv = [\"sh\", \"-c\", \"exec {script}\"]\n";
const BURIAL_SOON: &str = "[heartbeat]\nperiod = \"100ms\"\nexpire = \"500ms\"\n";

/// With two workers in two processes, started through this.
fn scene(name: &str, launcher: &str, tables: &str) -> Scene {
    let scene = Scene::with_redis();
    // As `sbatch`: it takes note, and returns at once.
    scene.write("submit", "#!/bin/sh\nsetsid sh -c \"$1\" </dev/null >>submitted.log 2>&1 &\n");
    scene.write("url", scene.redis().url());
    for (file, mode) in [("submit", 0o755), ("url", 0o600)] {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(scene.path(file), mode).expect("it was just written");
    }
    scene.run_file(guest(name), &format!("[workers]\ncount = 2\nprocesses = 2\n{launcher}{tables}"));
    scene
}

/// A batch system: the program returns at once, and the URL is in a file of the machine there.
fn batch(scene: &Scene) -> String {
    format!(
        "[launcher.command]\nargv = [\"{}\", \"{{script}}\"]\nredis_file = \"{}\"\n",
        scene.path("submit").display(),
        scene.path("url").display()
    )
}

fn batch_scene(name: &str, tables: &str) -> Scene {
    let scene = scene(name, "", "");
    let launcher = batch(&scene);
    scene.run_file(guest(name), &format!("[workers]\ncount = 2\nprocesses = 2\n{launcher}{tables}"));
    scene
}

fn states(scene: &Scene) -> Vec<&'static str> {
    scene.snapshot().workers().values().map(|worker| worker.state).collect()
}

#[test]
fn a_run_goes_through_a_shell() {
    let scene = scene("queue", SHELL, "[stop]\nfinished = 20\n");
    scene.push((0..20).map(f64::from));
    let said = scene.host("run run.toml");
    said.ok().shows("Workers: 2 terminated (returned)").shows("20 finished");
    for worker in scene.host("workers run.toml --format jsonl").jsonl() {
        assert_eq!((&worker["launcher"], &worker["remote"]), (&"command".into(), &false.into()), "{worker}");
    }
}

#[test]
fn what_returns_at_once_has_done_its_part() {
    let scene = batch_scene("queue", "[stop]\nfinished = 20\n");
    scene.push((0..20).map(f64::from));
    scene.host("run run.toml").ok().shows("Workers: 2 terminated (returned)").shows("20 finished");
}

#[test]
fn started_stopped_killed_and_started_again() {
    for batch in [false, true] {
        let scene = if batch { batch_scene("sleeper", "") } else { scene("sleeper", SHELL, "") };
        scene.host("start run.toml").ok().says("2 workers registered");
        let snapshot = scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
        let ids: Vec<String> = snapshot.workers().keys().cloned().collect();
        scene.host(&format!("stop run.toml --kill {}", ids[0])).ok().says("Killed 1 worker");
        scene.host(&format!("stop run.toml {}", ids[1])).ok().says("Asked 1 worker");
        scene.nothing_is_left();
        scene
            .host(&format!("restart run.toml {} {}", ids[0], ids[1]))
            .ok()
            .says("2 workers registered again");
        scene.wait_for_counts("each worker has a task again", |counts| counts == [0, 2, 1, 1]);
        scene.host("stop run.toml --kill").ok();
        assert_eq!(states(&scene), ["killed", "killed"]);
    }
}

#[test]
fn an_interrupt_reaches_the_workers() {
    for batch in [false, true] {
        let scene = if batch { batch_scene("sleeper", "") } else { scene("sleeper", SHELL, "") };
        let run = scene.start("run run.toml");
        scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
        run.signal(Signal::INT);
        run.wait().ends_with_code(130).shows("Workers: 2 terminated (returned)").shows("2 finished");
    }
}

#[test]
fn two_interrupts_kill_them() {
    for batch in [false, true] {
        let scene = if batch { batch_scene("busy", "") } else { scene("busy", SHELL, "") };
        let run = scene.start("run run.toml");
        scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
        run.signal(Signal::INT);
        run.wait_until_it_says("Workers end after their task");
        run.signal(Signal::INT);
        run.wait().ends_with_code(130).shows("Workers: 2 killed");
    }
}

#[test]
fn those_that_hang_on_a_killed_manager_end_after_their_task() {
    let scene = scene("sleeper", SHELL, "");
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    run.signal(Signal::KILL);
    run.wait();
    eventually("both have ended well", || states(&scene) == ["terminated", "terminated"]);
    assert_eq!(scene.snapshot().counts(), [0, 0, 2, 0]);
}

#[test]
fn those_of_a_batch_system_go_on_without_the_manager() {
    let scene = batch_scene("sleeper", "");
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    run.signal(Signal::KILL);
    run.wait();
    scene.push([1.0, 2.0]);
    scene.wait_for_counts("they go on", |counts| counts == [0, 2, 2, 0]);
    scene.host("stop run.toml").ok().says("Asked 2 workers");
}

#[test]
fn the_manager_buries_what_it_cannot_see_die() {
    for batch in [false, true] {
        let tables = format!("{BURIAL_SOON}[stop]\nfinished = 1\n");
        let scene = if batch { batch_scene("busy", &tables) } else { scene("busy", SHELL, &tables) };
        let run = scene.start("run run.toml");
        scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
        // All of them: there is nobody else who could.
        scene.host_processes(2).iter().for_each(Process::kill);
        let said = run.wait();
        said.ends_with_code(7).shows("Workers: 2 lost").says("the run ended for want of workers");
        assert_eq!(scene.snapshot().counts(), [0, 0, 0, 2]);
    }
}

#[test]
fn what_was_lost_elsewhere_is_started_again() {
    let restart = format!("restart = \"on-lost\"\nmax_restarts = 1\n{BURIAL_SOON}[stop]\nfinished = 1\n");
    for launcher in [None, Some(SHELL)] {
        let scene = scene("busy", "", "");
        let launcher = launcher.map_or_else(|| batch(&scene), str::to_owned);
        let workers = "[workers]\ncount = 2\nprocesses = 2\n";
        scene.run_file(guest("busy"), &format!("{launcher}{workers}{restart}"));
        let run = scene.start("run run.toml");
        scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
        // One is seen by the other, which leaves it to the manager; both at once by the manager alone.
        scene.host_processes(2)[0].kill();
        run.wait_until_it_says("Starting 1 lost worker again: ");
        scene.wait_for_counts("it is back", |counts| counts == [0, 2, 0, 1]);
        let workers = scene.host("workers run.toml --format jsonl").jsonl();
        assert!(workers.iter().all(|worker| worker["launcher"] == "command"), "{workers:?}");
        scene.host_processes(2).iter().for_each(Process::kill);
        // The one has been back before, the other has not.
        scene.wait_for_counts("the other is back", |counts| counts == [0, 1, 0, 3]);
        scene.host_processes(1)[0].kill();
        let said = run.wait();
        said.ends_with_code(7).shows("Workers: 2 lost");
        assert_eq!(said.talk.matches("Starting 1 lost worker again: ").count(), 2, "{said}");
        assert_eq!(scene.snapshot().counts(), [0, 0, 0, 4]);
    }
}

/// As `ssh` to a machine that is gone.
#[test]
fn a_restart_that_fails_takes_nobody_with_it() {
    let launcher = "[launcher.command]\nargv = [\"sh\", \"-c\", 'if test -e gone; then echo no route to host >&2; exit 255; fi; eval exec \"$0\"', \"{script}\"]\n";
    let workers = "[workers]\ncount = 2\nprocesses = 2\nrestart = \"on-lost\"\n";
    let scene = scene("sleeper", "", "");
    scene.run_file(guest("sleeper"), &format!("{launcher}{workers}{BURIAL_SOON}"));
    let run = scene.start("run run.toml");
    scene.wait_for_counts("each worker has a task", |counts| counts == [0, 2, 0, 0]);
    scene.write("gone", "");
    scene.host_processes(2)[0].kill();
    run.wait_until_it_says("no route to host");
    run.wait_until_it_says("lost workers could not be started again");
    eventually("everybody can see why", || {
        let workers = scene.host("workers run.toml --state lost --format jsonl").jsonl();
        let why =
            |worker: &serde_json::Value| worker["message"].as_str().map(str::to_owned).unwrap_or_default();
        workers.iter().any(|worker| why(worker).starts_with("not started again: the launcher `sh` failed"))
    });
    scene.push([1.0]);
    scene.wait_for_counts("the other goes on", |counts| counts == [0, 1, 1, 1]);
    run.signal(Signal::INT);
    let said = run.wait();
    said.ends_with_code(130).shows("Workers: 1 lost, 1 terminated (returned)").never_says("Killing");
}

#[test]
fn a_program_that_fails_is_told_with_what_it_said() {
    let launcher =
        "[launcher.command]\nargv = [\"sh\", \"-c\", \"echo no such partition >&2; exit 3\", \"{script}\"]\n";
    let scene = scene("queue", launcher, "");
    for command in ["run", "start"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(6)
            .says("The launcher `sh` failed before its workers were registered (exit status: 3)")
            .says("no such partition");
    }
}

#[test]
fn a_program_that_cannot_be_found_is_named() {
    let scene = scene("queue", "[launcher.command]\nargv = [\"sbotch\", \"{script}\"]\n", "");
    for command in ["run", "start"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(6).says("The launcher `sbotch` cannot be started: No such file");
    }
}

#[test]
fn who_starts_nothing_is_not_waited_for_for_ever() {
    let scene = scene("queue", "[launcher.command]\nargv = [\"true\", \"{script}\"]\n", "");
    for command in ["run", "start"] {
        let said = scene.host(&format!("{command} run.toml --set workers.start_timeout=300ms"));
        said.ends_with_code(6).says("nly 0 of 2 workers are registered after 300ms");
    }
}

#[test]
fn a_start_that_fails_leaves_nothing_that_begins_later() {
    // It begins when we say so, which is long after the start was given up.
    let waits = "[launcher.command]\nargv = [\"sh\", \"-c\", \"until test -e go; do sleep 0.02; done; exec {script}\"]\n";
    let scene = scene("queue", waits, "");
    let failed = |command: &str| {
        let said = scene.host(&format!("{command} --set workers.start_timeout=300ms"));
        said.ends_with_code(6).says("nly 0 of 2 workers are registered after 300ms");
        scene.nothing_is_left();
    };
    failed("start run.toml");
    scene.write("go", "");
    scene.host("start run.toml").ok();
    let ids: Vec<String> = scene.wait_for_running_workers(2).workers().keys().cloned().collect();
    scene.host("stop run.toml").ok();
    scene.nothing_is_left();
    std::fs::remove_file(scene.path("go")).expect("it was just written");
    failed(&format!("restart run.toml {} {}", ids[0], ids[1]));
    assert_eq!(states(&scene), ["terminated", "terminated"]);
}

#[test]
fn a_start_that_fails_in_part_ends_what_has_begun() {
    // The first one there begins, the second fails.
    let once = "[launcher.command]\nargv = [\"sh\", \"-c\", \"mkdir first && exec {script}; until test -e go; do sleep 0.02; done; exit 3\"]\n";
    let scene = scene("sleeper", once, "");
    let start = scene.start("start run.toml");
    scene.wait_for_counts("one of them has a task", |counts| counts == [0, 1, 0, 0]);
    scene.write("go", "");
    start.wait().ends_with_code(6).says("The launcher `sh` failed before its workers were registered");
    scene.nothing_is_left();
    assert_eq!(states(&scene), ["terminated"]);
    assert_eq!(scene.snapshot().counts(), [0, 0, 1, 0], "it has ended after its task");
}

#[test]
fn a_worker_without_its_url_says_so() {
    let launcher = "[launcher.command]\nargv = [\"sh\", \"-c\", \"{script} </dev/null\"]\n";
    let scene = scene("queue", launcher, "");
    let said = scene.host("start run.toml");
    said.ends_with_code(6).says("No URL of Redis on standard input: it is empty").says("redis_file");
}

#[test]
fn no_path_is_too_hostile_for_a_shell() {
    let scene = scene("queue", "", "");
    let hostile = "it's $HOME `id` \\ \"x\" größer";
    std::fs::create_dir(scene.path(hostile)).unwrap();
    let here = scene.host("script run.toml").data.split(' ').next().unwrap().to_owned();
    let program = scene.path(hostile).join("rush-host");
    std::os::unix::fs::symlink(here, &program).unwrap();
    let program = serde_json::to_string(program.to_str().unwrap()).unwrap();
    let logs = serde_json::to_string(&format!("{hostile}/logs")).unwrap();
    // Through two shells, as with ssh to a machine whose login shell is a script.
    let launcher = format!(
        "[launcher.command]\nargv = [\"sh\", \"-c\", 'exec sh -c \"$0\"', \"{{script}}\"]\nprogram = {program}\n\
         [log]\nmessage_log = {logs}\n"
    );
    scene.run_file(guest("queue"), &launcher);
    scene.host("start run.toml").ok().says("1 worker registered");
    scene.host("stop run.toml").ok();
    assert_eq!(std::fs::read_dir(scene.path(hostile).join("logs")).unwrap().count(), 1);
}

#[test]
fn a_password_stands_in_no_command_line() {
    let options = Options { password: Some("hunter2hunter2".into()), tcp: true, ..Options::default() };
    let scene = Scene::with_redis_that(options);
    scene.run_file(guest("queue"), SHELL);
    let run = scene.start("run run.toml");
    scene.wait_for_running_workers(1);
    let commands: Vec<_> = scene.processes().into_iter().map(|process| process.command.join(" ")).collect();
    assert!(!commands.join("\n").contains("hunter2"), "{commands:#?}");
    run.signal(Signal::INT);
    run.wait().ends_with_code(130).never_says("hunter2");
}

#[test]
fn a_private_redis_is_refused() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), SHELL);
    for command in ["run", "start", "start --fresh"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(6)
            .says("A private Redis cannot be reached by workers that are started through [launcher.command]")
            .says("name a [redis] url");
        assert!(!scene.path(".rush").exists(), "one was begun in vain");
    }
}
