//! Components that cannot be run at all, as worker loops and as objectives, in both isolations: each is refused before anything is started.

use rush_tests::{MemoryWatch, Scene, guest};

const ISOLATIONS: [&str; 2] = ["instance", "process"];
/// What a compiler may have here, and what it may take besides.
const COMPILER: u64 = 256 << 20;
const MARGIN: u64 = 32 << 20;

/// A run whose objective is this component.
fn with_objective(scene: &Scene, name: &str, isolation: &str) {
    let component = guest(name);
    scene.run_file(
        guest("evaluates_queue"),
        &format!("[objective]\ncomponent = \"{}\"\nisolation = \"{isolation}\"\n", component.display()),
    );
}

/// A run whose worker loop is this component.
fn with_loop(scene: &Scene, name: &str, isolation: &str) {
    scene.run_file(guest(name), &format!("isolation = \"{isolation}\"\n[loop.limits]\nmemory = \"64MiB\"\n"));
}

/// An objective that is refused by all that would use it.
#[track_caller]
fn refused(objective: &str, says: &[&str]) {
    let point = "eval run.toml --xs @point.json";
    refused_by(objective, says, with_objective, &["run run.toml", "start run.toml", "check run.toml", point]);
}

/// A worker loop that is refused by all that would use it.
#[track_caller]
fn loop_refused(name: &str, says: &[&str]) {
    refused_by(name, says, with_loop, &["run run.toml", "start run.toml", "check run.toml"]);
}

#[track_caller]
fn refused_by(name: &str, says: &[&str], write: impl Fn(&Scene, &str, &str), commands: &[&str]) {
    let scene = Scene::new();
    scene.write("point.json", r#"{"x": 1}"#);
    for isolation in ISOLATIONS {
        write(&scene, name, isolation);
        for words in commands {
            let said = scene.host(words);
            said.ends_with_code(5).says(&format!("{name}.wasm` "));
            for text in says {
                said.says(text);
            }
            assert!(scene.processes().is_empty(), "{isolation}: something was started: {said}");
        }
        assert!(!scene.path(".rush").exists(), "{isolation}: something was begun");
    }
}

#[test]
fn more_memory_to_begin_with_than_it_may_have() {
    let says = ["needs 1 GiB of memory to begin; its limit is 64 MiB", "raise `memory`"];
    refused("memory_start", &says);
    loop_refused("loop_memory_start", &says);
}

#[test]
fn more_elements_of_tables_to_begin_with_than_it_may_have() {
    let says = ["needs 5000000 table elements to begin; its limit is 100000"];
    refused("table_start", &says);
    loop_refused("loop_table_start", &says);
}

#[test]
fn more_instances_than_it_may_have() {
    let says = ["is made of 121 instances; the limit is 64", "raise `instances`"];
    refused("instance_bomb", &says);
    loop_refused("loop_instance_bomb", &says);
}

/// What the compiler needs for it would take the machine's memory, and minutes.
#[track_caller]
fn takes_too_much_to_compile(name: &str, write: impl Fn(&Scene, &str, &str), others: &[&str]) {
    let mut scene = Scene::new();
    scene.set("RUSH_COMPILE_MEMORY", "256MiB");
    scene.write("point.json", r#"{"x": 1}"#);
    for isolation in ISOLATIONS {
        write(&scene, name, isolation);
        for words in ["run run.toml", "start run.toml"].iter().chain(others) {
            let host = scene.start(words);
            let watch = MemoryWatch::of(&[host.process()]);
            let said = host.wait();
            let peak = watch.end().of_children().unwrap_or_else(|| panic!("nobody compiled: {said}"));
            assert!(peak <= COMPILER + MARGIN, "{name}: a compiler had {} MiB", peak >> 20);
            said.ends_with_code(5).says(&format!(
                "{name}.wasm` cannot be compiled: compiling took more than 256 MiB of memory"
            ));
            said.says("If you trust it, allow more");
            // Neither a worker nor a compiler, nor a private Redis.
            scene.nothing_is_left();
        }
    }
}

#[test]
fn a_small_objective_that_takes_gigabytes_to_compile() {
    takes_too_much_to_compile("compile_bomb", with_objective, &["eval run.toml --xs @point.json"]);
}

#[test]
fn a_small_loop_that_takes_gigabytes_to_compile() {
    takes_too_much_to_compile("loop_compile_bomb", with_loop, &[]);
}

#[test]
fn imports_that_no_grant_allows() {
    refused("http", &["wasi:http/outgoing-handler@0.2.0: never"]);
    let says = ["wasi:sockets/instance-network@0.2.0: never: guests have no network"];
    refused("sockets_objective", &says);
    loop_refused("sockets", &says);
}

#[test]
fn contracts_that_do_not_exist_yet() {
    let says = ["rush:worker/context@0.2.0: this host has version 0.1.0; build for that"];
    refused("wrong_version", &says);
    loop_refused("loop_wrong_version", &says);
    refused(
        "newer_function",
        &["rush:worker/context@0.1.0 (deadline): not part of version 0.1.0, which this host has"],
    );
}

#[test]
fn components_of_another_world() {
    refused("queue", &["is not an objective: it exports `run`"]);
    refused("other_world", &["is not an objective: it exports `answer`"]);
    loop_refused("endless_loop", &["is not a worker loop"]);
    loop_refused("other_world", &["is not a worker loop: it exports `answer`, but no function `run`"]);
}

#[test]
fn files_that_are_no_component() {
    for refused in [refused, loop_refused] {
        refused("core_module", &["is a core module, not a component"]);
        refused("text", &["is not a WebAssembly component but a text file"]);
        refused("truncated", &["is cut off after"]);
        refused("bit_flipped", &["is damaged or not valid WebAssembly", "build it again"]);
    }
}
