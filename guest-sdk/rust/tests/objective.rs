//! Objectives, and loops that evaluate them, natively.

use std::{error::Error as StdError, fmt};

use rush_worker::{__evaluate, __private::Instance, Field, Fields, Value, prelude::*, testing::TestNetwork};
use serde_json::json;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Point {
    x: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Outcome {
    y: f64,
}

fn square(Point { x }: Point) -> Outcome {
    Outcome { y: x * x }
}

/// An error of a type of its own, with a source.
#[derive(Debug)]
struct Singular(std::num::ParseFloatError);

impl fmt::Display for Singular {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the kernel matrix is singular")
    }
}

impl StdError for Singular {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

/// A text is an error and could be stored as well: this is a `Result` all the same.
fn says(Point { x }: Point) -> Result<Outcome, String> {
    if x < 0.0 { Err(format!("{x} is negative")) } else { Ok(Outcome { y: x }) }
}

fn quotes(_: Point) -> Result<Outcome, Singular> {
    "1.5.2".parse().map(|y| Outcome { y }).map_err(Singular)
}

fn conditions(Point { x }: Point) -> Result<Outcome, Box<dyn StdError>> {
    Err(Condition::new("not here").with_kind("denied").with_details(&Point { x })?.into())
}

fn noisy(context: &mut Context, Point { x }: Point) -> Result<Outcome> {
    let factor: f64 = context.args()?;
    let noise: f64 = context.rng().random();
    Ok(Outcome { y: factor * x + noise })
}

struct Kept {
    factor: f64,
    evaluations: u32,
}

fn prepare(context: &mut Context) -> Result<Kept> {
    Ok(Kept { factor: context.args()?, evaluations: 0 })
}

fn counts(kept: &mut Kept, Point { x }: Point) -> Outcome {
    kept.evaluations += 1;
    Outcome { y: kept.factor * x + f64::from(kept.evaluations) }
}

mod one {
    rush_worker::objective!(super::says);
}
mod other {
    rush_worker::objective!(super::prepare => super::counts);
}

fn instance() -> Instance {
    Instance::new(TestNetwork::new().args(&json!(2)).seed(7).context())
}

fn xs(x: f64) -> Fields {
    vec![Field { name: "x".into(), value: Value::Number(x) }]
}

fn ys(y: f64) -> Fields {
    vec![Field { name: "y".into(), value: Value::Number(y) }]
}

#[test]
fn a_function_of_a_point_is_an_objective() {
    assert_eq!(__evaluate!(instance(), xs(3.0), square), Ok(ys(9.0)));
    assert_eq!(__evaluate!(instance(), xs(3.0), says), Ok(ys(3.0)));
}

#[test]
fn errors_of_all_kinds_become_conditions() {
    assert_eq!(__evaluate!(instance(), xs(-1.0), says), Err(Condition::new("-1 is negative")));
    assert_eq!(
        __evaluate!(instance(), xs(1.0), quotes),
        Err(Condition::new("the kernel matrix is singular: invalid float literal"))
    );
    let told = Condition::new("not here").with_kind("denied").with_details(&Point { x: 1.0 }).unwrap();
    assert_eq!(__evaluate!(instance(), xs(1.0), conditions), Err(told));
}

#[test]
fn a_point_that_does_not_fit_is_told_by_its_element() {
    let told = |xs: Fields| __evaluate!(instance(), xs, square).unwrap_err();
    assert_eq!(told(Fields::new()), Condition::new("`xs` do not fit this objective: missing field `x`"));
    let text = vec![Field { name: "x".into(), value: Value::Text("a".into()) }];
    let condition = told(text);
    assert_eq!(
        condition.message,
        "`xs` do not fit this objective: field `x`: invalid type: string \"a\", expected f64"
    );
    assert_eq!(condition.kind, "error");
}

#[test]
fn a_result_that_cannot_be_stored_is_told() {
    fn bare(Point { x }: Point) -> f64 {
        x
    }
    let told = __evaluate!(instance(), xs(1.0), bare).unwrap_err();
    assert!(told.message.starts_with("`ys` of this objective cannot be stored: "), "{told}");
}

#[test]
fn the_context_has_arguments_and_one_stream_of_random_numbers() {
    let mut instance = instance();
    let first = __evaluate!(instance, xs(1.0), noisy).unwrap();
    let second = __evaluate!(instance, xs(1.0), noisy).unwrap();
    assert_ne!(first, second);
    assert_eq!(__evaluate!(self::instance(), xs(1.0), noisy), Ok(first));

    let wrong = TestNetwork::new().args(&json!({ "factor": 2 })).context();
    assert_eq!(
        __evaluate!(Instance::new(wrong), xs(1.0), noisy).unwrap_err().message,
        "`objective.args` in the run file: invalid type: map, expected f64"
    );
}

#[test]
fn what_is_prepared_is_kept() {
    let mut instance = instance();
    assert_eq!(__evaluate!(instance, xs(1.0), prepare => counts), Ok(ys(3.0)));
    assert_eq!(__evaluate!(instance, xs(1.0), prepare => counts), Ok(ys(4.0)));
}

#[test]
fn what_cannot_be_prepared_fails_each_evaluation() {
    let mut instance = Instance::new(TestNetwork::new().context());
    for _ in 0..2 {
        let told = __evaluate!(instance, xs(1.0), prepare => counts).unwrap_err();
        assert_eq!(told.message, "`objective.args` in the run file: invalid type: map, expected f64");
    }
}

#[test]
fn a_loop_evaluates() {
    let network = TestNetwork::new().objective(square);
    assert_eq!(network.worker().evaluate(&Point { x: 3.0 }), Ok(Outcome { y: 9.0 }));
    let network = TestNetwork::new().failing_objective(says);
    let worker = network.worker();
    assert_eq!(worker.evaluate(&Point { x: 3.0 }), Ok(Outcome { y: 3.0 }));
    assert_eq!(worker.evaluate::<Outcome>(&Point { x: -1.0 }), Err(Condition::new("-1 is negative")));
    assert_eq!(
        worker.evaluate::<Point>(&Point { x: 1.0 }).unwrap_err().message,
        "`ys` of the objective do not fit this loop: missing field `x`"
    );
}

#[test]
fn an_evaluation_costs_no_more_than_its_task() {
    let network = TestNetwork::new().failing_objective(says);
    let worker = network.worker();
    let points = [Point { x: 1.0 }, Point { x: -1.0 }, Point { x: 2.0 }];
    let keys = worker.push_running(&points).unwrap();
    assert_eq!(worker.evaluate_all(keys.iter().zip(&points)), Ok(2));
    let states: Vec<_> = network.tasks().iter().map(|task| task.state).collect();
    assert_eq!(states, [State::Finished, State::Failed, State::Finished]);
    assert_eq!(network.tasks()[1].condition, Some(Condition::new("-1 is negative")));
}

#[test]
fn tasks_whose_results_are_saved_together_fare_each_for_itself() {
    let network = TestNetwork::new().failing_objective(|Point { x }| match x {
        0.0.. => Ok(Outcomes(vec![x])),
        -1.0 => Ok(Outcomes(vec![x, x])),
        _ => Err("too little"),
    });
    let worker = network.worker();
    let evaluate = |points: &[f64]| {
        let points: Vec<_> = points.iter().map(|&x| Point { x }).collect();
        let keys = worker.push_running(&points).unwrap();
        worker.fail_one(&keys[0], Condition::new("Cancelled").with_kind("cancelled")).unwrap();
        worker.evaluate_together(keys.iter().zip(&points))
    };
    let states = || network.tasks().into_iter().map(|task| task.state).collect::<Vec<_>>();
    assert_eq!(evaluate(&[1.0, 2.0, -2.0, 3.0]), Ok(2));
    assert_eq!(states(), [State::Failed, State::Finished, State::Failed, State::Finished]);
    // One of the results cannot be stored.
    assert_eq!(evaluate(&[1.0, 2.0, -1.0, 3.0]), Ok(2));
    assert_eq!(states()[4..], [State::Failed, State::Finished, State::Failed, State::Finished]);
    let conditions: Vec<_> = network.tasks().into_iter().filter_map(|task| task.condition).collect();
    assert_eq!(
        conditions[..2].iter().map(|condition| condition.kind.as_str()).collect::<Vec<_>>(),
        ["cancelled", "error"]
    );
    assert!(conditions[3].message.starts_with("`ys` of the objective cannot be stored: "), "{conditions:?}");
    assert_eq!(worker.evaluate_together::<Point>([]), Ok(0));
}

/// Several values under one name.
struct Outcomes(Vec<f64>);

impl Serialize for Outcomes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|y| ("y", y)))
    }
}

#[test]
fn popped_tasks_are_evaluated_as_they_are() {
    let network = TestNetwork::new().objective(square);
    let worker = network.worker();
    worker.push(&[Point { x: 2.0 }, Point { x: 3.0 }]).unwrap();
    let tasks: Vec<Task> = std::iter::from_fn(|| worker.pop(Duration::ZERO).unwrap()).collect();
    assert_eq!(worker.evaluate_all(tasks.iter().map(|task| (&task.key, task))), Ok(2));
    let ys: Vec<Outcome> = network.finished().iter().map(|task| task.ys().unwrap()).collect();
    assert_eq!(ys, [Outcome { y: 4.0 }, Outcome { y: 9.0 }]);
}

#[test]
fn a_result_that_cannot_be_saved_fails_its_task() {
    let network = TestNetwork::new().objective(Twice::of);
    let worker = network.worker();
    let key = worker.push_running_one(&Point { x: 1.0 }).unwrap();
    assert_eq!(worker.evaluate_task(&key, &Point { x: 1.0 }), Ok(false));
    let condition = network.task(&key).unwrap().condition.unwrap();
    assert!(condition.message.starts_with("`ys` of the objective cannot be stored: "), "{condition}");
}

/// Has one name for two values.
struct Twice;

impl Twice {
    fn of(_: Point) -> Self {
        Self
    }
}

impl Serialize for Twice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([("y", 1), ("y", 2)])
    }
}

#[test]
fn a_task_that_was_settled_meanwhile_is_left_alone() {
    let network = TestNetwork::new().failing_objective(says);
    let worker = network.worker();
    let key = worker.push_running_one(&Point { x: 1.0 }).unwrap();
    worker.fail_one(&key, Condition::new("Cancelled").with_kind("cancelled")).unwrap();
    for x in [1.0, -1.0] {
        assert_eq!(worker.evaluate_task(&key, &Point { x }), Ok(false));
    }
    assert_eq!(network.task(&key).unwrap().condition.unwrap().kind, "cancelled");
}

#[test]
fn the_next_task_comes_with_the_result_of_the_last_unless_that_failed() {
    let network = TestNetwork::new().failing_objective(says);
    let worker = network.worker();
    let key = worker.push_running_one(&Point { x: 1.0 }).unwrap();
    let next = Point { x: -1.0 };
    let key = worker.evaluate_task_and_push_running(&key, &Point { x: 1.0 }, &next).unwrap().unwrap();
    assert_eq!(worker.evaluate_task_and_push_running(&key, &next, &Point { x: 2.0 }), Ok(None));
    let Counts { running, finished, failed, .. } = network.count();
    assert_eq!([running, finished, failed], [0, 1, 1]);

    let network = TestNetwork::new().objective(Twice::of);
    let worker = network.worker();
    let key = worker.push_running_one(&next).unwrap();
    assert_eq!(worker.evaluate_task_and_push_running(&key, &next, &next), Ok(None));
    assert_eq!(network.count().failed, 1);
}

#[test]
fn a_worker_that_is_lost_ends() {
    let network = TestNetwork::new().objective(square);
    let worker = network.worker();
    let key = worker.push_running_one(&Point { x: 1.0 }).unwrap();
    network.lose(worker.id());
    assert!(matches!(worker.evaluate_task(&key, &Point { x: 1.0 }), Err(Error::LostOwnership(_))));
}

#[test]
#[should_panic(expected = "this test network has no objective")]
fn without_an_objective_a_test_says_so() {
    let _ = TestNetwork::new().worker().evaluate::<Outcome>(&Point { x: 1.0 });
}
