//! What benchmarks measure does what it is measured for.

use rush_tests::{Scene, guest};

#[test]
fn the_queue_that_is_measured_is_evaluated() {
    let scene = Scene::with_redis();
    scene.run_file(guest("queue_search"), "[workers]\ncount = 2\n[stop]\nfinished = 3\n");
    scene.write("points.csv", "x1,x2\n3.141592653589793,2.275\n0,0\n2.5,7.5\n");
    scene.host("push run.toml points.csv").ok();
    scene.host("run run.toml").ok();
    assert_eq!(scene.snapshot().counts(), [0, 0, 3, 0]);
    let mut ys: Vec<f64> = scene
        .host("tasks run.toml --format jsonl")
        .jsonl()
        .iter()
        .map(|task| task["y"].as_f64().expect("a number"))
        .collect();
    ys.sort_by(f64::total_cmp);
    // Of the Branin function: one of its minima, then what others have computed.
    for (y, expected) in ys.iter().zip([0.397_887, 24.129_964, 55.602_113]) {
        assert!((y - expected).abs() < 1e-5, "{ys:?}");
    }
}

#[test]
fn an_evaluation_of_the_simulated_optimisation_sleeps_as_long_as_it_should_and_tells_all_its_steps() {
    let scene = Scene::with_redis();
    let objective = guest("naps");
    scene.run_file(
        guest("simulated_adbo"),
        &format!(
            "[loop.args]\nshortest = 0.02\nlongest = 0.05\n[loop.grants]\nclock = true\n\
             [objective]\ncomponent = {:?}\n[objective.grants]\nclock = true\n\
             [workers]\ncount = 4\nprocesses = 2\n[stop]\nfinished = 20\n",
            objective.display().to_string()
        ),
    );
    scene.host("run run.toml").ok();
    let tasks = scene.host("tasks run.toml --state finished --format jsonl").jsonl();
    assert!(tasks.len() >= 20, "{}", tasks.len());
    for task in &tasks {
        let number = |name: &str| task[name].as_f64().unwrap_or_else(|| panic!("{name}: {task}"));
        let steps = ["begun", "popped", "fetched", "chosen", "pushed", "asleep", "awake", "evaluated"];
        assert!(steps.map(number).is_sorted(), "{task}");
        assert!(number("awake") - number("asleep") >= number("seconds") - 0.001, "{task}");
    }
}
