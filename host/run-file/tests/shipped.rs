//! The run files in `runs/`, and the schema in `schema/`.

use std::path::{Path, PathBuf};

use rush_run_file::{Launcher, LogLevel, NetworkId, OnLost, Options, Order, OutputFormat, Restart, RunFile};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn the_demo_says_what_the_readme_says() {
    let folder = repository().join("runs");
    let run = RunFile::load(folder.join("branin-random-search.toml"), &Options::of_this_process()).unwrap();
    assert_eq!(run.network, "branin-random-search".parse::<NetworkId>().unwrap());
    assert_eq!(run.workers.count, 4);
    assert_eq!(run.redis.location, None, "the demo needs no Redis of the user's");
    assert_eq!(run.worker_loop.component.path(), Some(&*folder.join("../plugins/target/random_search.wasm")));
    assert_eq!(
        serde_json::to_string(&run.worker_loop.args).unwrap(),
        r#"{"lower":[-5.0,0.0],"upper":[10.0,15.0]}"#
    );
    assert_eq!(run.stop.finished, Some(100));
    let report = run.report.unwrap();
    assert_eq!((report.order, report.rows), (Some(Order::Minimize("y".to_owned())), 5));
    let output = run.output.unwrap();
    assert_eq!((output.path, output.format), (folder.join("results/branin.csv"), OutputFormat::Csv));
}

#[test]
fn all_are_valid_and_need_nothing_of_the_users() {
    let files = std::fs::read_dir(repository().join("runs")).unwrap();
    let mut names = Vec::new();
    for path in
        files.map(|file| file.unwrap().path()).filter(|path| path.extension() == Some("toml".as_ref()))
    {
        let run = RunFile::load(&path, &Options { environment: &|_| None, ..Options::of_this_process() })
            .unwrap_or_else(|errors| panic!("{errors:?}"));
        assert_eq!((run.redis.location, run.launcher), (None, Launcher::Local), "{}", path.display());
        assert_eq!(path.file_stem().unwrap().to_str(), Some(run.network.as_str()));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("#:schema ../schema/run-file.json\n"), "{}", path.display());
        names.push(run.network.to_string());
    }
    assert!(names.len() >= 2, "{names:?}");
}

#[test]
fn the_one_that_goes_on_restarts_requeues_and_logs() {
    let path = repository().join("runs/branin-that-goes-on.toml");
    let run = RunFile::load(path, &Options::of_this_process()).unwrap();
    assert_eq!(run.workers.restart, Restart::OnLost { max_restarts: 10 });
    assert_eq!(run.tasks.on_lost, OnLost::Requeue { max_attempts: 3 });
    assert_eq!(run.log.loggers["random-search"], LogLevel::Info);
    assert!(run.log.message_log.is_some_and(|folder| folder.ends_with("runs/logs")));
}

#[test]
fn the_schema_that_is_checked_in_is_current() {
    let path = repository().join("schema/run-file.json");
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == rush_run_file::schema(),
        "schema/run-file.json is not that of the types in this crate; `cargo xtask schema` writes it"
    );
}
