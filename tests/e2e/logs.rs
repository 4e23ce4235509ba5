//! What workers log and write: stored in Redis as R rush stores it, shown by `log`, written into files.

use redis::Commands as _;
use rush_test_redis::Options;
use rush_tests::{PATIENCE, Scene, eventually, guest, host};
use rustix::process::Signal;
use serde_json::Value;

const ALL: &str = "[log]\nloggers = { root = \"trace\" }";

/// The ids of the workers, the longest known first.
fn workers(scene: &Scene) -> Vec<String> {
    let rows = scene.host("workers run.toml --format jsonl").jsonl();
    rows.iter().map(|row| row["worker_id"].as_str().expect("it has a name").to_owned()).collect()
}

/// What `log` shows as rows, of one column.
fn column(scene: &Scene, words: &str, name: &str) -> Vec<Value> {
    let rows = scene.host(&format!("log run.toml {words} --format jsonl")).jsonl();
    rows.into_iter().map(|mut row| row[name].take()).collect()
}

fn events(scene: &Scene, worker: &str) -> Vec<Value> {
    let key = format!("test:{worker}:events");
    let stored: Vec<String> = scene.redis().connection().lrange(key, 0, -1).expect("it is a list");
    stored.iter().map(|event| serde_json::from_str(event).expect("each is JSON")).collect()
}

#[test]
fn messages_are_stored_as_r_rush_stores_them() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "[log]\nloggers = { \"tests\" = \"warn\" }");
    scene.host("run run.toml").ok();
    let events = events(&scene, &workers(&scene)[0]);
    assert_eq!(events.len(), 2, "{events:?}");
    let names: Vec<&String> = events[0].as_object().unwrap().keys().collect();
    assert_eq!(names, ["level", "timestamp", "logger", "caller", "msg"]);
    assert_eq!((&events[0]["level"], &events[0]["msg"]), (&300.into(), &"a warning".into()));
    assert_eq!((&events[1]["level"], &events[1]["msg"]), (&200.into(), &"an error".into()));
    assert_eq!(events[0]["logger"], "tests/rush");
    assert_eq!(events[0]["timestamp"].as_str().unwrap().len(), "2026-07-24 14:30:05.007".len());
}

#[test]
fn nothing_is_stored_unless_the_run_file_asks_for_it() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "");
    scene.host("run run.toml").ok();
    let log = scene.host("log run.toml");
    log.ok().says("No messages: run.toml asks for none to be stored").says("`loggers = { root = \"info\" }`");
    assert_eq!(log.data, "");
    assert!(events(&scene, &workers(&scene)[0]).is_empty());
}

#[test]
fn every_logger_has_a_threshold_of_its_own() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("log_lines"),
        "[log]\nloggers = { root = \"fatal\", \"tests/rush\" = \"error\", log_lines = \"debug\" }",
    );
    scene.host("run run.toml").ok();
    assert_eq!(column(&scene, "", "msg"), ["an error", "under the name of the module"]);
    scene.host("run run.toml --fresh --set log.loggers.root=debug").ok();
    assert_eq!(column(&scene, "", "level"), ["error", "info"]);
}

#[test]
fn a_log_is_readable_and_harmless() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), ALL);
    scene.host("run run.toml").ok();
    let worker = &workers(&scene)[0];
    let log = scene.host("log run.toml");
    // Without the times, which only a message's first line has.
    let without_time = |line| if str::starts_with(line, ' ') { line } else { &line[24..] };
    let lines: Vec<&str> = log.ok().data.lines().map(without_time).collect();
    assert_eq!(
        lines,
        [
            &format!("trace {worker} tests/rush: a trace"),
            &format!("debug {worker} tests/rush: a detail"),
            &format!("info  {worker} tests/rush: some news"),
            &format!("warn  {worker} tests/rush: a warning"),
            &format!("error {worker} tests/rush: an error"),
            &format!("info  {worker} log_lines: under the name of the module"),
            &format!("info  {worker} tests/rush: two"),
            "    lines, ␛[31mred␛[0m, and a bell ␇",
        ]
    );
    scene.host("log run.toml --level error").ok().never_says("a warning").shows("an error");
}

#[test]
fn programs_get_the_columns_of_r_rush() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "[workers]\ncount = 2\n[log]\nloggers = { tests = \"warn\" }");
    scene.host("run run.toml").ok();
    let csv = scene.host("log run.toml --format csv");
    assert_eq!(csv.ok().data.lines().next().unwrap(), "worker_id,level,timestamp,logger,caller,msg");
    assert_eq!(csv.data.lines().count(), 5);
    assert_eq!(scene.host("log run.toml --format json").json().as_array().unwrap().len(), 4);
    let rows = scene.host("log run.toml --time-differences --format jsonl").jsonl();
    let difference = |row: &Value| row["time_difference"].as_f64();
    assert_eq!(rows.iter().filter(|row| difference(row).is_none()).count(), 2, "one of each worker");
    assert!(rows.iter().filter_map(difference).all(|seconds| (0.0..60.0).contains(&seconds)), "{rows:?}");
    assert!(rows.iter().all(|row| row["caller"] == "log_lines"), "{rows:?}");
    // Only some workers; and none that nobody knows.
    let [first, second] = &workers(&scene)[..] else { panic!("there are two") };
    assert_eq!(column(&scene, first, "worker_id"), [first.as_str(), first.as_str()]);
    let unknown = scene.host("log run.toml nobody");
    unknown.ends_with_code(2).says("Network `test` has no worker `nobody`").says(first).says(second);
    let endless = scene.host("log run.toml --follow --format json");
    endless.ends_with_code(2).says("`--format jsonl` writes one JSON object for each message");
}

#[test]
fn what_is_gathered_is_stored_before_the_end_of_a_worker() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), &format!("{ALL}\nbuffer = 100000"));
    scene.host("run run.toml").ok();
    assert_eq!(column(&scene, "", "msg").len(), 7);
}

#[test]
fn why_a_program_panicked_is_in_its_log_whatever_else_is() {
    let scene = Scene::with_redis();
    scene.run_file(guest("trap"), "[log]\nloggers = { mlr3 = \"fatal\" }\nbuffer = 10");
    scene.host("run run.toml").ends_with_code(9);
    let rows = scene.host("log run.toml --format jsonl").jsonl();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!((&rows[0]["logger"], &rows[0]["level"]), (&"panic".into(), &"error".into()));
    assert!(rows[0]["msg"].as_str().unwrap().contains("index out of bounds"), "{rows:?}");
}

#[test]
fn new_is_what_came_since_the_last_look() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), "[log]\nloggers = { tests = \"error\" }");
    let new = || column(&scene, "--new", "worker_id").len();
    scene.host("run run.toml").ok();
    assert_eq!([new(), new()], [1, 0]);
    scene.host("log run.toml --new").ok().says("No new messages");
    scene.host("run run.toml").ok();
    // A look without --new is none, and one at some workers leaves the others.
    assert_eq!(column(&scene, "", "msg").len(), 2);
    let first = &workers(&scene)[0];
    scene.host(&format!("log run.toml --new {first}")).ok().says("No new messages");
    assert_eq!([new(), new()], [1, 0]);
    scene.host("run run.toml --fresh").ok();
    assert_eq!([new(), new()], [1, 0], "after a reset everything is new");
    // Positions of one run file are not those of another.
    let copy = scene.read("run.toml");
    scene.write("copy.toml", copy);
    assert_eq!(scene.host("log copy.toml --new --format jsonl").jsonl().len(), 1);
}

#[test]
fn following_shows_what_comes_until_ctrl_c() {
    let scene = Scene::with_redis();
    scene.run_file(guest("watcher"), ALL);
    scene.host("start run.toml").ok();
    let mut follow = scene.start("log run.toml --follow --format jsonl");
    scene.write("queue.toml", scene.read("run.toml").replace("watcher.wasm", "queue.wasm"));
    scene.host("start queue.toml").ok();
    scene.push([1.5, 2.5]);
    eventually("both are followed", || follow.data().lines().count() == 2);
    follow.signal(Signal::INT);
    let said = follow.wait_at_most(PATIENCE);
    said.ends_with_code(130);
    assert!(said.data.contains("\"msg\":\"3\"") && said.data.contains("\"msg\":\"5\""), "{said}");
    scene.host("stop run.toml").ok();
}

#[test]
fn following_ends_quietly_with_its_reader() {
    let scene = Scene::with_redis();
    scene.run_file(guest("log_lines"), ALL);
    scene.host("run run.toml").ok();
    let program = host().display().to_string();
    // Nothing more is logged, so nothing more will be written: `head` is gone, and that is enough.
    let line = format!("({program} log run.toml --follow; echo code $? >&2) | head -1");
    let said = scene.shell(&line).wait();
    said.ok().says("code 0").never_says("ipe");
    assert!(said.data.ends_with("tests/rush: a trace\n"), "{said}");
}

#[test]
fn megabytes_on_stderr_hold_no_worker_up() {
    let scene = Scene::with_redis();
    scene.run_file(
        guest("chatty"),
        "[workers]\ncount = 2\n[log]\nmessage_log = \"logs\"\noutput_log = \"output/of/workers\"",
    );
    scene.host("run run.toml").ok().shows("200 finished");
    for worker in workers(&scene) {
        let messages = scene.read(format!("logs/message_{worker}.log"));
        let mut lines = messages.lines();
        assert_eq!(lines.next().unwrap(), format!("Debug message logging on worker {worker} started"));
        // Bytes as the guest wrote them.
        assert!(lines.next().unwrap().starts_with("\u{1b}[31mred\u{1b}[0m xxx"));
        assert!(messages.ends_with("info rush-host: the worker has ended (returned)\n"));
        let left_out: usize = messages.lines().filter(|line| line.contains("left out here")).count();
        assert!(left_out > 0 || messages.len() > 5 << 20, "{}", messages.len());
        let output = scene.read(format!("output/of/workers/output_{worker}.log"));
        let told: Vec<String> = (0..100).map(|task| format!("task {task}\n")).collect();
        assert_eq!(output, format!("Debug output logging on worker {worker} started\n{}", told.concat()));
    }
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told_before_any_worker_registers() {
    let scene = Scene::with_redis();
    scene.write("file", "");
    scene.run_file(guest("queue"), "[log]\nmessage_log = \"file/logs\"");
    let said = scene.host("run run.toml");
    said.ends_with_code(6).says("file/logs` cannot be written to").says("`[log] message_log` names it");
    assert!(scene.snapshot().workers().is_empty());
}

#[test]
fn a_worker_that_is_started_again_goes_on_in_its_log_and_its_file() {
    let scene = Scene::with_redis();
    scene.run_file(guest("trap"), &format!("{ALL}\nmessage_log = \"logs\""));
    scene.host("run run.toml").ends_with_code(9);
    let worker = &workers(&scene)[0];
    assert_eq!(column(&scene, "--new", "logger"), ["panic"]);
    scene.host(&format!("restart run.toml {worker}")).ok();
    scene.nothing_is_left();
    assert_eq!(column(&scene, "", "logger"), ["panic", "panic"]);
    assert_eq!(column(&scene, "--new", "logger"), ["panic"]);
    let messages = scene.read(format!("logs/message_{worker}.log"));
    let header = format!("Debug message logging on worker {worker} started\n");
    assert!(messages.starts_with(&header));
    assert_eq!(messages.matches(&header).count(), 2);
    assert_eq!(
        messages.matches("error rush-host: the worker has ended (trap): The guest panicked").count(),
        2
    );
}

#[test]
fn what_detached_workers_write_holds_them_up_as_little() {
    let scene = Scene::with_redis();
    scene.run_file(guest("chatty"), "[log]\nmessage_log = \"logs\"");
    scene.host("start run.toml").ok();
    scene.nothing_is_left();
    assert_eq!(scene.snapshot().counts(), [0, 0, 100, 0]);
    let worker = &workers(&scene)[0];
    // The common log has it, too, under its name and without escapes; what was too much for it is counted.
    let common = scene.read(".rush/test/workers.log");
    assert!(common.contains(&format!("[{worker}] ␛[31mred␛[0m xxx")) && !common.contains('\u{1b}'));
    assert!(scene.read(format!("logs/message_{worker}.log")).ends_with("the worker has ended (returned)\n"));
}

/// A worker talks on while something is the matter with Redis. Every message is stored once, or an event speaks of it.
fn talk_through(trouble: impl Fn(&mut Scene), mend: impl Fn(&mut Scene), why: &str) {
    let mut scene = Scene::with_redis_that(Options { durable: true, ..Options::default() });
    scene.run_file(guest("talks"), &format!("{ALL}\nmessage_log = \"logs\""));
    scene.host("start run.toml").ok();
    let worker = workers(&scene).remove(0);
    // It talks on into its file, whether there is a Redis or not.
    let said = |scene: &Scene| scene.read(format!("logs/message_{worker}.log")).lines().count();
    eventually("it talks", || said(&scene) > 1000);
    trouble(&mut scene);
    let before = said(&scene);
    eventually("there is no room for more", || said(&scene) > before + 20_000);
    mend(&mut scene);
    scene.host("stop run.toml").ok();
    scene.nothing_is_left();

    let total = scene.host("tasks run.toml --format jsonl").jsonl()[0]["y"].as_f64();
    let rows = scene.host("log run.toml --format jsonl").jsonl();
    let (told, numbers): (Vec<&Value>, Vec<&Value>) =
        rows.iter().partition(|row| row["logger"] == "rush-host");
    let number = |text: &Value| text.as_str().and_then(|text| text.split(' ').next()?.parse::<u32>().ok());
    let numbers: Vec<u32> = numbers.iter().filter_map(|row| number(&row["msg"])).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "each once, in their order");
    let left_out: u32 = told.iter().filter_map(|row| number(&row["msg"])).sum();
    assert!(left_out > 1000, "{left_out}");
    assert!(told.iter().any(|row| row["msg"].to_string().contains(why)), "{told:#?}");
    let stored = u32::try_from(numbers.len()).expect("there are some thousands");
    assert_eq!(Some(f64::from(stored + left_out)), total);
}

#[test]
fn every_message_is_stored_or_counted_also_while_redis_is_away() {
    let why = "left out here: they came faster than Redis takes them";
    talk_through(|scene| scene.redis_mut().kill(), |scene| scene.redis_mut().restart(), why);
}

#[test]
fn every_message_is_stored_or_counted_also_while_redis_is_full() {
    let most = |scene: &mut Scene, bytes: u64| {
        let mut redis = scene.redis().connection();
        redis::cmd("CONFIG").arg("SET").arg("maxmemory").arg(bytes).exec(&mut redis).unwrap();
    };
    talk_through(|scene| most(scene, 1), |scene| most(scene, 0), "left out here: Redis was full");
}
