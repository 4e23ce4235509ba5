//! `tasks` into files, and `[output]`.

use rush_tests::{Scene, guest};
use serde_json::Value;

fn scene() -> Scene {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfinished = 4");
    scene.write("points.csv", "x\n3\n1\n4\n1.5\n");
    scene.host("push run.toml points.csv").ok();
    scene.host("run run.toml").ok();
    scene
}

#[test]
fn tasks_are_sorted_limited_and_chosen_in_every_format() {
    let scene = scene();
    let best = "tasks run.toml --state finished,failed --sort y --descending --limit 2 --columns y,x";
    assert_eq!(scene.host(&format!("{best} --format csv")).ok().data, "y,x\n8.0,4.0\n6.0,3.0\n");
    assert_eq!(
        scene.host(&format!("{best} --format jsonl")).ok().data,
        "{\"y\":8.0,\"x\":4.0}\n{\"y\":6.0,\"x\":3.0}\n"
    );
    assert_eq!(
        scene.host(&format!("{best} --format json")).json().to_string(),
        r#"[{"y":8.0,"x":4.0},{"y":6.0,"x":3.0}]"#
    );
    assert_eq!(
        scene.host(best).ok().data.split_whitespace().collect::<Vec<_>>(),
        ["y", "x", "8.000000", "4.000000", "6.000000", "3.000000"]
    );
    for format in ["parquet", "arrow"] {
        scene.host(&format!("{best} -o best.{format}")).ok().says("Wrote 2 tasks");
        let said = scene.host(&format!("push run.toml best.{format} --dry-run"));
        said.ok().says("y number 0 8.0").says("x number 0 4.0").says("2 tasks would be pushed");
        // Into a pipe it may be binary.
        let piped = scene.host(&format!("{best} --format {format}"));
        let magic = if format == "parquet" { "PAR1" } else { "ARROW1" };
        assert!(piped.ok().data.starts_with(magic), "{piped}");
    }
}

#[test]
fn an_output_file_says_its_format_or_is_refused() {
    let scene = scene();
    scene
        .host("tasks run.toml -o all.xlsx")
        .ends_with_code(2)
        .says("says no format")
        .says(".parquet or .arrow");
    scene.host("tasks run.toml -o all.txt --format table").ok();
    assert!(scene.read("all.txt").contains("finished"));
    scene.write("taken", "a file");
    scene.host("tasks run.toml -o taken/all.csv").ends_with_code(2).says("`taken/all.csv` cannot be written");
    assert_eq!(scene.host("tasks run.toml --state queued --format csv").ok().data, "key,state,worker_id\n");
    let none = "tasks run.toml --state queued --sort y --columns x,state,x";
    assert_eq!(scene.host(&format!("{none} --format csv")).ok().data, "x,state\n");
    scene.host(&format!("{none} -o none.parquet")).ok().says("Wrote 0 tasks");
}

#[test]
fn results_are_written_in_every_format() {
    for format in ["csv", "jsonl", "parquet", "arrow"] {
        let scene = scene();
        scene.run_file(
            guest("queue"),
            &format!("[stop]\nfinished = 4\n[report]\nmaximize = \"y\"\nrows = 1\n[output]\npath = \"results/all.{format}\""),
        );
        let run = scene.host("run run.toml");
        run.ok().says(&format!("Results: results/all.{format}"));
        run.shows("Finished tasks with the greatest y: x y worker_id key 4.000000 8.000000");
        let other = Scene::with_redis();
        other.run_file(guest("queue"), "");
        other.write(
            &format!("all.{format}"),
            std::fs::read(scene.path(format!("results/all.{format}"))).unwrap(),
        );
        other.host(&format!("push run.toml all.{format}")).ok();
        let columns = |rows: Vec<Value>| {
            rows.iter().map(|row| [row["x"].clone(), row["y"].clone()]).collect::<Vec<_>>()
        };
        let written = "--sort x --columns x,y --format jsonl";
        assert_eq!(
            columns(other.host(&format!("tasks run.toml {written}")).jsonl()),
            columns(scene.host(&format!("tasks run.toml {written}")).jsonl()),
            "{format}"
        );
    }
}

#[test]
fn a_failure_says_why_in_every_format() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue"), "[stop]\nfailed = 1");
    scene.push([-1.0]);
    scene.host("run run.toml").ok();
    let task = scene.host("tasks run.toml --format jsonl").jsonl().remove(0);
    assert_eq!(task["condition"]["message"], "x is negative: -1", "{task}");
    let csv = scene.host("tasks run.toml --columns condition --format csv").ok().data.clone();
    assert!(csv.contains(r#""{""kind"":""error"",""message"":""x is negative: -1""}""#), "{csv}");
    scene.host("tasks run.toml -o all.parquet").ok();
    let said = scene.host("push run.toml all.parquet --dry-run --columns condition");
    said.ok().says(r#"{"kind":"error","message":"x is"#);
}
