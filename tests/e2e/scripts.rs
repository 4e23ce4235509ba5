//! `script`: workers that are started by hand, on any machine.

use rush_test_redis::Options;
use rush_tests::{Scene, eventually, guest};

/// What every shell, URL and log would stumble over.
const HOSTILE: &str = "pa$$w'\"rd `date` \\slash ünï";
/// As it stands in a URL.
const ENCODED: &str = "pa%24%24w%27%22rd%20%60date%60%20%5Cslash%20%C3%BCn%C3%AF";

fn queue() -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[workers]\ncount = 2\n");
    scene
}

#[test]
fn a_shell_runs_the_printed_line_as_often_as_one_likes() {
    let scene = queue();
    let script = scene.host("script run.toml");
    script.ok().says("This line starts 2 workers each time").says("set REDIS_URL to");
    let first = scene.shell(&script.data);
    scene.wait_for_running_workers(2);
    let second = scene.shell(&script.data);
    let snapshot = scene.wait_for_running_workers(4);
    for worker in scene.host("workers run.toml --format jsonl").jsonl() {
        assert_eq!((&worker["launcher"], &worker["remote"]), (&"script".into(), &false.into()), "{worker}");
    }
    assert_eq!(snapshot.workers().len(), 4);
    scene.push((0..20).map(f64::from));
    scene.wait_for_counts("all are finished", |counts| counts == [0, 0, 20, 0]);
    scene.host("stop run.toml").ok().says("Asked 4 workers");
    first.wait().ok();
    second.wait().ok();
}

#[test]
fn a_line_can_be_run_elsewhere_and_those_workers_are_remote() {
    let scene = queue();
    let script = scene.host("script run.toml --workers 1 --program there/rush-host");
    let line = script.ok().data.clone();
    assert!(line.starts_with("there/rush-host worker --network test --config "), "{line}");
    std::fs::create_dir(scene.path("there")).unwrap();
    let here = scene.host("script run.toml").data.split(' ').next().unwrap().to_owned();
    std::os::unix::fs::symlink(here, scene.path("there/rush-host")).unwrap();
    // What the workers know of where they were launched is what they are told.
    let words: Vec<&str> = line.split(' ').collect();
    let from = words[words.iter().position(|word| *word == "--launched-from").unwrap() + 1];
    let run = scene.shell(&line.replace(&format!("--launched-from {from}"), "--launched-from elsewhere"));
    scene.wait_for_running_workers(1);
    assert_eq!(scene.host("workers run.toml --format jsonl").jsonl()[0]["remote"], true);
    scene.host("stop run.toml").ok();
    run.wait().ok();
}

#[test]
fn a_file_holds_all_that_is_needed_and_shows_it_to_nobody() {
    let mut scene = Scene::with_redis_that(Options { tcp: true, ..Options::default() });
    let url = scene.redis().url();
    let mut connection = scene.redis().connection();
    redis::cmd("CONFIG").arg("SET").arg("requirepass").arg(HOSTILE).exec(&mut connection).unwrap();
    scene.set("REDIS_URL", "");
    scene.set("RUSH_LOG", "debug");
    scene.write("password", HOSTILE);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(scene.path("password"), mode).unwrap();
    scene.run_file(
        guest("queue"),
        &format!("[redis]\nurl = \"{url}\"\npassword_file = \"password\"\n[workers]\ncount = 2\n"),
    );
    let hides = |text: &str| {
        let shown = ["$w", "%24w", "`date", "%60date", "slash"].iter().any(|part| text.contains(part));
        assert!(!shown, "{text}");
    };

    let script = scene.host("script run.toml -o start-workers.sh");
    script.ok().says("`sh start-workers.sh` starts 2 workers each time").says(":<redacted>@127.0.0.1:");
    hides(&format!("{script}"));
    hides(&format!("{}", scene.host("script run.toml")));
    let mode = std::fs::metadata(scene.path("start-workers.sh")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o7777, 0o600);
    assert!(scene.read("start-workers.sh").contains(ENCODED));

    let run = scene.shell("env -u REDIS_URL sh start-workers.sh");
    let running = || scene.host("status run.toml --json").json()["workers"]["running"] == 2;
    eventually("both are running", running);
    for process in scene.processes() {
        hides(&process.command.join(" "));
    }
    hides(&format!("{}", scene.host("stop run.toml")));
    let said = run.wait();
    hides(&format!("{}", said.ok()));
    let stored: Vec<String> = redis::cmd("KEYS").arg("test:config:*").query(&mut connection).unwrap();
    let configs: Vec<String> = redis::cmd("MGET").arg(&stored).query(&mut connection).unwrap();
    hides(&configs.join("\n"));
}

#[test]
fn after_a_reset_it_says_what_is_missing() {
    let scene = queue();
    let line = scene.host("script run.toml").ok().data.clone();
    scene.host("reset run.toml").ok();
    let said = scene.shell(&line).wait();
    said.ends_with_code(4)
        .says("Network `test` holds no configuration")
        .says("start the workers again from the run file");
}

#[test]
fn what_it_gives_to_workers_is_settled_when_it_is_made() {
    let scene = Scene::with_redis();
    let file = |x: f64| {
        scene.run_file(guest("sleeper"), &format!("[loop.args]\nx = {x}\n[workers]\nseed = 1\n"));
    };
    file(1.0);
    let line = scene.host("script run.toml").ok().data.clone();
    file(2.0);
    scene.host("start run.toml").ok();
    let run = scene.shell(&line);
    scene.wait_for_running_workers(2);
    let mut connection = scene.redis().connection();
    let config = |launcher: &str| {
        let workers = scene.host("workers run.toml --format jsonl").jsonl();
        let worker = workers.iter().find(|worker| worker["launcher"] == launcher).unwrap();
        format!("test:{}", worker["worker_id"].as_str().unwrap())
    };
    let mut args = |launcher: &str| {
        let digest: String =
            redis::cmd("HGET").arg(config(launcher)).arg("config").query(&mut connection).unwrap();
        let text: String =
            redis::cmd("GET").arg(format!("test:config:{digest}")).query(&mut connection).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["args"].clone()
    };
    assert_eq!(args("script"), r#"{"x":1}"#);
    assert_eq!(args("local"), r#"{"x":2}"#);
    scene.host("stop run.toml").ok();
    run.wait().ok();
}

#[test]
fn a_private_redis_is_refused_and_nothing_is_stored() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    let said = scene.host("script run.toml");
    said.ends_with_code(6)
        .says("A private Redis cannot be reached by workers that are started through a script")
        .says("name a [redis] url");
    assert!(!scene.path(".rush").exists(), "one was begun in vain");
}
