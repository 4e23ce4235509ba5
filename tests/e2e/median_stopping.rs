//! `runs/median-stopping.toml` as it stands: configurations are stopped by the results of all workers, and models are those of XGBoost.

use rush_tests::{Scene, repository};
use serde_json::Value;

/// A finished task.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    worker: String,
    /// `max_depth`, `lambda` and `alpha`: all that a configuration consists of.
    configuration: [String; 3],
    round: i64,
    rmse: f64,
}

fn scene() -> Scene {
    let scene = Scene::with_redis();
    scene.shipped("median-stopping.toml");
    scene
}

/// In the order in which they were finished.
fn models(scene: &Scene) -> Vec<Model> {
    let model = |row: &Value| Model {
        worker: row["worker_id"].as_str().expect("a worker evaluated it").to_owned(),
        configuration: ["max_depth", "lambda", "alpha"].map(|name| row[name].to_string()),
        round: row["nrounds"].as_i64().unwrap_or_else(|| panic!("an integer: {row}")),
        rmse: row["rmse"].as_f64().unwrap_or_else(|| panic!("a number: {row}")),
    };
    scene.host("tasks run.toml --state finished --format jsonl").jsonl().iter().map(model).collect()
}

/// Whether one of these is worse than the median of all of them at its round.
fn is_worse_than_median(model: &Model, all: &[Model]) -> bool {
    let mut errors: Vec<f64> =
        all.iter().filter(|other| other.round == model.round).map(|other| other.rmse).collect();
    errors.sort_by(f64::total_cmp);
    model.rmse > f64::midpoint(errors[(errors.len() - 1) / 2], errors[errors.len() / 2])
}

/// Asserts that every configuration went on or stopped by the median rule, and gives how many stopped early and how many were completed.
///
/// When a worker decided, it knew all tasks up to its own, and none that was finished after its next one: how many of those in between
/// it had seen is not known, if there are any. With one worker there are none.
fn follow_the_rule(models: &[Model]) -> (usize, usize) {
    let (mut stopped, mut completed) = (0, 0);
    for (own, model) in models.iter().enumerate() {
        let next = models[own + 1..].iter().position(|other| other.worker == model.worker);
        let Some(next) = next.map(|place| own + 1 + place) else { continue };
        let mut known = (own + 1..=next).map(|known| is_worse_than_median(model, &models[..known]));
        let successor = &models[next];
        if successor.configuration == model.configuration {
            assert_eq!(successor.round, model.round + 1);
            assert!(known.any(|worse| !worse), "it was worse than the median, and went on: {model:?}");
        } else {
            assert_eq!(successor.round, 5);
            if model.round == 20 {
                completed += 1;
            } else {
                stopped += 1;
                assert!(known.any(|worse| worse), "it was not worse than the median, and stopped: {model:?}");
            }
        }
    }
    (stopped, completed)
}

#[test]
fn what_is_worse_than_the_median_of_all_workers_stops() {
    let scene = scene();
    let run = scene.host("run run.toml");
    run.ok().says("Results: results/median-stopping.csv").shows("Finished tasks with the least rmse:");
    run.shows("max_depth lambda alpha nrounds rmse worker_id key");
    let models = models(&scene);
    assert!(models.len() >= 1_000, "{}", models.len());
    assert_eq!(scene.read("results/median-stopping.csv").lines().count(), models.len() + 1);
    assert!(models.iter().all(|model| (5..=20).contains(&model.round)));
    let (stopped, completed) = follow_the_rule(&models);
    assert!(stopped > 50, "{stopped} stopped, {completed} completed");
}

#[test]
fn one_worker_follows_the_rule_exactly() {
    let scene = scene();
    scene.host("run run.toml --workers 1 --set stop.finished=300").ok();
    let (stopped, completed) = follow_the_rule(&models(&scene));
    assert!(stopped > 10 && completed > 0, "{stopped} stopped, {completed} completed");
}

#[test]
fn an_exact_budget_is_met_exactly() {
    let scene = scene();
    let run = scene.host("run run.toml --set stop.finished=101 --set stop.exact=true");
    run.ok().shows("Tasks: 0 queued, 0 running, 101 finished, 0 failed");
}

#[test]
fn a_kept_model_changes_no_result() {
    let run = |instance: &str| {
        let scene = scene();
        let words =
            "run run.toml --workers 1 --set workers.seed=7 --set stop.finished=60 --set stop.exact=true";
        scene.host(&format!("{words} --set objective.instance={instance}")).ok();
        let without_worker = |model| Model { worker: String::new(), ..model };
        models(&scene).into_iter().map(without_worker).collect::<Vec<_>>()
    };
    let kept = run("reuse");
    assert_eq!(kept.len(), 60);
    assert_eq!(kept, run("fresh"));
}

#[test]
fn models_have_the_errors_that_xgboost_has() {
    let golden = repository().join("plugins/boosted-trees/tests/golden.json");
    let golden: Value = serde_json::from_str(&std::fs::read_to_string(golden).unwrap()).unwrap();
    let cases = golden["cases"].as_array().unwrap();
    // What this run file says of the rest is the default.
    let of_points_alone = |case: &&Value| case["parameters"].as_object().unwrap().len() == 3;
    let cases: Vec<_> = cases.iter().filter(of_points_alone).step_by(7).collect();
    assert!(cases.len() >= 5, "{}", cases.len());
    for case in cases {
        let scene = scene();
        let rows = golden["splits"][case["split"].as_str().unwrap()].to_string();
        // The only configuration there is, which then is the median itself.
        let mut words = format!(
            "run run.toml --workers 1 --set stop.finished=16 --set stop.exact=true --set objective.args.train={rows}"
        );
        for (name, value) in case["parameters"].as_object().unwrap() {
            words += &format!(
                " --set loop.args.space.{name}.lower={value} --set loop.args.space.{name}.upper={value}"
            );
        }
        scene.host(&words).ok();
        let models = models(&scene);
        assert_eq!(models.iter().map(|model| model.round).collect::<Vec<_>>(), (5..=20).collect::<Vec<_>>());
        for (model, expected) in models.iter().zip(case["rmse"].as_array().unwrap()) {
            let expected = expected.as_f64().unwrap();
            assert!((model.rmse / expected - 1.0).abs() < 1e-12, "{model:?}: {expected} of {case}");
        }
    }
}

#[test]
fn data_that_do_not_fit_the_arguments_fail_the_evaluation_and_say_why() {
    let scene = scene();
    let said = scene.host(r#"eval run.toml --set objective.args.target=litres --xs {"nrounds":5}"#);
    said.says("`objective.args.target` names a column `litres`; the table has `model`, `mpg`");
    let said = scene.host(r#"eval run.toml --xs {"nrounds":5,"depth":3}"#);
    said.says("unknown field `depth`");
}
