//! `rush-host new`: what it writes builds and runs as it stands, in every language, and draws the same points.
//!
//! Each language is built with its own tools, which `cargo xtask test` sets up.

use std::{
    env,
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use rush_tests::{Said, Scene, host, kept, plugin, tools};
use serde_json::Value;

/// For a build with everything that it depends on, on a busy machine.
const PATIENCE: Duration = Duration::from_mins(10);

const BOUNDS: &str = "[loop.args]\nlower = [-5.0, 0.0]\nupper = [10.0, 15.0]\n";

/// One worker, the same seed, and exactly 20 tasks.
const THE_SAME: &str =
    "--fresh --set workers.count=1 --set workers.seed=7 --set stop.finished=20 --set stop.exact=true";

/// A scene with the tools of all languages, which keep what they want to keep outside of it.
fn scene() -> Scene {
    let mut scene = Scene::new();
    let inherited = env::var_os("PATH").unwrap_or_default();
    let path = [tools()].into_iter().chain(env::split_paths(&inherited));
    scene.set("PATH", env::join_paths(path).expect("the tools are in a folder without a colon"));
    scene.set("ZIG_GLOBAL_CACHE_DIR", kept("zig"));
    // Rust is its user's own.
    let home = |variable: &str, folder: &str| {
        env::var_os(variable).unwrap_or_else(|| {
            Path::new(&env::var_os("HOME").unwrap_or_default()).join(folder).into_os_string()
        })
    };
    scene.set("CARGO_HOME", home("CARGO_HOME", ".cargo"));
    scene.set("RUSTUP_HOME", home("RUSTUP_HOME", ".rustup"));
    scene.set("CARGO_BUILD_BUILD_DIR", kept("rust"));
    // Projects in JavaScript get the tools from npm, which needs to know how this machine reaches it.
    scene.set("npm_config_cache", kept("npm"));
    if let Some(home) = env::var_os("HOME") {
        scene.set("npm_config_userconfig", Path::new(&home).join(".npmrc"));
    }
    for (name, value) in env::vars_os() {
        let lowercase = name.to_string_lossy().to_lowercase();
        if lowercase.ends_with("_proxy")
            || lowercase.starts_with("npm_config_")
            || name == "NODE_EXTRA_CA_CERTS"
        {
            scene.set(name, value);
        }
    }
    scene
}

/// Writes a project of this language, builds and runs it with the command that `new` names, and looks at what came of it.
fn a_new_project_runs(scene: &Scene, language: &str, kind: &str) {
    let folder = format!("{language}{kind}");
    let new = scene.host(&format!("new --lang {language} {kind} {folder}"));
    let next = format!("run --build {folder}/{folder}.toml");
    new.ok().says(&format!("Written to {folder}: ")).says(&format!("Next: rush-host {next}"));
    assert!(new.data.is_empty());
    let run = patiently(scene, &next);
    run.ok().says("Built ").shows("Finished tasks with the least y:").shows("0 queued, 0 running");
    run.shows("0 failed");

    let run_file = format!("{folder}/{folder}.toml");
    let tasks = tasks(scene, &run_file);
    assert!(tasks.len() >= 100, "{run}");
    for [x1, x2, y] in tasks {
        assert!((-5.0..=10.0).contains(&x1) && (0.0..=15.0).contains(&x2), "{x1}, {x2}");
        assert!((branin(x1, x2) - y).abs() < 1e-9, "{y} at {x1}, {x2}");
    }
    let csv = scene.read(format!("{folder}/results.csv"));
    assert!(csv.starts_with("key,state,worker_id,x1,x2,y\n") && csv.lines().count() > 100, "{csv}");

    draws_the_same_points(scene, &run_file);
    scene.host(&format!("check {run_file}")).ok();
}

/// Runs with the same seed and one worker give the same tasks in every language: those of the plugin, to the last bit.
fn draws_the_same_points(scene: &Scene, run_file: &str) {
    scene.run_file(plugin("random_search"), &format!("{BOUNDS}[stop]\nfinished = 20"));
    scene.host(&format!("run run.toml {THE_SAME}")).ok();
    scene.host(&format!("run {run_file} {THE_SAME}")).ok();
    let (expected, found) = (tasks(scene, "run.toml"), tasks(scene, run_file));
    assert_eq!((expected.len(), found.len()), (20, 20));
    for (number, (expected, found)) in expected.iter().zip(&found).enumerate() {
        let [x1, x2, y] = expected;
        let same = x1.to_bits() == found[0].to_bits() && x2.to_bits() == found[1].to_bits();
        assert!(
            same && (y - found[2]).abs() <= 1e-9,
            "task {number} of {run_file}: {found:?}, not {expected:?}"
        );
    }
}

/// Everything that has finished, in the order in which it did: `x1`, `x2` and `y`.
fn tasks(scene: &Scene, run_file: &str) -> Vec<[f64; 3]> {
    let rows = scene.host(&format!("tasks {run_file} --state finished --format jsonl")).jsonl();
    let number = |row: &Value, column: &str| row[column].as_f64().unwrap_or_else(|| panic!("{row}"));
    rows.iter().map(|row| ["x1", "x2", "y"].map(|column| number(row, column))).collect()
}

fn patiently(scene: &Scene, words: &str) -> Said {
    scene.start(words).wait_at_most(PATIENCE)
}

fn branin(x1: f64, x2: f64) -> f64 {
    use std::f64::consts::PI;
    let valley = x2 - 5.1 / (4.0 * PI * PI) * x1 * x1 + 5.0 / PI * x1 - 6.0;
    valley * valley + 10.0 * (1.0 - 1.0 / (8.0 * PI)) * x1.cos() + 10.0
}

#[test]
fn a_new_project_in_rust_runs() {
    let mut scene = scene();
    if let Some(rustc) = env::var_os("RUSH_WASI_RUSTC") {
        scene.set("RUSTC", rustc);
    }
    for kind in ["", "--objective"] {
        a_new_project_runs(&scene, "rust", kind);
        let test = format!("cd rust{kind} && env -u RUSTC cargo test --quiet --target-dir target");
        scene.shell(&test).wait_at_most(PATIENCE).ok().shows("test result: ok. 2 passed");
    }
}

#[test]
fn a_new_project_in_python_runs() {
    let scene = scene();
    a_new_project_runs(&scene, "python", "");
    a_new_project_runs(&scene, "python", "--objective");
}

#[test]
fn a_new_project_in_javascript_runs() {
    let scene = scene();
    a_new_project_runs(&scene, "javascript", "");
    a_new_project_runs(&scene, "javascript", "--objective");
}

#[test]
fn a_new_project_in_typescript_runs() {
    let scene = scene();
    a_new_project_runs(&scene, "typescript", "");
    a_new_project_runs(&scene, "typescript", "--objective");
}

#[test]
fn a_new_project_in_c_runs() {
    let scene = scene();
    a_new_project_runs(&scene, "c", "");
    a_new_project_runs(&scene, "c", "--objective");
}

#[test]
fn every_project_has_its_run_file_its_sdk_and_the_contract() {
    let scene = Scene::new();
    for (language, sdk) in [
        ("rust", "rush_worker/src/lib.rs"),
        ("python", "rush_worker/__init__.py"),
        ("javascript", "rush-worker"),
        ("js", "rush-worker"),
        ("typescript", "rush-worker"),
        ("ts", "rush-worker"),
        ("c", "rush_worker/rush_worker.h"),
    ] {
        for kind in ["", "--objective"] {
            let folder = PathBuf::from(format!("projects/{language}{kind}/demo"));
            scene.host(&format!("new --lang {language} {} {kind}", folder.display())).ok();
            for file in ["demo.toml", "README.md", ".gitignore", "wit/worker.wit", sdk] {
                assert!(scene.path(&folder).join(file).exists(), "{file} of {}", folder.display());
            }
            // It is known what would build it, so nobody has to guess.
            let run = scene.host(&format!("run {}/demo.toml", folder.display()));
            run.ends_with_code(5).says("is not built").says("`rush-host build ");
        }
    }
}

#[test]
fn the_folder_names_the_project_and_its_network() {
    let scene = Scene::new();
    scene.host("new --lang python deep/below/team-{1st}/").ok();
    assert!(scene.read("deep/below/team-{1st}/team-{1st}.toml").contains("network = \"team-{1st}\""));
    // Also the folder that somebody is in.
    fs::create_dir(scene.path("here")).unwrap();
    scene.shell(&format!("cd here && '{}' new --lang rust .", host().display())).wait().ok();
    assert!(scene.read("here/here.toml").contains("network = \"here\""));
    assert!(scene.read("here/Cargo.toml").contains("name = \"here\""));
}

#[test]
fn what_cannot_name_a_project_is_told_with_what_would_do() {
    let scene = Scene::new();
    fs::write(scene.path("a-file"), "").unwrap();
    let new = |name: &str| scene.shell(&format!("'{}' new --lang rust '{name}'", host().display())).wait();
    new("My Run 2").ends_with_code(2).says("it has ' '").says("`My-Run-2`");
    new("größe").ends_with_code(2).says("cannot be the name of a network: it has 'ö'");
    new("..").ends_with_code(2).says("`..` names no project");
    new("Cargo").ends_with_code(2).says("which has a file `Cargo.toml` of its own");
    new("a-file").ends_with_code(2).says("`a-file` is there already, and no folder");
    scene
        .host("new --lang fortran demo")
        .ends_with_code(2)
        .says("[possible values: rust, python, javascript, typescript, c]");
    assert!(!scene.path("Cargo").exists() && !scene.path("My Run 2").exists());
}

#[test]
fn what_is_there_already_is_left_alone() {
    let scene = Scene::new();
    fs::create_dir(scene.path("demo")).unwrap();
    scene.write("demo/notes", "mine");
    let said = scene.host("new --lang c demo");
    said.ends_with_code(2).says("The folder `demo` is not empty").says("name a folder that is not there");
    assert_eq!(entries(&scene.path("demo")), ["notes"]);
    fs::remove_file(scene.path("demo/notes")).unwrap();
    scene.host("new --lang c demo").ok();
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    let scene = Scene::new();
    fs::write(scene.path("file"), "").unwrap();
    let said = scene.host("new --lang c file/demo");
    said.ends_with_code(2).says("`file/demo`");
    fs::create_dir(scene.path("mine")).unwrap();
    fs::set_permissions(scene.path("mine"), fs::Permissions::from_mode(0o555)).unwrap();
    let said = scene.host("new --lang c mine/demo");
    fs::set_permissions(scene.path("mine"), fs::Permissions::from_mode(0o755)).unwrap();
    if rustix::process::geteuid().is_root() {
        said.ok();
    } else {
        said.ends_with_code(2).says("cannot be written").says("nothing was written");
    }
}

fn entries(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    entries.map(|entry| entry.expect("it can be read").file_name()).collect()
}
