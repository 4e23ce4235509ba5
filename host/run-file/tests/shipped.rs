//! The run files in `runs/`, and the schema in `schema/`.

use std::path::{Path, PathBuf};

use rush_run_file::{NetworkId, Options, Order, OutputFormat, RunFile};

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
fn the_schema_that_is_checked_in_is_current() {
    let path = repository().join("schema/run-file.json");
    let checked_in = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == rush_run_file::schema(),
        "schema/run-file.json is not that of the types in this crate; `cargo xtask schema` writes it"
    );
}
