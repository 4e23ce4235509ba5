//! The shipped run file, from its first run to its reset, on a private Redis.

use std::collections::BTreeSet;

use rush_tests::{Scene, plugin};
use serde_json::Value;

/// The shipped run file in a folder of its own.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.shipped("branin-random-search.toml");
    scene
}

#[test]
fn the_first_run_reports_what_it_found() {
    let scene = scene();
    let run = scene.host("run run.toml");
    run.ok().says("Redis: a private Redis, since none is named").says("Starting 4 workers in");
    run.says("Results: results/branin.csv");
    let lines: Vec<&str> = run.data.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines[0], "Finished tasks with the least y:");
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["x1", "x2", "y", "worker_id", "key"]);
    let ys: Vec<f64> =
        lines[2..7].iter().map(|row| row.split_whitespace().nth(2).unwrap().parse().unwrap()).collect();
    assert!(ys.is_sorted(), "{ys:?}");
    assert_eq!(lines[7], "Workers: 4 terminated (returned)");
    assert!(lines[8..12].iter().all(|line| line.contains(": terminated (returned), ")), "{run}");
    let finished: usize = lines[12]
        .strip_prefix("Tasks: 0 queued, 0 running, ")
        .and_then(|rest| rest.strip_suffix(" finished, 0 failed"))
        .unwrap_or_else(|| panic!("{run}"))
        .parse()
        .unwrap();
    // Whoever does not know yet that the hundredth is finished goes on.
    assert!(finished >= 100, "{finished}");
    assert_eq!(lines.len(), 13, "{run}");

    let csv = scene.read("results/branin.csv");
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("key,state,worker_id,x1,x2,y"));
    assert_eq!(rows.clone().count(), finished);
    assert!(
        rows.all(|row| row.split(',').nth(1) == Some("finished") && row.split(',').count() == 6),
        "{csv}"
    );
}

#[test]
fn what_it_found_is_still_there_later() {
    let scene = scene();
    scene.host("run run.toml").ok();
    scene.nothing_is_left();

    let keys = |rows: &[Value]| {
        rows.iter().map(|row| row["key"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let tasks = scene.host("tasks run.toml --state finished --format jsonl").jsonl();
    for task in &tasks {
        let columns: Vec<&str> = task.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(columns, ["key", "state", "worker_id", "x1", "x2", "y"]);
        assert!(task["state"] == "finished" && task["worker_id"].is_string(), "{task}");
        assert!(["x1", "x2", "y"].iter().all(|column| task[*column].is_f64()), "{task}");
    }
    let csv = scene.read("results/branin.csv");
    let written: BTreeSet<String> =
        csv.lines().skip(1).map(|row| row.split(',').next().unwrap().to_owned()).collect();
    assert_eq!(keys(&tasks), written);

    let best = scene.host("tasks run.toml --sort y --limit 3 --columns y --format json").json();
    let ys: Vec<f64> = best.as_array().unwrap().iter().map(|row| row["y"].as_f64().unwrap()).collect();
    let all = tasks.iter().map(|task| task["y"].as_f64().unwrap());
    assert!(
        ys.len() == 3 && ys.is_sorted() && ys[0].total_cmp(&all.fold(f64::INFINITY, f64::min)).is_eq(),
        "{ys:?}"
    );

    let finished = tasks.len();
    let status = scene.host("status run.toml --json");
    assert_eq!(
        status.data,
        format!(
            "{{\"network\":\"branin-random-search\",\
             \"workers\":{{\"running\":0,\"terminated\":4,\"killed\":0,\"lost\":0}},\"without_heartbeat\":0,\
             \"tasks\":{{\"queued\":0,\"running\":0,\"finished\":{finished},\"failed\":0}},\"failed_by_kind\":{{}},\
             \"pending\":0,\"waiting\":[]}}\n"
        )
    );
    let workers = scene.host("workers run.toml --format json").json();
    let workers = workers.as_array().unwrap();
    assert!(workers.iter().all(|worker| worker["state"] == "terminated" && worker["end"] == "returned"));
    let counted: u64 = workers.iter().map(|worker| worker["finished"].as_u64().unwrap()).sum();
    assert_eq!((workers.len(), counted), (4, finished as u64));
}

#[test]
fn a_second_run_has_nothing_to_do_until_it_begins_anew() {
    let scene = scene();
    scene.host("run run.toml").ok();
    let before = scene.read("results/branin.csv");
    let again = scene.host("run run.toml");
    again
        .ok()
        .says("Nothing to do: 100 tasks are finished already")
        .says("--fresh")
        .shows("Finished tasks with the least y");
    assert_eq!(scene.read("results/branin.csv"), before);

    let more = scene.host("run run.toml --set stop.finished=200");
    more.ok().says("Network branin-random-search goes on with 1");
    let grown = scene.read("results/branin.csv");
    assert!(grown.lines().count() > 200 && before.lines().all(|row| grown.contains(row)), "{more}");

    let fresh = scene.host("run run.toml --fresh");
    fresh.ok().says("is reset: 8 workers, 2");
    let anew = scene.read("results/branin.csv");
    assert!(!before.lines().skip(1).any(|row| anew.contains(row)), "{fresh}");
}

#[test]
fn a_reset_leaves_nothing_in_redis() {
    let mut scene = Scene::with_redis();
    let text = scene_text();
    scene.write("run.toml", text);
    scene.host("run run.toml").ok();
    scene.host("reset run.toml").ok().says("Network branin-random-search is reset: 4 workers, 1");
    let left: u64 = redis::cmd("DBSIZE").query(&mut scene.redis().connection()).unwrap();
    assert_eq!(left, 0);
    scene.host("reset run.toml").ok();
    // A flag wins over REDIS_URL.
    let url = scene.redis().url();
    scene.set("REDIS_URL", "redis://127.0.0.1:1");
    scene.host(&format!("status run.toml --json --redis {url}")).ok();
}

fn scene_text() -> String {
    scene().read("run.toml")
}

#[test]
fn an_empty_network_has_no_rows_but_columns() {
    let scene = Scene::with_redis();
    scene.write("run.toml", scene_text());
    assert_eq!(scene.host("tasks run.toml --format csv").ok().data, "key,state,worker_id\n");
    assert_eq!(scene.host("tasks run.toml --sort y --format jsonl").ok().data, "");
    assert_eq!(scene.host("tasks run.toml --format json").json(), Value::Array(Vec::new()));
    assert_eq!(scene.host("tasks run.toml").ok().data, "(none)\n");
    assert_eq!(scene.host("workers run.toml --format csv").ok().data, "");
}

#[test]
fn a_column_that_no_task_has_is_told() {
    let scene = scene();
    let run = scene.host("run run.toml --set report.minimize=loss");
    run.ok().shows("No finished task has `loss`, which [report] asks for. Tasks that finished last:");
    let said = scene.host("tasks run.toml --sort loss");
    said.ends_with_code(2)
        .says("There is no column `loss`")
        .says("the columns are key, state, worker_id, x1, x2, y");
}

#[test]
fn a_seed_and_one_worker_make_a_run_that_can_be_repeated() {
    let points = || {
        let scene = scene();
        scene.host("run run.toml --workers 1 --set workers.seed=7").ok().says("seed 7");
        let rows = scene.host("tasks run.toml --columns x1,x2,y --format csv").ok().data.clone();
        rows.lines().take(20).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = points();
    assert_eq!(first.len(), 20);
    assert_eq!(first, points());
}

#[test]
fn a_check_starts_nothing() {
    let scene = scene();
    let check = scene.host("check run.toml");
    check
        .ok()
        .shows("Run file run.toml: valid")
        .shows("4 workers")
        .shows("sha256")
        .shows("begins with the first run");
    check.shows("imports rush:worker/tasks@0.1.0: push-running, finish");
    assert!(!scene.path(".rush").exists() && !scene.path("results").exists());
}

#[test]
fn what_nobody_has_begun_cannot_be_looked_at() {
    let scene = scene();
    for command in ["status", "workers", "tasks", "stop", "reset"] {
        let said = scene.host(&format!("{command} run.toml"));
        said.ends_with_code(4)
            .says("There is no private Redis in")
            .says("`rush-host run` and `rush-host start` begin one");
    }
    assert!(!scene.path(".rush").exists());
}

#[test]
fn the_objective_may_be_of_another_language_by_changing_one_line() {
    let scene = scene();
    let text = scene.read("run.toml");
    let run = |component: &str| {
        let own = plugin("branin").display().to_string();
        scene.write("run.toml", text.replace(&own, &plugin(component).display().to_string()));
        let overrides =
            "--set workers.seed=1 --set workers.count=1 --set stop.finished=20 --set stop.exact=true";
        scene.host(&format!("run run.toml --fresh {overrides}")).ok();
        scene.host("tasks run.toml --columns x1,x2,y --format jsonl").jsonl()
    };
    let expected = run("branin");
    assert_eq!(expected.len(), 20);
    for component in ["branin_python", "branin_js", "branin_c"] {
        for (task, expected) in run(component).iter().zip(&expected) {
            assert_eq!([&task["x1"], &task["x2"]], [&expected["x1"], &expected["x2"]], "{component}");
            let [y, expected] = [task, expected].map(|task| task["y"].as_f64().unwrap());
            // The cosine of each language may end in another digit.
            assert!((y - expected).abs() <= 1e-12 * expected, "{component}: {y} instead of {expected}");
        }
    }
}
