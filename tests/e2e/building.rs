//! Build commands of run files: what they see, what is said about them, and that nothing runs that is not built.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rush_tests::{Scene, guest, plugin};
use rustix::process::Signal;

/// A scene whose run file builds its loop, with this command. What it builds evaluates the Branin function 5 times.
fn scene(command: &str) -> Scene {
    let scene = Scene::new();
    write(&scene, command, "");
    scene
}

fn write(scene: &Scene, command: &str, objective: &str) {
    let loop_args = "[loop.args]\nlower = [0, 0]\nupper = [1, 1]";
    scene.run_file(
        "random_search.wasm",
        &format!("build = '''\n{command}\n'''\n{loop_args}\n[stop]\nfinished = 5\n{objective}"),
    );
}

/// A command that builds a component: it is there already.
fn copy(name: &str, to: &str) -> String {
    format!("cp '{}' {to}", plugin(name).display())
}

/// A program in a folder of the scene.
fn program(scene: &Scene, path: &str, script: &str) {
    let file = scene.path(path);
    fs::create_dir_all(file.parent().expect("it is in a folder")).expect("the scene can be written to");
    scene.write(path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(file, fs::Permissions::from_mode(0o755)).expect("it was just written");
}

#[test]
fn what_is_built_can_run() {
    let scene = scene(&copy("random_search", "random_search.wasm"));
    let said = scene.host("build run.toml");
    said.ok().says("Building random_search.wasm: cp ").says("Built random_search.wasm in ").says("KiB");
    assert!(said.data.is_empty() && !scene.path(".rush").exists(), "{said}");
    scene.host("run run.toml").ok().never_says("Building");
    scene.host("run run.toml --build --fresh").ok().says("Built random_search.wasm in").shows("0 failed");
}

#[test]
fn start_and_check_and_eval_build_first_if_they_are_told_to() {
    let scene = scene(&copy("random_search", "random_search.wasm"));
    scene.host("check run.toml --build").ok().says("Built random_search.wasm").shows("valid");
    fs::remove_file(scene.path("random_search.wasm")).unwrap();
    scene.host("start run.toml --build").ok().says("Built random_search.wasm").says("registered");
    scene.host("wait run.toml").ok();
    let said = scene.host(r#"eval run.toml --build --xs {"x1":1,"x2":2}"#);
    said.ok().says("Nothing to build: [objective] of run.toml has no `build`").shows("{\"y\":");
    scene.host("check run.toml --show --build").ends_with_code(2);
}

#[test]
fn a_component_that_nobody_has_built_is_told_with_the_command_that_builds_it() {
    let scene = scene("true");
    for command in ["run", "start", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(5).says("The worker loop `random_search.wasm` is not built");
        said.says("`rush-host build run.toml` builds it");
        assert!(!scene.path(".rush").exists(), "{said}");
    }
    write(&scene, "true", "[objective]\ncomponent = \"here.wasm\"\nbuild = \"true\"");
    let said = scene.host("eval run.toml --xs {}");
    said.ends_with_code(5).says("The objective `here.wasm` is not built");
    write(&scene, "true", "[objective]\ncomponent = \"here.wasm\"");
    scene
        .host("eval run.toml --xs {}")
        .ends_with_code(5)
        .says("cannot be read")
        .never_says("rush-host build");
}

#[test]
fn one_command_for_two_components_runs_once() {
    let scene = Scene::new();
    let both = format!(
        "echo >> count; {}; {}",
        copy("random_search", "random_search.wasm"),
        copy("branin", "b.wasm")
    );
    write(&scene, &both, &format!("[objective]\ncomponent = \"b.wasm\"\nbuild = \"\"\"{both}\"\"\""));
    let said = scene.host("build run.toml");
    said.ok().says("Building random_search.wasm and b.wasm: ").says("Built random_search.wasm and b.wasm in");
    assert_eq!(scene.read("count").lines().count(), 1);
}

#[test]
fn one_of_two_components_is_built_alone() {
    let scene = Scene::new();
    let objective = format!("[objective]\ncomponent = \"b.wasm\"\nbuild = \"{}\"", copy("branin", "b.wasm"));
    write(&scene, "exit 1", &objective);
    scene.host("build run.toml --only objective").ok().says("Built b.wasm in ").never_says("random_search");
    scene.host("build run.toml --only loop").ends_with_code(5).never_says("Building b.wasm");
    scene.host(r#"eval run.toml --build --xs {"x1":1,"x2":2}"#).ok().never_says("random_search");
}

#[test]
fn the_loop_is_built_before_the_objective() {
    let scene = Scene::new();
    let objective = format!(
        "[objective]\ncomponent = \"b.wasm\"\nbuild = \"\"\"test -f random_search.wasm\n{}\"\"\"",
        copy("branin", "b.wasm")
    );
    write(&scene, &copy("random_search", "random_search.wasm"), &objective);
    let said = scene.host("build run.toml");
    said.ok().says("Building b.wasm: … cp ");
    let first = said.talk.find("Built random_search.wasm").unwrap();
    assert!(first < said.talk.find("Building b.wasm").unwrap(), "{said}");
}

#[test]
fn a_command_runs_in_the_folder_of_its_run_file() {
    let scene = scene(&format!("ls run.toml\n{}", copy("random_search", "random_search.wasm")));
    fs::create_dir(scene.path("folder")).unwrap();
    fs::rename(scene.path("run.toml"), scene.path("folder/run.toml")).unwrap();
    scene.host("build folder/run.toml").ok().says("Built folder/random_search.wasm");
    assert!(scene.path("folder/random_search.wasm").is_file());
}

#[test]
fn what_a_command_prints_is_no_data_and_nobody_answers_it() {
    let copy = copy("random_search", "random_search.wasm");
    let scene = scene(&format!("echo printed; echo said >&2; test -z \"$(cat)\"\n{copy}"));
    let said = scene.host_fed("build run.toml", "an answer");
    said.ok().says("printed").says("said");
    assert_eq!(said.data, "");
}

#[test]
fn programs_of_the_project_are_found_first() {
    let scene = scene("from-venv\nfrom-node\nnode");
    program(&scene, ".venv/bin/from-venv", "true");
    program(&scene, "node_modules/.bin/from-node", "true");
    program(&scene, "node_modules/.bin/node", &copy("random_search", "random_search.wasm"));
    scene.host("build run.toml").ok();
}

#[test]
fn a_failing_command_is_told_and_nothing_runs() {
    let scene = scene("echo about to fail\nsh -c 'exit 3'\ntouch reached");
    for command in
        ["build run.toml", "run run.toml --build", "start run.toml --build", "check run.toml --build"]
    {
        let said = scene.host(command);
        said.ends_with_code(5).says("The build command of random_search.wasm failed with exit status 3");
        said.says("it ran in the folder").never_says("Redis:");
        let is_there = |name: &str| scene.path(name).exists();
        assert!(said.data.is_empty() && !is_there(".rush") && !is_there("reached"), "{said}");
    }
    write(&scene, "kill -9 $$", "");
    scene.host("build run.toml").ends_with_code(5).says("was ended by signal 9");
}

#[test]
fn a_command_that_builds_nothing_is_told() {
    let said = scene("true").host("run run.toml --build");
    said.ends_with_code(5);
    said.says("The build command of the worker loop ended well, but there is no `random_search.wasm`: true");
}

#[test]
fn a_run_file_without_build_commands_has_nothing_to_build() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    scene.host("build run.toml").ok().says("Nothing to build: neither [loop] nor [objective] of run.toml");
}

#[test]
fn a_missing_tool_is_told_with_what_installs_it() {
    let mut scene = scene("true");
    fs::create_dir(scene.path("bin")).unwrap();
    scene.set("PATH", scene.path("bin"));
    for (command, installs) in [
        ("componentize-py -d wit componentize loop", "python3 -m pip install componentize-py"),
        ("command -v tinygo >/dev/null || npm install", "apt-get install nodejs npm"),
        ("wasm-tools component new a.wasm", "cargo install --locked wasm-tools"),
        ("just build", "cargo install --locked just"),
    ] {
        write(&scene, command, "");
        let said = scene.host("build run.toml");
        said.ends_with_code(5).says("failed with exit status 127").says("is not on the PATH").says(installs);
        said.never_says("tinygo-org");
    }
    // Neither is a tool missing that was found, though the command failed.
    program(&scene, "bin/just", "exit 1");
    scene.host("build run.toml").ends_with_code(5).says("exit status 1").never_says("not on the PATH");
}

#[test]
fn a_target_that_the_rust_toolchain_lacks_is_told_with_what_adds_it() {
    let mut scene = scene("cargo build --release --target wasm32-wasip2");
    program(&scene, "bin/cargo", "exit 101");
    program(&scene, "bin/rustc", "echo nowhere");
    scene.set("PATH", scene.path("bin"));
    let said = scene.host("build run.toml");
    said.ends_with_code(5).says("failed with exit status 101").says("`rustup target add wasm32-wasip2`");
    program(&scene, "bin/rustc", "echo bin");
    let said = scene.host("build run.toml");
    said.ends_with_code(5).says("failed with exit status 101").never_says("rustup");
    // A compiler that is named is the one that is asked.
    program(&scene, "other", "echo nowhere");
    scene.set("RUSTC", scene.path("other"));
    scene.host("build run.toml").ends_with_code(5).says("`rustup target add wasm32-wasip2`");
}

#[test]
fn an_interrupt_ends_all_that_a_command_has_started() {
    let scene = scene("sleep 1000 &\necho begun\nsh -c 'trap \"\" INT; while true; do sleep 1000; done'");
    for (command, signal, code) in [
        ("build run.toml", Signal::INT, 130),
        ("build run.toml", Signal::TERM, 143),
        ("run run.toml --build", Signal::INT, 130),
        ("start run.toml --build", Signal::INT, 130),
        ("check run.toml --build", Signal::INT, 130),
    ] {
        let building = scene.start(command);
        building.wait_until_it_says("begun");
        building.signal(signal);
        let said = building.wait();
        said.ends_with_code(code).never_says("Redis:");
        scene.nothing_is_left();
        assert!(!scene.path(".rush").exists(), "{said}");
    }
}
