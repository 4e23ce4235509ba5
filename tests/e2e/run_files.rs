//! Mistakes in run files and on the command line. What each kind of mistake in a run file is told is tested in
//! `host/run-file`; here: that it is told, all of it, and that nothing is started.

use rush_tests::{Scene, guest};

#[test]
fn all_mistakes_are_told_at_once() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "[workers]\ncount = \"4\"\ncuont = 3\n[stop]\nfinished = -1");
    for command in ["run", "start", "check", "status", "tasks", "reset"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(3).says("3 problems in run.toml");
        said.says("`workers.count` must be a whole number, not a string")
            .says("Leave out the quotes: count = 4");
        said.says("Unknown key `cuont` in [workers]").says("Did you mean `count`?");
        said.says("`stop.finished` must be a whole number from 1 to 1000000000000");
        assert!(said.data.is_empty() && !scene.path(".rush").exists(), "{said}");
    }
}

#[test]
fn what_is_not_supported_yet_is_refused() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "[objective]\ncomponent = \"oci://example.org/branin:1\"");
    scene.host("run run.toml").ends_with_code(3).says("A component from oci:// is not supported yet");
    assert!(!scene.path(".rush").exists());
}

#[test]
fn a_flag_can_be_as_wrong_as_a_run_file() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    scene.host("run run.toml --set workers.count=none").ends_with_code(3).says("workers.count");
    scene.host("run run.toml --set workers.cuont=3").ends_with_code(3).says("Did you mean `count`?");
    scene.host("run run.toml --redis http://localhost").ends_with_code(3).says("http");
}

#[test]
fn a_run_file_that_is_not_there() {
    Scene::new()
        .host("run nowhere.toml")
        .ends_with_code(3)
        .says("Cannot read nowhere.toml: there is no such file");
}

#[test]
fn a_variable_that_is_not_set() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "[redis]\nurl = \"redis://:${NOBODY_SETS_THIS}@localhost\"");
    scene.host("run run.toml").ends_with_code(3).says("NOBODY_SETS_THIS");
}

#[test]
fn a_command_line_that_makes_no_sense() {
    let scene = Scene::new();
    scene.run_file(guest("queue"), "");
    scene.host("frobnicate").ends_with_code(2).says("unrecognized subcommand 'frobnicate'");
    scene.host("run run.toml --frsh").ends_with_code(2).says("a similar argument exists: '--fresh'");
    scene.host("run").ends_with_code(2).says("<RUN.toml>");
    scene.host("run run.toml --workers 0").ends_with_code(2).says("0 is not in 1..=100000");
    scene.host("tasks run.toml --state done").ends_with_code(2).says("queued, running, finished, failed");
    assert!(!scene.path(".rush").exists());
}

#[test]
fn results_that_could_not_be_written_are_told_before_the_start() {
    let scene = Scene::new();
    scene.write("results", "a file where a folder should be");
    scene.run_file(guest("queue"), "[output]\npath = \"results/all.csv\"");
    for command in ["run", "check"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(3).says("The results file `results/all.csv` cannot be written");
        assert!(!scene.path(".rush").exists(), "{said}");
    }
}

#[test]
fn help_and_completions_and_the_schema_are_data() {
    let scene = Scene::new();
    scene
        .host("--help")
        .ok()
        .shows("Exit codes: 0 ok, 1 internal error")
        .shows("Start the workers of a run file");
    scene.host("--version").ok().shows("rush-host 0.1.0");
    scene.host("completions bash").ok().shows("rush-host");
    scene.host("man").ok().shows(".TH rush-host 1").shows("rush\\-host\\-run(1)");
    scene.host("man run").ok().shows(".TH rush-host-run 1").shows("fresh");
    scene.host("man ron").ends_with_code(2).says("There is no command `ron`");
    assert_eq!(scene.host("schema").json()["type"], "object");
}

#[test]
fn what_a_start_would_refuse_is_refused_by_a_check() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "");
    scene.write("file", "");
    for key in ["log.message_log", "log.output_log", "log.core_dumps", "data.large_objects"] {
        let said = scene.host(&format!("check run.toml --set {key}=file/below"));
        let table_and_key = format!("`[{}", key.replace('.', "] "));
        said.ends_with_code(3).says("The folder `file/below` of").says(&table_and_key);
    }
    assert!(!scene.path("logs").exists());
    scene.host("check run.toml --set log.message_log=logs").ok();
    assert!(!scene.path("logs").exists(), "a check leaves nothing behind");
}

#[test]
fn an_address_that_means_the_machine_itself_is_told_to_who_launches_on_others() {
    let mut scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[launcher.command]\nargv = [\"sh\", \"-c\", \"{script}\"]");
    scene.host("check run.toml").ok().says("means the machine that uses it");
    scene.host("check run.toml --set launcher.local={}").ok().never_says("means the machine");
    scene.host("script run.toml").ok().says("on this machine alone");
    scene.host("script run.toml -o -").ends_with_code(2).says("it goes into a file");
    scene.set("REDIS_URL", "");
    let said = scene.host("check run.toml");
    said.ends_with_code(6)
        .says("A private Redis cannot be reached by workers that are started through [launcher.command]");
}
