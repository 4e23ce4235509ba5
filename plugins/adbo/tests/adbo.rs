//! The loop on a network in memory.

use std::collections::BTreeMap;

use adbo::adbo;
use rush_worker::{Task, prelude::*, testing::TestNetwork};
use serde_json::{Value as Json, json};

#[derive(Debug, PartialEq, Deserialize)]
struct Beside {
    lambda: f64,
    predicted_mean: Option<f64>,
    predicted_se: Option<f64>,
}

/// The Branin function, with these arguments beside its domain. Few trees and candidates, because tests are not optimised.
fn args(more: &Json) -> Json {
    let mut args = json!({
        "lower": [-5, 0], "upper": [10, 15], "minimize": "y", "trees": 20, "candidates": 100,
    });
    for (name, value) in more.as_object().expect("arguments are a table") {
        args[name] = value.clone();
    }
    args
}

fn network(more: &Json) -> TestNetwork {
    TestNetwork::new().seed(42).args(&args(more)).objective(branin::objective)
}

fn points(tasks: &[Task]) -> Vec<branin::Point> {
    tasks.iter().map(|task| task.xs().expect("the space has x1 and x2")).collect()
}

fn beside(task: &Task) -> Beside {
    task.xs_extra().expect("it was no task of the design")
}

#[test]
fn the_initial_design_is_queued_and_evaluated_first() {
    let network = network(&json!({})).stop_when_finished(40);
    adbo(&mut network.worker()).unwrap();
    let tasks = network.finished();
    assert_eq!(tasks.len(), 40);
    let (design, rest) = tasks.split_at(25);
    assert!(design.iter().all(|task| task.attempt == 1 && task.xs_extra.is_empty()));
    let lambda = beside(&rest[0]).lambda;
    assert!((0.01..=10.0).contains(&lambda));
    for task in rest {
        let beside = beside(task);
        assert!(task.attempt == 0 && beside.lambda.to_bits() == lambda.to_bits());
        assert!(beside.predicted_mean.is_some() && beside.predicted_se.unwrap() >= 0.0, "{beside:?}");
    }
    assert!(
        network.logged().iter().any(|logged| logged.message == format!("explores with lambda = {lambda}"))
    );
}

#[test]
fn who_comes_later_finds_the_design() {
    let network = network(&json!({ "initial_design": 5, "budget": 8 }));
    adbo(&mut network.worker()).unwrap();
    let network = network.args(&args(&json!({ "initial_design": 5, "budget": 10 })));
    adbo(&mut network.worker()).unwrap();
    assert_eq!((network.count().finished, network.tasks().len()), (10, 10));
    assert_eq!(network.tasks().iter().filter(|task| task.attempt == 1).count(), 5);
}

#[test]
fn if_the_first_dies_another_queues_the_design() {
    let network = network(&json!({})).stop_when_finished(30);
    let first = network.worker();
    let mut second = network.worker();
    network.lose(first.id());
    adbo(&mut second).unwrap();
    assert_eq!(network.tasks().iter().filter(|task| task.attempt == 1).count(), 25);
}

#[test]
fn points_that_others_have_queued_belong_to_the_design() {
    let network = network(&json!({})).stop_when_finished(30);
    let own = [branin::Point { x1: 1.0, x2: 2.0 }; 10];
    network.worker().push(&own).unwrap();
    adbo(&mut network.worker_that_is_alone()).unwrap();
    let tasks = network.finished();
    assert_eq!(points(&tasks)[..10], own);
    assert_eq!(tasks.iter().filter(|task| task.attempt == 1).count(), 25);
}

/// The worker that runs the loop, when those that the test used before are gone.
trait Alone {
    fn worker_that_is_alone(&self) -> Worker;
}

impl Alone for TestNetwork {
    fn worker_that_is_alone(&self) -> Worker {
        let worker = self.worker();
        for id in worker.running_workers().expect("the network is in memory") {
            if id != worker.id() {
                self.lose(id);
            }
        }
        worker
    }
}

#[test]
fn points_that_are_queued_later_are_evaluated_next() {
    let network = network(&json!({ "budget": 12, "initial_design": 10 }));
    adbo(&mut network.worker()).unwrap();
    let wish = [branin::Point { x1: 3.0, x2: 2.0 }];
    network.worker().push(&wish).unwrap();
    let network = network.stop_when_finished(13).args(&args(&json!({})));
    adbo(&mut network.worker_that_is_alone()).unwrap();
    assert_eq!(points(&network.finished())[12..], wish);
}

#[test]
fn a_design_seed_makes_the_same_design_in_every_run() {
    let design = |seed, more| {
        let network = network(&more).seed(seed).stop_when_finished(25);
        adbo(&mut network.worker()).unwrap();
        points(&network.finished())
    };
    let seeded = json!({ "design_seed": 7 });
    assert_eq!(design(1, seeded.clone()), design(2, seeded));
    assert_ne!(design(1, json!({})), design(2, json!({})));
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let run = || {
        let network = network(&json!({})).stop_when_finished(35);
        adbo(&mut network.worker()).unwrap();
        network.finished()
    };
    assert_eq!(run(), run());
}

#[test]
fn it_finds_more_than_its_design() {
    let best = |tasks: &[Task]| {
        let y = |task: &Task| task.ys::<branin::Outcome>().unwrap().y;
        tasks.iter().map(y).fold(f64::INFINITY, f64::min)
    };
    for seed in 0..3 {
        let lambda = json!({ "lower": 0.5, "upper": 0.5 });
        let network = network(&json!({ "lambda": lambda })).seed(seed).stop_when_finished(70);
        adbo(&mut network.worker()).unwrap();
        let tasks = network.finished();
        assert!(best(&tasks) < best(&tasks[..25]) && best(&tasks) < 1.5, "seed {seed}: {}", best(&tasks));
    }
}

#[test]
fn maximising_is_minimising_the_negative() {
    let network_to = |goal: &str, sign: f64| {
        let mut args = args(&json!({}));
        args.as_object_mut().unwrap().remove("minimize");
        args[goal] = "y".into();
        let negative = move |xs| branin::Outcome { y: sign * branin::objective(xs).y };
        let network = TestNetwork::new().args(&args).objective(negative).stop_when_finished(35);
        adbo(&mut network.worker()).unwrap();
        network.finished()
    };
    let (least, greatest) = (network_to("minimize", 1.0), network_to("maximize", -1.0));
    assert_eq!(points(&least), points(&greatest));
    for (least, greatest) in least.iter().zip(&greatest).skip(25) {
        let (least, greatest) = (beside(least), beside(greatest));
        assert_eq!(least.predicted_mean.map(|mean| -mean), greatest.predicted_mean);
        assert_eq!(least.predicted_se, greatest.predicted_se);
    }
}

#[test]
fn failures_and_results_that_are_no_numbers_break_nothing() {
    let mut evaluations = 0;
    let objective = move |xs: branin::Point| {
        evaluations += 1;
        let y = match evaluations % 5 {
            0 => return Err("each fifth fails"),
            1 => f64::NAN,
            2 => f64::INFINITY,
            _ => branin::objective(xs).y,
        };
        Ok(BTreeMap::from([("y", y)]))
    };
    let network = network(&json!({})).failing_objective(objective).budget(60);
    adbo(&mut network.worker()).unwrap();
    let Counts { queued, running, finished, failed } = network.count();
    assert_eq!([queued, running, finished, failed], [0, 0, 60, 14]);
}

#[test]
fn an_objective_that_never_gives_a_result_is_searched_at_random() {
    let network = network(&json!({})).objective(|_: branin::Point| BTreeMap::from([("z", 1.0)]));
    let network = network.stop_when_finished(30);
    adbo(&mut network.worker()).unwrap();
    let last = beside(&network.finished()[29]);
    assert_eq!((last.predicted_mean, last.predicted_se), (None, None));
}

#[test]
fn without_an_initial_design_it_begins_at_random() {
    let network = network(&json!({ "initial_design": 0 })).stop_when_finished(5);
    adbo(&mut network.worker()).unwrap();
    let means: Vec<_> = network.finished().iter().map(|task| beside(task).predicted_mean).collect();
    assert!(means[0].is_none() && means[1..].iter().all(Option::is_some), "{means:?}");
}

#[test]
fn an_exact_budget_is_met_exactly() {
    for budget in [10, 25, 30] {
        let network = network(&json!({})).budget(budget);
        adbo(&mut network.worker()).unwrap();
        let Counts { queued, running, finished, failed } = network.count();
        assert_eq!([queued, running, finished, failed], [0, 0, budget, 0]);
    }
}

#[test]
fn an_exact_budget_is_met_although_the_last_task_dies_with_its_worker() {
    let network = network(&json!({ "initial_design": 5 })).budget(10);
    let mut worker = network.worker();
    let dying = network.worker();
    dying.push_running_one(&branin::Point { x1: 0.0, x2: 0.0 }).unwrap();
    network.lose_while_others_wait(dying.id());
    adbo(&mut worker).unwrap();
    assert_eq!((network.count().finished, network.count().failed), (10, 1));
}

#[test]
fn a_worker_knows_of_what_others_are_running() {
    let network = network(&json!({ "initial_design": 5 })).stop_when_finished(12);
    let mut worker = network.worker();
    let other = network.worker();
    other.push_running(&[branin::Point { x1: 9.0, x2: 9.0 }; 3]).unwrap();
    adbo(&mut worker).unwrap();
    let alone = self::network(&json!({ "initial_design": 2 })).stop_when_finished(12);
    adbo(&mut alone.worker()).unwrap();
    // The same stream of random numbers, another model.
    let (known, unknown) = (points(&network.finished()), points(&alone.finished()));
    assert_eq!((known.len(), &known[..2]), (unknown.len(), &unknown[..2]));
    assert_ne!(known[2..], unknown[2..]);
    assert_eq!(network.count().running, 3);
}

#[test]
fn integers_categories_and_logarithmic_scales_are_searched() {
    #[derive(Deserialize)]
    struct Point {
        depth: i64,
        kernel: String,
        rate: f64,
    }
    let space = json!({
        "depth": { "type": "integer", "lower": 1, "upper": 20 },
        "kernel": { "levels": ["rbf", "linear", "sigmoid"] },
        "rate": { "lower": 1e-4, "upper": 1, "log": true },
    });
    let loss = |Point { depth, kernel, rate }: Point| {
        let kernel = if kernel == "linear" { 0.0 } else { 2.0 };
        let depth = f64::from(i32::try_from(depth - 7).unwrap()).abs() / 10.0;
        BTreeMap::from([("loss", kernel + depth + (rate.ln() - 1e-2_f64.ln()).abs())])
    };
    let args = json!({
        "space": space, "minimize": "loss", "trees": 20, "candidates": 100, "lambda": { "lower": 0.1, "upper": 0.1 },
    });
    let network = TestNetwork::new().args(&args).objective(loss).stop_when_finished(60);
    adbo(&mut network.worker()).unwrap();
    let last = &network.finished()[40..];
    let linear = last.iter().filter(|task| task.xs::<Point>().unwrap().kernel == "linear").count();
    assert!(linear >= 15, "{linear} of 20 have the best kernel");
}

#[test]
fn wrong_arguments_are_named() {
    let error = |args: Json| adbo(&mut TestNetwork::new().args(&args).worker()).unwrap_err().to_string();
    assert_eq!(
        error(json!({ "lower": [0], "upper": [1] })),
        "`loop.args` in the run file: say what is to be optimised: `minimize = \"y\"` or `maximize = \"y\"`"
    );
    assert_eq!(
        error(args(&json!({ "maximize": "y" }))),
        "`loop.args` in the run file: give `minimize` or `maximize`, not both"
    );
    assert_eq!(
        error(args(&json!({ "minimize": "x1" }))),
        "`loop.args` in the run file: `x1` is a parameter of the space: name a result of the objective to be optimised"
    );
    assert_eq!(
        error(args(&json!({ "trees": 0 }))),
        "`loop.args.trees` in the run file: invalid value: integer `0`, expected a nonzero u16"
    );
    assert_eq!(
        error(args(&json!({ "mtry": 3 }))),
        "`loop.args.mtry` is 3, which is more than the number of parameters, 2"
    );
    assert_eq!(
        error(args(&json!({ "lambda": { "lower": 0, "upper": 1, "log": true } }))),
        "`lambda` has `log = true`, so its lower bound must be positive, not 0"
    );
    for lambda in [json!({ "levels": [1, 2] }), json!({ "lower": -1, "upper": 1 })] {
        assert_eq!(
            error(args(&json!({ "lambda": lambda }))),
            "`loop.args.lambda` in the run file: must be a number that is not negative: \
             `{ lower = 0.01, upper = 10.0, log = true }`"
        );
    }
    assert_eq!(
        error(args(&json!({ "lambda": { "lower": 1 } }))),
        "`loop.args.lambda` in the run file: missing field `upper`"
    );
    assert_eq!(
        error(json!({ "minimize": "y" })),
        "`loop.args` in the run file: give `lower` and `upper`, or a table `space` of parameters"
    );
}

#[test]
fn a_lost_worker_ends_with_that_error() {
    let network = network(&json!({}));
    let mut worker = network.worker();
    worker.push_running_one(&branin::Point { x1: 0.0, x2: 0.0 }).unwrap();
    network.lose(worker.id());
    network.worker().push(&vec![branin::Point { x1: 0.0, x2: 0.0 }; 25]).unwrap();
    assert!(matches!(adbo(&mut worker), Err(Error::LostOwnership(_))));
}
