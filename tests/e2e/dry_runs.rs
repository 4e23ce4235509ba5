//! `start --dry-run`: what would be started, word for word, and nothing else happens. What batch systems and ssh would get is shown in the
//! tests of those.

use std::thread::available_parallelism;

use rush_tests::{Scene, guest, host};

/// Nobody listens there.
const URL: &str = "redis://me:hunter2@127.0.0.1:1/0";

fn scene(tables: &str) -> Scene {
    let mut scene = Scene::new();
    scene.set("REDIS_URL", URL);
    scene.run_file(guest("queue"), &format!("[workers]\ncount = 2\nseed = 7\n{tables}"));
    scene
}

/// What is shown, without what differs each time or on each machine.
fn shown(scene: &Scene, words: &str) -> String {
    let said = scene.host(&format!("start run.toml --dry-run {words}"));
    said.ok().says("nothing was started").never_says("hunter2");
    let mut shown = said.data.replace(&host().display().to_string(), "RUSH-HOST");
    for (flag, mask) in
        [("--config", "CONFIG"), ("--launch", "LAUNCH"), ("--id", "ID"), ("--launched-from", "HERE")]
    {
        shown = masked(&shown, flag, mask);
    }
    shown
}

/// The text with a mask in the place of each word behind a flag.
fn masked(text: &str, flag: &str, mask: &str) -> String {
    let behind = format!(" {flag} ");
    let mut parts = text.split(&behind).map(str::to_owned);
    let mut masked = parts.next().unwrap_or_default();
    for part in parts {
        let end = part.find([' ', '\'', '\n']).unwrap_or(part.len());
        masked += &format!("{behind}{mask}{}", &part[end..]);
    }
    masked
}

const PATIENCE: &str = "--connect-timeout 5000 --unavailable-after 60000";

#[test]
fn here_each_host_process_is_a_line() {
    let scene = scene("processes = 2\n");
    // Together as many as there are cores.
    let cores = available_parallelism().unwrap().get();
    let threads = (cores / 2).max(1);
    let line = |index: u32| {
        format!(
            "REDIS_URL='redis://me:<redacted>@127.0.0.1:1/0' RUSH-HOST worker --network test --config CONFIG --workers 1 \
             --first-index {index} --threads {threads} --launcher local --launched-from HERE {PATIENCE} --id ID --detached --debug\n"
        )
    };
    assert_eq!(shown(&scene, ""), line(0) + &line(1));
    let three = shown(&scene, "-n 3 --set workers.processes=1");
    assert!(
        three.contains(" --workers 3 ")
            && three.contains(&format!(" --threads {cores} "))
            && three.lines().count() == 1,
        "{three}"
    );
    assert!(!scene.path(".rush").exists());
}

#[test]
fn a_private_redis_is_not_begun() {
    let mut scene = scene("processes = 1\n");
    scene.set("REDIS_URL", "");
    let shown = shown(&scene, "");
    assert!(shown.contains(" --private ") && !shown.contains("REDIS_URL"), "{shown}");
    assert!(!scene.path(".rush").exists());
    scene.nothing_is_left();
}

#[test]
fn a_command_is_shown_with_what_it_is_given() {
    let scene = scene("processes = 1\n[launcher.command]\nargv = [\"ssh\", \"node 1\", \"{script}\"]\n");
    assert_eq!(
        shown(&scene, ""),
        format!(
            "echo 'redis://me:<redacted>@127.0.0.1:1/0' | 'ssh' 'node 1' 'RUSH-HOST worker --network test --config CONFIG \
             --launch LAUNCH --process 0 --launcher command --launched-from HERE {PATIENCE} --redis-stdin --detached --debug'\n"
        )
    );
}

#[test]
fn what_could_not_be_started_is_refused_as_ever() {
    let mut scene = scene("[launcher.command]\nargv = [\"ssh\", \"node1\", \"{script}\"]\n");
    scene.set("REDIS_URL", "");
    let said = scene.host("start run.toml --dry-run");
    said.ends_with_code(6).says("A private Redis cannot be reached by workers");
    scene.host("start run.toml --dry-run --fresh").ends_with_code(2).says("cannot be used with");
}
