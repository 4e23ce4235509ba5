//! `[objective.grants]` and `[loop.grants]`: nothing unless granted, and no more than a worker's own `--allow` says.

use rush_tests::{Process, Scene, guest};
use serde_json::{Value, json};

/// 2000-01-01, where the clock of a guest begins.
const OWN_CLOCK: u64 = 946_684_800;

/// A folder to be granted, beside a file that is not.
fn folder(scene: &Scene) {
    std::fs::create_dir(scene.path("data")).expect("the scene can be written to");
    scene.write("data/hello.txt", "hello");
    scene.write("data/note", "hello");
    scene.write("secret", "hidden");
    // A link leads out of it.
    std::os::unix::fs::symlink("../secret", scene.path("data/link")).expect("the scene can be written to");
}

/// What an objective answers in both isolations, which must be the same but for what is random.
fn seen(objective: &str, grants: &str) -> [(Scene, Value); 2] {
    ["instance", "process"].map(|isolation| {
        let scene = Scene::new();
        folder(&scene);
        let component = guest(objective);
        let tables = format!(
            "[objective]\ncomponent = \"{}\"\nisolation = \"{isolation}\"\n{grants}\n[workers]\nseed = 42",
            component.display()
        );
        scene.run_file("nowhere.wasm", &tables);
        scene.write("point.json", "{}");
        let answer = scene.host("eval run.toml --xs @point.json").json();
        (scene, answer)
    })
}

#[test]
fn nothing_is_seen_that_is_not_granted() {
    for (_, found) in seen("asks_everything", "") {
        let empty = json!([]);
        for list in ["variables", "arguments", "directories", "files", "written"] {
            assert_eq!(found[list], empty, "{found}");
        }
        assert_eq!((&found["folder"], &found["input"]), (&Value::Null, &json!("closed")), "{found}");
    }
}

#[test]
fn variables_are_those_of_the_run_file() {
    let grants = "[objective.grants]\nenv = { OMP_NUM_THREADS = \"1\", EMPTY = \"\" }";
    for (_, found) in seen("asks_everything", grants) {
        assert_eq!(found["variables"], json!(["EMPTY=", "OMP_NUM_THREADS=1"]), "{found}");
    }
}

#[test]
fn a_folder_can_be_read_and_not_written() {
    let grants = "[objective.grants]\ndirs = [{ host = \"data\", guest = \"/data\" }]";
    for (scene, found) in seen("asks_everything", grants) {
        assert_eq!(found["directories"], json!(["/data"]), "{found}");
        assert_eq!(found["files"], json!(["hello"]), "{found}");
        assert!(found["written"][0].as_str().unwrap().starts_with("error: "), "{found}");
        assert!(!scene.path("data/written.txt").exists());
    }
}

#[test]
fn a_folder_can_be_written_if_that_is_granted() {
    let grants = "[[objective.grants.dirs]]\nhost = \"data\"\nguest = \"/data\"\nwrite = true";
    for (scene, found) in seen("asks_everything", grants) {
        assert_eq!((&found["files"], &found["written"]), (&json!(["hello"]), &json!(["7"])), "{found}");
        assert_eq!(scene.read("data/written.txt"), "written");
    }
}

#[test]
fn the_clock_and_randomness_are_real_if_they_are_granted() {
    let [(_, first), (_, second)] = seen("tells", "");
    for found in [&first, &second] {
        assert_eq!(found["wall"].as_u64().unwrap() / 60, OWN_CLOCK / 60, "{found}");
        assert_eq!(found["random"], first["random"], "it depends on the seed alone");
        assert_eq!(found["drawn"], first["drawn"]);
    }
    let [(_, first), (_, second)] = seen("tells", "[objective.grants]\nclock = true\nrandom = true");
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    for found in [&first, &second] {
        let told = found["wall"].as_u64().unwrap();
        assert!(told <= now && now - told < 600, "{found}");
    }
    assert_ne!(first["random"], second["random"]);
    assert_eq!(first["drawn"], second["drawn"], "what the SDK draws comes from the seed all the same");
}

#[test]
fn a_loop_gets_what_it_is_granted() {
    for isolation in ["instance", "process"] {
        let scene = Scene::with_redis();
        folder(&scene);
        scene.run_file(guest("loop_sees"), &format!("isolation = \"{isolation}\"\n[workers]\nseed = 42"));
        scene.host("run run.toml").ok();
        let seen = || scene.host("tasks run.toml --format jsonl").jsonl().remove(0);
        let nothing = seen();
        assert_eq!((&nothing["variables"], &nothing["folders"]), (&json!(""), &json!("")), "{nothing}");
        assert_eq!(nothing["seconds"], OWN_CLOCK);

        scene.run_file(
            guest("loop_sees"),
            &format!(
                "isolation = \"{isolation}\"\n[workers]\nseed = 42\n[loop.grants]\nenv = {{ A = \"1\" }}\nclock = true\n\
                 dirs = [{{ host = \"data\", guest = \"/data\", write = true }}]"
            ),
        );
        scene.host("run run.toml --fresh").ok();
        let all = seen();
        assert_eq!(
            (&all["variables"], &all["folders"]),
            (&json!("A=1"), &json!("/data: hello, written")),
            "{all}"
        );
        assert!(all["seconds"].as_u64().unwrap() > OWN_CLOCK + 86_400);
        assert_eq!(scene.read("data/written"), "by a loop");
    }
}

/// The stored configuration of a run file with these tables, and what `worker` says who is started with these words.
fn worker_with(tables: &str, words: &str) -> rush_tests::Said {
    let scene = Scene::with_redis();
    folder(&scene);
    let objective = guest("asks_everything");
    scene.run_file(
        guest("evaluates_queue"),
        &format!("[objective]\ncomponent = \"{}\"\n{tables}[stop]\nfinished = 1\n", objective.display()),
    );
    scene.push([1.0]);
    let line = scene.host("script run.toml").ok().data.clone();
    let bare = line.split(" --allow ").next().expect("there is a first part").trim().to_owned();
    let data = scene.path("data").canonicalize().expect("it was just made");
    let words = words.replace("DATA", &data.display().to_string());
    scene.shell(&format!("{bare} {words}")).wait()
}

const EVERYTHING: &str = "[objective.grants]\nenv = { A = \"1\" }\nclock = true\nrandom = true\n\
                          dirs = [{ host = \"data\", guest = \"/data\" }]\n";

#[test]
fn a_worker_grants_no_more_than_it_may() {
    let refused = worker_with(EVERYTHING, "");
    refused
        .ends_with_code(5)
        .says("The objective asks for environment variables, the clock, randomness, reading /");
    refused
        .says("which this worker may not grant")
        .says("--allow env --allow clock --allow random --allow read=/");
    let refused = worker_with(EVERYTHING, "--allow env --allow clock --allow random --allow read=/nowhere");
    refused.ends_with_code(5).says("The objective asks for reading /").never_says("randomness");
    worker_with(EVERYTHING, "--allow env --allow clock --allow random --allow read=DATA").ok();
}

#[test]
fn reading_is_not_writing_and_a_link_leads_where_it_leads() {
    let writes = "[[objective.grants.dirs]]\nhost = \"data\"\nguest = \"/data\"\nwrite = true\n";
    worker_with(writes, "--allow read=DATA").ends_with_code(5).says("The objective asks for writing to /");
    worker_with(writes, "--allow write=DATA").ok();
    let link = "[[objective.grants.dirs]]\nhost = \"data/../data/.\"\nguest = \"/data\"\n";
    worker_with(link, "--allow read=DATA").ok();
    let outside = "[[objective.grants.dirs]]\nhost = \"data/..\"\nguest = \"/data\"\n";
    worker_with(outside, "--allow read=DATA").ends_with_code(5).says("which this worker may not grant");
}

/// Two folders, one within the other, which may be written to, and a third that is not granted.
fn nested(scene: &Scene, tables: &str) {
    for folder in ["top", "top/folder", "outside"] {
        std::fs::create_dir(scene.path(folder)).expect("the scene can be written to");
    }
    scene.write("top/hello.txt", "above");
    scene.write("top/folder/hello.txt", "granted");
    scene.write("outside/hello.txt", "secret");
    let dirs = "[{ host = \"top\", guest = \"/top\", write = true }, { host = \"top/folder\", guest = \"/folder\" }]";
    scene.run_file(
        guest("evaluates_queue"),
        &format!(
            "[objective]\ncomponent = \"{}\"\n{tables}[objective.grants]\ndirs = {dirs}\n",
            guest("asks_everything").display()
        ),
    );
}

/// What an objective that may write to what is above could do.
fn put_a_link_in_its_place(scene: &Scene) {
    std::fs::rename(scene.path("top/folder"), scene.path("top/away")).expect("it is there");
    std::os::unix::fs::symlink("../outside", scene.path("top/folder")).expect("nothing is there");
}

#[test]
fn a_granted_folder_is_what_it_was_whatever_takes_its_place() {
    for isolation in ["instance", "process"] {
        let scene = Scene::with_redis();
        nested(&scene, &format!("isolation = \"{isolation}\"\ninstance = \"fresh\"\n"));
        scene.host("start run.toml").ok();
        scene.push([1.0]);
        scene.wait_for_counts("it is evaluated", |counts| counts[2] == 1);
        put_a_link_in_its_place(&scene);
        scene.push([2.0]);
        scene.wait_for_counts("it is evaluated again", |counts| counts[2] == 2);
        // Whoever takes the place of a dead process opens nothing anew either.
        scene.processes().iter().filter(|process| process.is_evaluator()).for_each(Process::kill);
        scene.push([3.0]);
        scene.wait_for_counts("it is evaluated once more", |counts| counts[2] == 3);
        for seen in scene.host("tasks run.toml --format jsonl").jsonl() {
            assert_eq!(seen["files"], json!(["above", "granted"]), "{seen}");
        }
        scene.host("stop run.toml").ok();
    }
}

#[test]
fn a_link_that_a_component_may_have_put_there_is_not_followed_by_the_next_run() {
    let scene = Scene::with_redis();
    nested(&scene, "");
    scene.write("point.json", "{}");
    scene.push([1.0]);
    let script = scene.host("script run.toml").ok().data.clone();
    scene.host("eval run.toml --xs @point.json").ok();
    put_a_link_in_its_place(&scene);
    for command in ["check run.toml", "run run.toml", "start run.toml", "eval run.toml --xs @point.json"] {
        let said = scene.host(command);
        said.ends_with_code(3).says("top/folder` is a link that a component may have put there");
    }
    scene.shell(&script).wait().ends_with_code(3).says("is a link that a component may have put there");
    assert!(!scene.path("outside/written.txt").exists());
}

#[test]
fn no_link_leads_out_of_a_folder() {
    let grants = "[[objective.grants.dirs]]\nhost = \"data\"\nguest = \"/data\"\nwrite = true";
    for isolation in ["instance", "process"] {
        let scene = Scene::new();
        folder(&scene);
        let secret = scene.path("secret");
        for target in [std::path::Path::new("../secret"), &secret] {
            for name in ["data/hello.txt", "data/written.txt"] {
                let _ = std::fs::remove_file(scene.path(name));
                std::os::unix::fs::symlink(target, scene.path(name)).expect("nothing is there");
            }
            scene.run_file(
                "nowhere.wasm",
                &format!(
                    "[objective]\ncomponent = \"{}\"\nisolation = \"{isolation}\"\n{grants}",
                    guest("asks_everything").display()
                ),
            );
            scene.write("point.json", "{}");
            let found = scene.host("eval run.toml --xs @point.json").json();
            for what in ["files", "written"] {
                assert!(found[what][0].as_str().unwrap().starts_with("error: "), "{found}");
            }
            assert_eq!(scene.read("secret"), "hidden");
        }
    }
}

#[test]
fn a_script_allows_what_its_run_file_grants() {
    let scene = Scene::with_redis();
    folder(&scene);
    scene.run_file(
        guest("evaluates_queue"),
        &format!(
            "[objective]\ncomponent = \"{}\"\n{EVERYTHING}[stop]\nfinished = 1\n",
            guest("asks_everything").display()
        ),
    );
    scene.push([1.0]);
    let script = scene.host("script run.toml");
    script.ok().shows("--allow env --allow clock --allow random --allow 'read=/");
    scene.shell(&script.data).wait().ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 1, 0]);
}

#[test]
fn a_folder_that_is_not_there_is_told_before_anything_is_started() {
    let scene = Scene::new();
    scene.run_file(
        guest("evaluates_queue"),
        &format!(
            "[objective]\ncomponent = \"{}\"\n[objective.grants]\ndirs = [{{ host = \"nowhere\", guest = \"/data\" }}]",
            guest("echo").display()
        ),
    );
    scene.write("file", "");
    scene.write("point.json", "{}");
    for command in ["run run.toml", "start run.toml", "check run.toml", "eval run.toml --xs @point.json"] {
        let said = scene.host(command);
        said.ends_with_code(3)
            .says("The folder `nowhere` of [objective.grants], to be seen as `/data`, cannot be opened: No such file");
    }
    let dirs = "--set objective.grants.dirs=[{host=\"file\",guest=\"/data\"}]";
    scene.host(&format!("check run.toml {dirs}")).ends_with_code(3).says("not a directory");
    assert!(!scene.path(".rush").exists());
}

#[test]
fn what_could_not_be_allowed_is_a_mistake_of_the_command_line() {
    let scene = Scene::new();
    for (word, says) in
        [("net", "env, clock, random, read=FOLDER or write=FOLDER"), ("read=data", "an absolute path")]
    {
        let said = scene.host(&format!("worker --network n --config c --allow {word}"));
        said.ends_with_code(2).says(says);
    }
}
