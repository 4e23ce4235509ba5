//! `check --show`: which values hold, and who says so.

use rush_tests::Scene;

fn scene() -> Scene {
    let mut scene = Scene::new();
    std::fs::create_dir_all(scene.path("home/.config/rush-host")).expect("the scene can be written to");
    scene.write("home/.config/rush-host/defaults.toml", "[workers]\ncount = 3\n[log]\nbuffer = 7\n");
    scene.set("REDIS_URL", "redis://user:s3cret@redis.example.org:6379/0");
    scene.run_file("nowhere.wasm", "[workers]\nseed = 42\n[stop]\nfinished = 10");
    scene
}

#[test]
fn it_tells_where_each_value_comes_from() {
    let scene = scene();
    // Neither the component nor Redis has to be there.
    let rows = scene.host("check run.toml --show --set stop.finished=20 --format jsonl").jsonl();
    let from = |key: &str| {
        let row = rows.iter().find(|row| row["key"] == key).unwrap_or_else(|| panic!("no {key}: {rows:#?}"));
        (row["value"].as_str().unwrap().to_owned(), row["from"].as_str().unwrap().to_owned())
    };
    let is = |key: &str, value: &str, origin: &str| {
        let (found, from) = from(key);
        assert_eq!(found, value, "{key}");
        assert!(from.contains(origin), "{key}: {from}");
    };
    is("network", "\"test\"", "run file, line 1");
    is("stop.finished", "20", "--set");
    is("workers.count", "3", "defaults.toml, line 2");
    is("log.buffer", "7", "defaults.toml, line 4");
    is("workers.seed", "42", "run file, line");
    is("stop.grace", "\"30s\"", "built in");
    is("redis.url", "\"redis://user:****@redis.example.org:6379/0\"", "environment variable REDIS_URL");
}

#[test]
fn people_get_a_table_and_nobody_a_password() {
    let scene = scene();
    let said = scene.host("check run.toml --show");
    said.ok().shows("key value from").shows("workers.count 3").never_says("s3cret");
    scene.host("check run.toml --format json").ends_with_code(2).says("--show");
    // What is wrong is told as ever.
    scene.host("check run.toml --show --set workers.count=0").ends_with_code(3);
}
