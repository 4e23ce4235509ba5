//! `[loop.data]`: files that reach the worker loop through Redis, as they were when it was started.

use rush_tests::{Process, Scene, guest};
use serde_json::{Value, json};

/// What workers found, in the order in which they looked: the name of each file, its size, the sum of its bytes, the first of them.
fn found(scene: &Scene) -> Vec<Value> {
    let tasks = scene.host("tasks run.toml --state finished --format jsonl").jsonl();
    tasks.iter().map(|task| json!([task["name"], task["size"], task["sum"], task["head"]])).collect()
}

#[test]
fn every_worker_gets_the_files_byte_for_byte() {
    let scene = Scene::with_redis();
    scene.write("text.csv", "mpg,cyl\n");
    scene.write("bytes", [0, 255, 10, 13, 128]);
    scene.write("empty", "");
    scene.write("large", vec![1; 50_000_000]);
    scene.run_file(
        guest("reads_data"),
        "[loop.args]\nnames = [\"train\", \"bytes\", \"empty\", \"large\", \"text.csv\"]\n\
         [loop.data]\ntrain = \"text.csv\"\nbytes = \"bytes\"\nempty = \"empty\"\nlarge = \"large\"\n\
         [workers]\ncount = 2\nprocesses = 2",
    );
    scene.host("check run.toml").ok().shows("data empty: empty, 0 bytes data large: large, 47.6 MiB");
    scene.host("start run.toml").ok();
    scene.wait_for_counts("both have looked", |counts| counts[2] == 10);
    let found = found(&scene);
    for file in [
        json!(["train", 8, 706, [109, 112, 103, 44, 99, 121, 108, 10]]),
        json!(["bytes", 5, 406, [0, 255, 10, 13, 128]]),
        json!(["empty", 0, 0, []]),
        json!(["large", 50_000_000, 50_000_000, vec![1; 16]]),
        // What is not named in the run file is not there, also if it lies beside it.
        json!(["text.csv", null, 0, []]),
    ] {
        assert_eq!(found.iter().filter(|found| **found == file).count(), 2, "{file} of {found:#?}");
    }
    scene.host("stop run.toml").ok();
}

#[test]
fn a_second_start_changes_nothing_for_the_workers_of_the_first() {
    let scene = Scene::with_redis();
    scene.write("train", "first");
    scene.run_file(guest("reads_data"), "[loop.args]\nnames = [\"train\"]\n[loop.data]\ntrain = \"train\"");
    let config = || {
        let hosts = scene.processes().into_iter().filter(Process::is_host);
        let of =
            |words: Vec<String>| words[words.iter().position(|word| word == "--config").unwrap() + 1].clone();
        hosts.map(|host| of(host.command)).collect::<Vec<String>>()
    };
    scene.host("start run.toml").ok();
    let first = config().remove(0);
    scene.wait_for_counts("the first has looked", |counts| counts[2] == 1);

    scene.write("train", "second!");
    scene.host("start run.toml").ok();
    scene.wait_for_counts("the second has looked", |counts| counts[2] == 2);
    // It looks again; and a worker that joins the first start now gets what that was given.
    let id =
        scene.host("workers run.toml --format jsonl").jsonl()[0]["worker_id"].as_str().unwrap().to_owned();
    scene.write("again.csv", "x\n1\n");
    scene.host(&format!("push run.toml again.csv --to {id}")).ok();
    scene.wait_for_counts("the first has looked again", |counts| counts[2] == 3);
    let late = scene.start(&format!("worker --network test --config {first}"));
    scene.wait_for_counts("the third has looked", |counts| counts[2] == 4);
    let sizes: Vec<Value> = found(&scene).into_iter().map(|mut found| found[1].take()).collect();
    assert_eq!(sizes, [5, 7, 5, 5]);
    scene.host("stop run.toml").ok();
    late.wait().ok();
}

#[test]
fn a_file_that_is_not_there_is_told_before_anything_is_started() {
    let scene = Scene::with_redis();
    scene.run_file(guest("reads_data"), "[loop.data]\ntrain = \"data/mtcars.csv\"");
    for command in ["run", "start", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(3)
            .says("`train` of [loop.data] cannot be read from `data/mtcars.csv`: No such file");
    }
    let folder = scene.host("run run.toml --set loop.data.train=home");
    folder.ends_with_code(3).says("cannot be read from `home`: it is a folder");
}

#[test]
fn a_file_that_the_loop_has_no_room_for_is_told_before_anything_is_started() {
    let scene = Scene::with_redis();
    scene.write("train", vec![0; 17 << 20]);
    scene.run_file(
        guest("reads_data"),
        "[loop.args]\nnames = [\"train\"]\n[loop.data]\ntrain = \"train\"\n[loop.limits]\nmemory = \"16MiB\"",
    );
    let said = scene.host("run run.toml");
    said.ends_with_code(3)
        .says("`train` of [loop.data] has 17 MiB, and the loop may have 16 MiB of memory in all");
    // It has that much in all, and its program needs some of it.
    scene.write("train", vec![0; 16 << 20]);
    let said = scene.host("run run.toml");
    said.ends_with_code(9).shows("Memory limit of 16 MiB reached").shows("asked for 16 MiB more");
}

#[test]
fn a_file_that_redis_cannot_take_is_told_with_the_way_out() {
    let scene = Scene::with_redis();
    let file = std::fs::File::create(scene.path("train")).expect("the scene can be written to");
    file.set_len(600 << 20).expect("a file may have holes");
    scene.run_file(guest("reads_data"), "[loop.data]\ntrain = \"train\"\n[loop.limits]\nmemory = \"2GiB\"");
    for command in ["check", "run", "start"] {
        scene
            .host(&format!("{command} run.toml"))
            .ends_with_code(3)
            .says("`train` of [loop.data], `train`, has 629145600 bytes, but Redis takes at most")
            .says("`[data] large_objects` names a folder");
    }
}

#[test]
fn what_is_no_regular_file_is_neither_awaited_nor_read_without_end() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.push([1.0]);
    scene.shell("mkfifo pipe").wait().ok();
    for (name, path) in [("pipe", "pipe"), ("zero", "/dev/zero")] {
        for command in ["start", "run", "check"] {
            let fresh = if command == "check" { "" } else { " --fresh" };
            let said = scene.host(&format!("{command} run.toml{fresh} --set loop.data.{name}={path}"));
            said.ends_with_code(3).says(&format!(
                "`{name}` of [loop.data] cannot be read from `{path}`: it is no regular file"
            ));
        }
    }
    let component = scene.host("run run.toml --fresh --set loop.component=pipe");
    component.ends_with_code(5).says("cannot be read: it is no regular file");
    assert_eq!(scene.snapshot().counts(), [1, 0, 0, 0], "nothing was deleted");
}
