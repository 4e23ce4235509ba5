//! Components that cannot be run: each is refused before anything is started, in our words, with exit code 5.

use rush_tests::{Scene, guest};

/// What `run`, `start` and `check` say about a component. None of them gets as far as a private Redis.
fn refused(name: &str, says: &[&str]) {
    let scene = Scene::new();
    scene.run_file(guest(name), "");
    for command in ["run", "start", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(5).says(&format!("{name}.wasm` "));
        for text in says {
            said.says(text);
        }
        assert!(!scene.path(".rush").exists(), "something was begun: {said}");
    }
}

#[test]
fn a_file_that_is_not_there() {
    let scene = Scene::new();
    scene.run_file("plugins/nowhere.wasm", "");
    let said = scene.host("run run.toml");
    said.ends_with_code(5)
        .says("The worker loop `plugins/nowhere.wasm` cannot be read: No such file or directory");
    said.says("`component` is relative to the run file");
}

#[test]
fn text() {
    refused(
        "text",
        &["is not a WebAssembly component but a text file", "`component` names the result, not the source"],
    );
}

#[test]
fn a_core_module() {
    refused("core_module", &["is a core module, not a component", "cargo build --target wasm32-wasip2"]);
}

#[test]
fn half_of_a_component() {
    refused("truncated", &["is cut off after", "Build it again, or compare its size with the original"]);
}

#[test]
fn a_component_of_another_world() {
    refused("other_world", &["is not a worker loop: it exports `answer`, but no function `run`"]);
}

#[test]
fn an_import_that_no_grant_allows() {
    refused(
        "sockets",
        &["wasi:sockets/instance-network@0.2.0: never: guests have no network; no grant allows it"],
    );
}

#[test]
fn a_loop_that_evaluates_an_objective_that_is_not_there() {
    let scene = Scene::new();
    scene.run_file(guest("evaluates"), "");
    let said = scene.host("run run.toml");
    said.ends_with_code(3).says("evaluates an objective, but the run file has no [objective]");
    assert!(!scene.path(".rush").exists(), "something was begun: {said}");
}

#[test]
fn another_file_than_the_one_that_is_pinned() {
    let scene = Scene::new();
    let pin = "ab".repeat(32);
    scene.run_file(guest("queue"), &format!("sha256 = \"{pin}\""));
    let said = scene.host("run run.toml");
    said.ends_with_code(5).says("has the SHA-256").says(&format!("but the run file pins {pin}"));
}

#[test]
fn less_memory_than_it_begins_with() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "[loop.limits]\nmemory = \"64KiB\"");
    scene
        .host("run run.toml")
        .ends_with_code(5)
        .says("of memory to begin; its limit is 64 KiB")
        .says("raise `memory`");
}
