//! The examples of `docs/launchers/command.md`, as they stand there: with programs that take the place of `qsub`, `bsub` and
//! `condor_submit`, and read their arguments and their input as those do.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rush_tests::{Scene, guest, repository};

/// Where the page says that the file with the URL is.
const URL_FILE: &str = "/home/me/.rush-redis";

/// What follows `--` is run with its arguments as they are; without it, standard input is a script.
const QSUB: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
    --) shift; setsid "$@" </dev/null >>jobs.log 2>&1 & echo 1.server; exit ;;
    -N | -l | -j) shift 2 ;;
    *) echo "qsub: invalid option: $1" >&2; exit 2 ;;
    esac
done
job=$(mktemp "$PWD/spooled-XXXXXX")
cat > "$job"
setsid sh "$job" </dev/null >>jobs.log 2>&1 &
echo 1.server
"#;
/// Words of the command are joined and given to a shell.
const BSUB: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
    -J | -n | -W | -wa | -wt | -o) shift 2 ;;
    -*) echo "bsub: unknown option $1" >&2; exit 255 ;;
    *) break ;;
    esac
done
setsid sh -c "$*" </dev/null >>jobs.log 2>&1 &
echo "Job <1> is submitted to default queue <normal>."
"#;
/// `executable` of a submit description on standard input.
const CONDOR_SUBMIT: &str = r#"#!/bin/sh
[ "$*" = "-terse -" ] || { echo "condor_submit: bad arguments: $*" >&2; exit 1; }
description=$(cat)
executable=$(printf '%s\n' "$description" | sed -n 's/^executable *= *//p')
printf '%s\n' "$description" | grep -qx queue || { echo "no queue statement" >&2; exit 1; }
setsid "$executable" </dev/null >>jobs.log 2>&1 &
echo "1.0 - 1.0"
"#;

/// The blocks of code of the page in this language.
fn blocks(language: &str) -> Vec<String> {
    let page = fs::read_to_string(repository().join("docs/launchers/command.md")).expect("the page is there");
    let begin = format!("```{language}\n");
    let blocks = page.split(&begin).skip(1);
    blocks.map(|block| block.split("```").next().expect("there is something").to_owned()).collect()
}

fn write_program(scene: &Scene, path: &str, text: &str, mode: u32) {
    scene.write(path, text);
    fs::set_permissions(scene.path(path), fs::Permissions::from_mode(mode)).expect("it was just written");
}

#[test]
fn each_batch_system_of_the_page_runs_workers() {
    let batch: Vec<String> =
        blocks("toml").into_iter().filter(|block| block.contains("redis_file")).collect();
    let names: Vec<bool> = ["\"qsub\"", "| qsub", "\"bsub\"", "condor-submit.sh"]
        .map(|name| batch.iter().any(|block| block.contains(name)))
        .into();
    assert_eq!((batch.len(), names), (4, vec![true; 4]));
    for launcher in batch {
        let mut scene = Scene::with_redis();
        fs::create_dir(scene.path("bin")).expect("the folder is new");
        for (name, text) in [("qsub", QSUB), ("bsub", BSUB), ("condor_submit", CONDOR_SUBMIT)] {
            write_program(&scene, &format!("bin/{name}"), text, 0o755);
        }
        write_program(&scene, "url", &scene.redis().url(), 0o600);
        scene.write("condor-submit.sh", blocks("sh").concat());
        let path = std::env::var("PATH").expect("there is one");
        scene.set("PATH", format!("{}:{path}", scene.path("bin").display()));
        let launcher = launcher.replace(URL_FILE, scene.path("url").to_str().expect("it is text"));
        let tables = format!("[workers]\ncount = 4\nprocesses = 2\n{launcher}[stop]\nfinished = 20\n");
        scene.run_file(guest("queue"), &tables);
        scene.push((0..20).map(f64::from));
        scene.host("run run.toml").ok().shows("Workers: 4 terminated (returned)").shows("20 finished");
    }
}

#[test]
fn the_run_file_of_the_page_is_one() {
    let run_file =
        blocks("toml").into_iter().find(|block| block.starts_with("network")).expect("it is there");
    let mut scene = Scene::with_redis();
    scene.set("REDIS_PASSWORD", "secret");
    scene.write("run.toml", run_file);
    scene.host("check run.toml --show").ok().shows("launcher.command.argv");
}
