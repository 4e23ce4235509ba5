//! `push`: tasks from files, through a queue run, into files again.

use rush_tests::{Scene, guest};
use serde_json::Value;

const POINTS: &str = "x,note\n1.5,\"a, b\"\n2,\n-1,c\n";

fn scene() -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfinished = 2\nfailed = 1");
    scene
}

/// `x` and `note` of all tasks, in some order that does not depend on who was first.
fn points(scene: &Scene) -> Vec<Value> {
    scene.host("tasks run.toml --sort x --columns x,note --format jsonl").jsonl()
}

#[test]
fn tasks_of_every_format_are_evaluated_and_exported_in_every_format() {
    let origin = scene();
    origin.write("points.csv", POINTS);
    origin.host("push run.toml points.csv").ok().says("Pushed 3 tasks");
    let pushed = points(&origin);
    assert_eq!(pushed.iter().map(|point| point["x"].as_f64().unwrap()).collect::<Vec<_>>(), [-1.0, 1.5, 2.0]);
    assert_eq!(
        pushed.iter().map(|point| point["note"].as_str()).collect::<Vec<_>>(),
        [Some("c"), Some("a, b"), None]
    );

    for format in ["csv", "jsonl", "parquet", "arrow"] {
        origin.host(&format!("tasks run.toml -o exported.{format}")).ok().says("Wrote 3 tasks to exported.");
        let scene = scene();
        let exported = std::fs::read(origin.path(format!("exported.{format}"))).unwrap();
        scene.write(&format!("points.{format}"), exported);
        let said = scene.host(&format!("push run.toml points.{format} --columns x,note"));
        said.ok().says("x number 0").says("note text 1").says("Pushed 3 tasks");
        assert_eq!(points(&scene), pushed, "{format}");

        scene.host("run run.toml --set output.path=results/all.jsonl").ok();
        let whole = scene.host("tasks run.toml --state finished --sort y --format jsonl").jsonl();
        let ys: Vec<f64> = whole.iter().map(|task| task["y"].as_f64().unwrap()).collect();
        assert!(ys.len() <= 2 && ys.iter().all(|y| [3.0, 4.0].contains(y)), "{format}: {ys:?}");
        for to in ["csv", "jsonl", "parquet", "arrow"] {
            scene.host(&format!("tasks run.toml -o all.{to}")).ok();
            // What is exported can be read again, and is the same.
            let other = self::scene();
            other.write(&format!("all.{to}"), std::fs::read(scene.path(format!("all.{to}"))).unwrap());
            other.host(&format!("push run.toml all.{to} --columns x,note")).ok();
            assert_eq!(points(&other), pushed, "{format} to {to}");
        }
    }
}

#[test]
fn a_dry_run_needs_no_redis_and_writes_nothing() {
    let mut scene = Scene::new();
    scene.set("REDIS_URL", "redis://127.0.0.1:1");
    scene.run_file(guest("queue"), "");
    scene.write("points.csv", "x,name,tags,empty\n1,a,\"[1,2]\",\n2.5,,[],\n");
    let said = scene.host("push run.toml points.csv --dry-run --xs-extra name");
    said.ok().says("2 tasks would be pushed; nothing is written (--dry-run)");
    said.says("column part type missing first value").says("x xs number 0 1");
    said.says("name xs_extra text 1 \"a\"")
        .says("tags xs list of integers 0 [1,2]")
        .says("empty xs missing 2");
    assert!(said.data.is_empty(), "{said}");
}

#[test]
fn standard_input_with_a_format() {
    let scene = scene();
    let lines = "{\"x\": 1}\n{\"x\": 2.5, \"tags\": [\"a\", \"b\"]}\n";
    scene.host_fed("push run.toml - --format jsonl", lines).ok().says("Pushed 2 tasks");
    let tasks = scene.host("tasks run.toml --sort x --columns x,tags --format json").json();
    assert_eq!(tasks.to_string(), r#"[{"x":1.0,"tags":null},{"x":2.5,"tags":["a","b"]}]"#);
    scene.host_fed("push run.toml -", lines).ends_with_code(2).says("--format csv, jsonl, parquet or arrow");
}

#[test]
fn keys_are_printed_when_asked_for_and_extras_lie_beside_the_points() {
    let scene = scene();
    scene.write("points.csv", "x,source\n1,NA\n2,b\n");
    let said = scene.host("push run.toml points.csv --xs-extra source --missing NA --print-keys");
    let keys: Vec<&str> = said.ok().data.lines().collect();
    let tasks = scene.host("tasks run.toml --sort x --format jsonl").jsonl();
    assert_eq!(tasks.iter().map(|task| task["key"].as_str().unwrap()).collect::<Vec<_>>(), keys);
    assert_eq!(tasks[0]["source"], Value::Null);
    assert_eq!(tasks[1]["source"], "b");
}

#[test]
fn a_private_redis_keeps_what_is_pushed_before_the_first_run() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "[stop]\nfinished = 2");
    scene.write("points.jsonl", "{\"x\": 1}\n{\"x\": 2}\n");
    scene.host("push run.toml points.jsonl").ok().says("Pushed 2 tasks");
    scene.nothing_is_left();
    scene.host("run run.toml").ok().says("2 queued").shows("2 finished");
}

#[test]
fn tasks_for_one_worker_are_its_own() {
    let scene = Scene::with_redis();
    scene.run_file(guest("busy"), "[workers]\ncount = 2");
    let run = scene.start("run run.toml");
    let workers = scene.wait_for_running_workers(2);
    let worker = workers.workers().keys().next().unwrap().clone();
    scene.write("points.csv", "x\n1\n");
    let said = scene.host(&format!("push run.toml points.csv --to {worker}"));
    said.ok().says(&format!("Pushed 1 task for worker {worker}"));
    let said = scene.host("push run.toml points.csv --to nobody");
    said.ends_with_code(2).says("There is no worker `nobody` in network test").says("nothing was pushed");
    assert_eq!(scene.snapshot().counts()[0], 1);
    scene.host("stop run.toml --kill").ok();
    run.wait();
    let said = scene.host(&format!("push run.toml points.csv --to {worker}"));
    said.ok().says("has ended, so its tasks go to the common queue");
}

#[test]
fn a_file_that_is_wrong_is_told_and_nothing_is_pushed() {
    let scene = scene();
    let refused = |file: &str, content: &[u8], says: &[&str]| {
        scene.write(file, content);
        let said = scene.host(&format!("push run.toml {file}"));
        said.ends_with_code(2);
        for text in says {
            said.says(text);
        }
    };
    refused(
        "ragged.csv",
        b"x,y\n1,2\n3\n",
        &["In ragged.csv, line 3: 1 values, but the header names 2 columns"],
    );
    refused(
        "twice.csv",
        b"x,x\n1,2\n",
        &["twice.csv, line 1: the column `x` stands twice", "name of its own"],
    );
    refused("semicolons.csv", b"x;y\n1;2\n", &["the one column `x;y`", "separate the values with commas"]);
    refused("latin1.csv", b"x\n\xe4\n", &["latin1.csv, line 2: not UTF-8", "save the file as UTF-8"]);
    refused("empty.csv", b"", &["There is nothing in empty.csv"]);
    refused("list.jsonl", b"{\"x\":1}\n[2]\n", &["list.jsonl, line 2: a list, where an object should be"]);
    refused("broken.jsonl", b"{\"x\":1}\n{\"x\":}\n", &["broken.jsonl, line 2, character 6: expected value"]);
    refused("twice.jsonl", b"{\"x\":1,\"x\":2}\n", &["line 1: the column `x` stands twice"]);
    refused(
        "document.jsonl",
        b"[{\"x\":1},\n{\"x\":2}]",
        &["In document.jsonl: one JSON document", "jq -c '.[]'"],
    );
    refused("text.parquet", b"x\n1\n", &["In text.parquet: this cannot be read as Parquet", "`--format`"]);
    refused("points.xlsx", b"x", &["The extension of `points.xlsx` says no format", ".parquet"]);
    let said = scene.host("push run.toml nowhere.csv");
    said.ends_with_code(2).says("The file nowhere.csv cannot be read: No such file or directory");
    let said = scene.host("push run.toml ragged.csv --columns z --format jsonl");
    said.ends_with_code(2).says("ragged.csv, line 1, character 1: expected value");
    scene.write("points.csv", POINTS);
    let said = scene.host("push run.toml points.csv --columns z");
    said.ends_with_code(2).says("There is no column `z` in points.csv").says("the columns are x, note");
    scene.host("push run.toml points.csv --xs-extra z").ends_with_code(2).says("no column `z`");
    assert_eq!(scene.snapshot().counts(), [0; 4]);
}

/// A file of so many rows, which takes more than one step, with the last as given.
fn large(rows: usize, last: &str) -> String {
    let rows: Vec<String> = (0..rows - 1).map(|x| x.to_string()).collect();
    format!("x\n{}\n{last}\n", rows.join("\n"))
}

#[test]
fn a_large_file_is_pushed_as_a_whole_or_not_at_all() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[tasks]\nmax_value = \"100B\"\n[stop]\nfinished = 12000\nexact = true");
    scene.write("large.csv", large(12_000, &"x".repeat(200)));
    let said = scene.host("push run.toml large.csv");
    said.ends_with_code(2).says("Row 12000: `x` in xs has 200 bytes").says("nothing was pushed");
    assert_eq!(scene.snapshot().counts(), [0; 4]);

    scene.write("large.csv", large(12_001, "12000"));
    let said = scene.host("push run.toml large.csv");
    said.ends_with_code(2).says("The budget of this run allows 12000 more tasks");
    assert_eq!(scene.snapshot().counts(), [0; 4]);
    scene.host("push run.toml large.csv --skip 1").ok().says("Pushed 12000 tasks");
    scene.host("push run.toml large.csv --skip 12001").ok().says("Pushed 0 tasks");
}

#[test]
fn what_a_full_redis_did_not_take_is_pushed_later() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.write("large.csv", large(40_000, "39999"));
    let limit = |bytes: u64| {
        let mut config = redis::cmd("CONFIG");
        config.arg("SET").arg("maxmemory").arg(bytes).exec(&mut scene.redis().connection()).unwrap();
    };
    limit(7 << 20);
    let said = scene.host("push run.toml large.csv");
    said.ends_with_code(4).says("Redis cannot store any more").says("of 40000 tasks are pushed; go on with");
    let skip = said.talk.split("--skip ").nth(1).unwrap().split_whitespace().next().unwrap();
    assert_eq!(scene.snapshot().counts()[0], skip.parse::<usize>().unwrap());
    limit(0);
    scene.host(&format!("push run.toml large.csv --skip {skip}")).ok();
    let tasks = scene.host("tasks run.toml --sort x --columns x --format csv");
    let expected: Vec<String> = (0..40_000).map(|x| x.to_string()).collect();
    assert_eq!(tasks.ok().data.lines().skip(1).collect::<Vec<_>>(), expected);
}
