//! `[objective]`: a second component, which any loop evaluates, and `eval`, which evaluates it once.

use rush_tests::{Said, Scene, guest, plugin};
use serde_json::Value;

/// A run file whose loop evaluates queued tasks with this objective.
fn evaluates(scene: &Scene, objective: &str, tables: &str) {
    let component = guest(objective);
    scene.run_file(
        guest("evaluates_queue"),
        &format!("[objective]\ncomponent = \"{}\"\n{tables}", component.display()),
    );
}

fn finished(scene: &Scene) -> Vec<Value> {
    scene.host("tasks run.toml --state finished --format jsonl").jsonl()
}

/// What is said when a point is evaluated, which is no word of a line.
fn eval(scene: &Scene, xs: &str, words: &str) -> Said {
    scene.write("point.json", xs);
    scene.host(&format!("eval run.toml --xs @point.json {words}"))
}

#[test]
fn an_evaluator_that_cannot_be_started_is_no_failure_of_the_objective() {
    let scene = Scene::new();
    evaluates(&scene, "echo", "isolation = \"process\"\n");
    eval(&scene, "{}", "").ok();
    // The program is gone once it reads its point: what it would start is not there any more.
    let line = format!(
        "cp '{}' here && mkfifo point && {{ ./here eval run.toml --xs @point & }} && exec 3>point && rm here && echo {{}} >&3 && exec 3>&- \
         && wait $!",
        rush_tests::host().display()
    );
    let said = scene.shell(&line).wait();
    said.ends_with_code(6).says("cannot be started").never_says("The evaluation failed");
}

#[test]
fn one_line_of_the_run_file_changes_what_a_loop_evaluates() {
    let scene = Scene::with_redis();
    let limits = "[loop.args]\nlower = [1.0, 2.0]\nupper = [1.0, 2.0]\n[stop]\nfinished = 3\nexact = true\n";
    for (component, column, value) in [(plugin("branin"), "y", 21.627_635), (guest("echo"), "ys.x1", 1.0)] {
        scene.run_file(
            plugin("random_search"),
            &format!("{limits}[objective]\ncomponent = \"{}\"", component.display()),
        );
        scene.host("run run.toml --fresh").ok();
        let tasks = finished(&scene);
        assert_eq!(tasks.len(), 3);
        for task in tasks {
            let found = task[column].as_f64().unwrap_or_else(|| panic!("{task}"));
            assert!((found - value).abs() < 1e-6, "{task}");
        }
    }
}

#[test]
fn it_is_told_its_own_arguments_data_and_seed() {
    let scene = Scene::with_redis();
    scene.write("train", "1 2 3");
    let tables = "[objective.args]\nnoise = 0.5\n[objective.data]\ntrain = \"train\"\n[workers]\nseed = 42\n\
                  [stop]\nfinished = 1\n";
    evaluates(&scene, "tells", tables);
    scene.push([1.0]);
    scene.host("run run.toml").ok();
    let told = finished(&scene).remove(0);
    assert_eq!(told["args"], r#"{"noise":0.5}"#);
    assert_eq!(told["data"], "1 2 3");

    // The same seed, the same objective; without a network as well, for the first worker of each start draws alike.
    let alone = eval(&scene, r#"{"x": 1}"#, "").json();
    for element in ["args", "data", "seed", "drawn", "wall", "random"] {
        assert_eq!(alone[element], told[element], "{element}");
    }
    let other = eval(&scene, r#"{"x": 1}"#, "--set workers.seed=43").json();
    assert_ne!(other["seed"], told["seed"]);
    let drawn = eval(&scene, r#"{"x": 1}"#, "--set objective.args.noise=1.5");
    assert_eq!(drawn.json()["args"], r#"{"noise":1.5}"#);
}

#[test]
fn a_point_is_evaluated_without_a_network() {
    let mut scene = Scene::new();
    // Nobody is there, and nobody is asked.
    scene.set("REDIS_URL", "redis://127.0.0.1:1");
    scene.run_file("nowhere.wasm", &format!("[objective]\ncomponent = \"{}\"", plugin("branin").display()));
    let said = eval(&scene, "{\"x1\": 1,\n \"x2\": 2}\n", "");
    let y = said.json()["y"].as_f64().unwrap();
    assert!((y - 21.627_635).abs() < 1e-6, "{said}");
    eval(&scene, r#"{"x1": 1, "x2": 2}"#, "--format table").ok().shows("y 21.62764");
    scene.host_fed("eval run.toml --xs -", r#"{"x1": 1, "x2": 2}"#).ok().shows(&said.data);
    assert!(!scene.path(".rush").exists());
}

#[test]
fn what_is_evaluated_has_the_types_that_push_gives_it() {
    let scene = Scene::new();
    scene.run_file("nowhere.wasm", &format!("[objective]\ncomponent = \"{}\"", guest("echo").display()));
    let point = r#"{"n":1.5,"i":2,"t":"text","none":null,"b":true,"ns":[1.0,2.5],"is":[1,2],"ts":["a","b"],"deep":{"a":[1,{"b":2}]},"nan":"NaN"}"#;
    assert_eq!(eval(&scene, point, "").json(), serde_json::from_str::<Value>(point).unwrap());
}

#[test]
fn a_failed_evaluation_says_why_and_ends_with_code_8() {
    let scene = Scene::new();
    let objective = format!("[objective]\ncomponent = \"{}\"", guest("panics").display());
    scene.run_file("nowhere.wasm", &objective);
    for isolation in ["instance", "process"] {
        let words = format!("--set objective.isolation={isolation}");
        let said = eval(&scene, r#"{"x": -1}"#, &words);
        said.ends_with_code(8)
            .says("The evaluation failed:")
            .says("trap: ")
            .says("at panics::invert_kernel_matrix");
        assert!(said.data.is_empty(), "{said}");
        eval(&scene, r#"{"x": 1}"#, &words).ok();
    }
}

#[test]
fn a_point_that_is_none_is_a_mistake_of_the_command_line() {
    let scene = Scene::new();
    scene.run_file("nowhere.wasm", &format!("[objective]\ncomponent = \"{}\"", guest("echo").display()));
    for (xs, says) in
        [("[1]", "no JSON object"), (r#"{"x": }"#, "line 1"), (r#"{"x":1,"x":2}"#, "stands twice")]
    {
        eval(&scene, xs, "").ends_with_code(2).says(says).says("a point is one JSON object");
    }
    scene.host("eval run.toml --xs @nowhere.json").ends_with_code(2).says("nowhere.json cannot be read");
    scene.host("eval run.toml").ends_with_code(2).says("--xs");
}

#[test]
fn a_loop_that_evaluates_needs_an_objective_before_anything_is_started() {
    let scene = Scene::new();
    scene.run_file(guest("evaluates_queue"), "");
    for command in ["run", "start", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(3)
            .says("evaluates an objective, but the run file has no [objective]")
            .says("add the component that it is to evaluate");
        assert!(!scene.path(".rush").exists(), "{said}");
    }
    scene.write("point.json", "{}");
    scene.host("eval run.toml --xs @point.json").ends_with_code(3).says("run.toml has no [objective]");
}

#[test]
fn an_objective_that_nobody_evaluates_is_told() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), &format!("[objective]\ncomponent = \"{}\"", guest("echo").display()));
    scene
        .host("check run.toml")
        .ok()
        .says("never evaluates an objective, so [objective]")
        .says("has no effect");
}

#[test]
fn another_objective_than_the_one_that_is_pinned() {
    let scene = Scene::new();
    let pin = "ab".repeat(32);
    evaluates(&scene, "echo", &format!("sha256 = \"{pin}\"\n"));
    for command in ["run", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(5).says("The objective `").says(&format!("but the run file pins {pin}"));
    }
    scene.write("point.json", "{}");
    scene.host("eval run.toml --xs @point.json").ends_with_code(5).says("has the SHA-256");
}

#[test]
fn what_an_objective_may_not_import_is_named_before_the_start() {
    let scene = Scene::new();
    for (objective, says) in [
        ("sockets_objective", "wasi:sockets/instance-network@0.2.0: never: guests have no network"),
        ("queue", "is not an objective: it exports `run`"),
        ("text", "is not a WebAssembly component but a text file"),
    ] {
        evaluates(&scene, objective, "");
        for command in ["run", "check", "eval"] {
            scene.write("point.json", "{}");
            let words = if command == "eval" { " --xs @point.json" } else { "" };
            let said = scene.host(&format!("{command} run.toml{words}"));
            said.ends_with_code(5).says(&format!("{objective}.wasm` ")).says(says);
        }
    }
    assert!(!scene.path(".rush").exists());
}

#[test]
fn a_check_describes_both_components() {
    let scene = Scene::with_redis();
    scene.write("train", "1 2 3");
    std::fs::create_dir(scene.path("folder")).unwrap();
    evaluates(
        &scene,
        "tells",
        "[objective.data]\ntrain = \"train\"\n[objective.limits]\ntime = \"5s\"\nfuel = 1000000\n\
         [objective.grants]\nenv = { A = \"1\" }\nclock = true\ndirs = [{ host = \"folder\", guest = \"/f\", write = true }]\n\
         [workers]\ncount = 3\n",
    );
    let check = scene.host("check run.toml --set loop.isolation=process");
    check.ok().shows("3 workers in 3 host processes each worker is a process of its own");
    check.shows("evaluates_queue.wasm world worker loop size").shows("isolation process: one of its own");
    check.shows("imports rush:worker/evaluator@0.1.0: evaluate").shows("exports run");
    check.shows("tells.wasm world objective size").shows("exports rush:worker/evaluator@0.1.0: evaluate");
    check.shows("made by rustc").shows("limits time 5s, wall none, fuel 1000000, log 1MiB");
    check.shows("grants environment A grants folder as /f, read and write grants the real clock");
    check.shows("data train: train, 5 bytes");
}

#[test]
fn a_file_that_the_objective_is_to_get_is_looked_at_before_the_start() {
    let scene = Scene::new();
    evaluates(&scene, "tells", "[objective.data]\ntrain = \"nowhere\"\n");
    for command in ["run", "check"] {
        scene
            .host(&format!("{command} run.toml"))
            .ends_with_code(3)
            .says("`train` of [objective.data] cannot be read from `nowhere`");
    }
}

#[test]
fn what_compiling_may_take_comes_from_the_environment() {
    let mut scene = Scene::new();
    scene.run_file("nowhere.wasm", &format!("[objective]\ncomponent = \"{}\"", guest("echo").display()));
    // Code that is cached is not compiled.
    scene.set("RUSH_CACHE_DIR", scene.path("cache"));
    scene.set("RUSH_COMPILE_MEMORY", "24MiB");
    eval(&scene, "{}", "").ends_with_code(5).says("echo.wasm` ").says("RUSH_COMPILE_MEMORY");
    scene.set("RUSH_COMPILE_MEMORY", "plenty");
    eval(&scene, "{}", "").ends_with_code(2).says("RUSH_COMPILE_MEMORY=plenty is not understood");
    scene.set("RUSH_COMPILE_MEMORY", "");
    scene.set("RUSH_COMPILE_TIME", "1m");
    eval(&scene, "{}", "").ok();
}

#[test]
fn what_an_objective_logs_is_told_as_its_own() {
    let scene = Scene::with_redis();
    evaluates(
        &scene,
        "panics",
        "[log]\nloggers = { root = \"trace\" }\nmessage_log = \"logs\"\n[stop]\nfailed = 1\n",
    );
    scene.push([-1.0]);
    scene.host("run run.toml").ok();
    let events = scene.host("log run.toml --format jsonl").jsonl();
    assert!(events.iter().any(|event| event["caller"] == "panics"), "{events:#?}");
    let file = std::fs::read_dir(scene.path("logs")).unwrap().next().unwrap().unwrap();
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(text.contains("error objective: panic: "), "{text}");
}

#[test]
fn a_trap_leaves_a_core_dump_where_the_run_file_says() {
    let scene = Scene::with_redis();
    evaluates(&scene, "panics", "[log]\ncore_dumps = \"dumps\"\n[stop]\nfailed = 2\n");
    scene.push([-1.0, -2.0]);
    scene.host("run run.toml").ok();
    let tasks = scene.host("tasks run.toml --state failed --format jsonl").jsonl();
    for task in tasks {
        let path = task["condition"]["details"]["core_dump"].as_str().unwrap_or_else(|| panic!("{task}"));
        assert!(path.contains("dumps/core_"), "{path}");
        assert!(std::fs::read(path).unwrap().starts_with(b"\0asm"), "{path}");
    }
}
