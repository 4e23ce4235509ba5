//! Spaces: what run files may say, what is drawn, and what a model sees of it.

use std::collections::BTreeMap;

use rush_worker::{Field, Row, State, Value, WorkerRng, prelude::*, testing::TestNetwork};
use search_space::{Domain, Parameters, Setting, Space, SpaceArgs};
use serde_json::{Value as Json, json};

/// The text of `[loop.args.space]`, so that the order is what it is there.
fn parse(text: &str) -> Space {
    let space: Parameters = serde_json::from_str(text).expect("it is a table of parameters");
    Space::from_args(SpaceArgs { space: Some(space), ..SpaceArgs::default() }).expect("it is a space")
}

const ALL_KINDS: &str = r#"{
    "x": { "lower": -5, "upper": 10.0 },
    "rate": { "lower": 1e-3, "upper": 10, "log": true },
    "depth": { "type": "integer", "lower": 1, "upper": 20 },
    "trees": { "type": "integer", "lower": 1, "upper": 1000, "log": true },
    "kernel": { "levels": ["rbf", "linear"] },
    "degree": { "levels": [2, 3, 5] },
    "ratio": { "levels": [0.5, 1, 2.5] },
    "centred": { "type": "category", "levels": [true, false] }
}"#;

fn bounds(lower: &[f64], upper: &[f64]) -> SpaceArgs {
    SpaceArgs { lower: Some(lower.to_vec()), upper: Some(upper.to_vec()), ..SpaceArgs::default() }
}

fn error(args: SpaceArgs) -> String {
    Space::from_args(args).expect_err("it is no space").to_string()
}

/// The error of a space of one parameter `p`.
fn error_of(parameter: &Json) -> String {
    #[derive(Debug, Deserialize)]
    struct Args {
        space: Parameters,
    }
    let worker = TestNetwork::new().args(&json!({ "space": { "p": parameter } })).worker();
    let space = worker.args().and_then(|Args { space }| {
        Space::from_args(SpaceArgs { space: Some(space), ..SpaceArgs::default() })
    });
    space.expect_err("it is no space").to_string()
}

#[test]
fn wrong_bounds_are_told() {
    assert_eq!(
        error(bounds(&[0.0], &[1.0, 2.0])),
        "`loop.args.lower` has 1 elements, `loop.args.upper` has 2: give one of each for every parameter"
    );
    assert_eq!(
        error(bounds(&[], &[])),
        "`loop.args.lower` and `loop.args.upper` are empty: give one of each for every parameter of the objective"
    );
    assert_eq!(error(bounds(&[0.0, 3.0], &[1.0, 2.0])), "the bounds of `x2` are reversed: 3 exceeds 2");
    for (lower, upper) in [(f64::NAN, 1.0), (0.0, f64::INFINITY), (-f64::MAX, f64::MAX)] {
        assert!(error(bounds(&[0.0, lower], &[1.0, upper])).starts_with("the bounds of `x2` must be finite"));
    }
}

#[test]
fn wrong_names_are_told() {
    let named = |names: &[&str]| SpaceArgs {
        names: Some(names.iter().map(ToString::to_string).collect()),
        ..bounds(&[0.0, 0.0], &[1.0, 1.0])
    };
    assert_eq!(error(named(&["a"])), "`loop.args.names` has 1 elements, the bounds have 2");
    assert_eq!(error(named(&["a", "a"])), "`loop.args.names` has `a` twice");
    assert!(Space::from_args(named(&["a", "b"])).is_ok());
}

#[test]
fn bounds_and_a_table_exclude_each_other() {
    let parameters: Parameters = serde_json::from_str(ALL_KINDS).unwrap();
    assert_eq!(
        error(SpaceArgs { space: Some(parameters), ..bounds(&[0.0], &[1.0]) }),
        "`loop.args.space` says all of the parameters: leave out `lower`, `upper` and `names`"
    );
    assert_eq!(
        error(SpaceArgs::default()),
        "`loop.args` in the run file: give `lower` and `upper`, or a table `space` of parameters"
    );
    assert_eq!(
        error(SpaceArgs { upper: None, ..bounds(&[0.0], &[1.0]) }),
        "`loop.args` in the run file: missing field `upper`"
    );
    assert_eq!(
        error(SpaceArgs { space: Some(serde_json::from_str("{}").unwrap()), ..SpaceArgs::default() }),
        "`loop.args.space` is empty: it needs every parameter of the objective"
    );
    let twice = serde_json::from_str(r#"{"p":{"levels":[1]},"p":{"levels":[2]}}"#).unwrap();
    assert_eq!(
        error(SpaceArgs { space: Some(twice), ..SpaceArgs::default() }),
        "there are two parameters `p`"
    );
}

#[test]
fn wrong_parameters_are_told() {
    let says = |parameter: Json, message: &str| assert_eq!(error_of(&parameter), message);
    says(json!({ "lower": 1, "upper": 0.5 }), "the bounds of `p` are reversed: 1 exceeds 0.5");
    says(json!({ "type": "integer", "lower": 2, "upper": 1 }), "the bounds of `p` are reversed: 2 exceeds 1");
    says(
        json!({ "type": "integer", "lower": 0.5, "upper": 1 }),
        "`p` is an integer, so its bounds must be whole numbers, not 0.5",
    );
    says(
        json!({ "lower": 0, "upper": 1, "log": true }),
        "`p` has `log = true`, so its lower bound must be positive, not 0",
    );
    says(
        json!({ "type": "integer", "lower": 0, "upper": 1, "log": true }),
        "`p` has `log = true`, so its lower bound must be positive, not 0",
    );
    says(json!({ "levels": [] }), "`p` has no levels: give one or more");
    says(json!({ "levels": ["a", "b", "a"] }), "the levels of `p` have \"a\" twice");
    says(json!({ "levels": [1, 1.0] }), "the levels of `p` have 1 twice");
    says(
        json!({ "levels": ["a", 1] }),
        "the levels of `p` are of several kinds: \"a\" belongs to the texts, 1 to the integers",
    );
    let at = "`loop.args.space.p` in the run file: ";
    says(json!({}), &format!("{at}give `lower` and `upper`, or `levels`"));
    says(json!({ "lower": 1 }), &format!("{at}missing field `upper`"));
    says(json!({ "type": "integer" }), &format!("{at}missing field `lower`"));
    says(
        json!({ "type": "category", "lower": 1, "upper": 2 }),
        &format!("{at}a category has `levels`, e.g. `levels = [\"a\", \"b\"]`"),
    );
    says(
        json!({ "levels": ["a"], "log": true }),
        &format!("{at}a category has `levels` and nothing else; a number has `lower` and `upper`"),
    );
    says(
        json!({ "lower": "0", "upper": 1 }),
        "`loop.args.space.p.lower` in the run file: invalid type: string \"0\", expected a number",
    );
    says(
        json!({ "type": "int", "lower": 0, "upper": 1 }),
        "`loop.args.space.p.type` in the run file: unknown variant `int`, expected one of `number`, `integer`, `category`",
    );
    says(
        json!({ "lower": 0, "uper": 1 }),
        "`loop.args.space.p.uper` in the run file: unknown field `uper`, expected one of `type`, `lower`, `upper`, \
         `log`, `levels`",
    );
    says(
        json!({ "levels": [["a"]] }),
        "`loop.args.space.p.levels[0]` in the run file: invalid type: sequence, expected a text, an integer, a number \
         or a boolean",
    );
}

#[test]
fn points_have_every_parameter_in_its_order_and_kind() {
    let space = parse(ALL_KINDS);
    let mut rng = WorkerRng::new(1);
    let network = TestNetwork::new();
    for _ in 0..1000 {
        network.worker().push(&[space.draw(&mut rng)]).unwrap();
    }
    let names = ["x", "rate", "depth", "trees", "kernel", "degree", "ratio", "centred"];
    let mut seen = BTreeMap::<String, usize>::new();
    for task in network.tasks() {
        assert!(task.xs.iter().map(|field| field.name.as_str()).eq(names));
        let fits = |field: &Field| match (field.name.as_str(), &field.value) {
            ("x", Value::Number(x)) => (-5.0..=10.0).contains(x),
            ("rate", Value::Number(rate)) => (1e-3..=10.0).contains(rate),
            ("depth", Value::Integer(depth)) => (1..=20).contains(depth),
            ("trees", Value::Integer(trees)) => (1..=1000).contains(trees),
            ("kernel", Value::Text(kernel)) => ["rbf", "linear"].contains(&kernel.as_str()),
            ("degree", Value::Integer(degree)) => [2, 3, 5].contains(degree),
            ("ratio", Value::Number(ratio)) => [0.5, 1.0, 2.5].contains(ratio),
            ("centred", Value::Boolean(_)) => true,
            _ => false,
        };
        assert!(task.xs.iter().all(fits), "{:?}", task.xs);
        for field in &task.xs {
            match &field.value {
                Value::Integer(integer) if field.name != "trees" => {
                    *seen.entry(format!("{} {integer}", field.name)).or_default() += 1;
                }
                Value::Text(text) => *seen.entry(text.clone()).or_default() += 1,
                Value::Integer(trees) if *trees <= 10 => *seen.entry("few trees".into()).or_default() += 1,
                _ => {}
            }
        }
    }
    // Bounds and levels are all drawn, and small integers as often as the logarithmic scale says: ln 11 / ln 1001 of 1000.
    assert!(
        ["depth 1", "depth 20", "degree 2", "degree 5", "rbf", "linear"].iter().all(|key| seen[*key] > 20)
    );
    assert!((300..=400).contains(&seen["few trees"]), "{seen:?}");
}

#[test]
fn each_parameter_is_one_draw_of_the_generator() {
    let space = parse(ALL_KINDS);
    let (mut rng, mut by_hand) = (WorkerRng::new(7), WorkerRng::new(7));
    for _ in 0..100 {
        let point = space.draw(&mut rng);
        let expected = [
            Setting::Number(by_hand.uniform(-5.0, 10.0)),
            Setting::Number(by_hand.log_uniform(1e-3, 10.0)),
            Setting::Integer(by_hand.integer(1, 20)),
        ];
        assert_eq!(point.settings()[..3], expected);
        by_hand.log_uniform(1.0, 1001.0);
        assert_eq!(
            point.settings()[4],
            Setting::Text(["rbf", "linear"][usize::from(by_hand.integer(0, 1) == 1)].into())
        );
        by_hand.integer(0, 2);
        by_hand.integer(0, 2);
        by_hand.integer(0, 1);
    }
    assert_eq!(rng, by_hand);
}

#[test]
fn equal_bounds_fix_a_parameter() {
    let space = Space::from_args(bounds(&[-5.0, 7.5], &[10.0, 7.5])).unwrap();
    let mut rng = WorkerRng::new(1);
    for _ in 0..100 {
        let point = space.draw(&mut rng);
        assert!(matches!(point.settings()[0], Setting::Number(x) if (-5.0..=10.0).contains(&x)));
        assert_eq!(point.settings()[1], Setting::Number(7.5));
    }
}

#[test]
fn the_extreme_integers_can_be_bounds() {
    let space =
        parse(r#"{"i": {"type": "integer", "lower": -9223372036854775808, "upper": 9223372036854775807}}"#);
    assert_eq!(
        space.parameters()[0].domain,
        Domain::Integer { lower: i64::MIN, upper: i64::MAX, log: false }
    );
    space.draw(&mut WorkerRng::new(1));
}

#[test]
fn a_model_sees_of_tasks_what_it_sees_of_their_points() {
    let space = parse(ALL_KINDS);
    let mut rng = WorkerRng::new(1);
    let network = TestNetwork::new();
    let worker = network.worker();
    let points: Vec<_> = (0..50).map(|_| space.draw(&mut rng)).collect();
    worker.push(&points).unwrap();
    let table = worker.fetch(&[State::Queued], Parts::default()).unwrap();
    let encoded: Vec<_> = points.iter().map(|point| Some(point.encode().collect::<Vec<_>>())).collect();
    assert_eq!(space.encode(&table).unwrap(), encoded);
    let Setting::Number(rate) = points[0].settings()[1] else { panic!("{:?}", points[0]) };
    assert_eq!(encoded[0].as_ref().unwrap()[1].to_bits(), rate.ln().to_bits());
}

#[test]
fn what_does_not_belong_to_the_space_is_left_out() {
    let space = parse(r#"{"rate": {"lower": 1, "upper": 10, "log": true}, "degree": {"levels": [2, 3]}}"#);
    let network = TestNetwork::new();
    let worker = network.worker();
    let push = |rate: Value, degree: Value| {
        let field = |name: &str, value| Field { name: name.into(), value };
        worker.push(&[Row::from_fields(vec![field("rate", rate), field("degree", degree)])]).unwrap();
    };
    let table = || worker.fetch(&[State::Queued], Parts::default()).unwrap();
    assert_eq!(space.encode(&table()).unwrap(), []);
    worker.push(&[()]).unwrap();
    assert_eq!(space.encode(&table()).unwrap(), [None]);
    push(Value::Integer(1), Value::Number(3.0));
    push(Value::Number(-1.0), Value::Integer(2));
    push(Value::Number(f64::NAN), Value::Integer(2));
    push(Value::Text("2".into()), Value::Integer(2));
    push(Value::Number(2.0), Value::Integer(4));
    push(Value::Number(20.0), Value::Integer(2));
    let encoded = space.encode(&table()).unwrap();
    assert_eq!(encoded[1], Some(vec![0.0, 1.0]));
    assert_eq!(encoded[2..6], [None, None, None, None]);
    assert_eq!(encoded[6], Some(vec![20_f64.ln(), 0.0]));
}

#[test]
fn an_objective_that_repeats_its_point_confuses_nobody() {
    let space = parse(r#"{"x": {"lower": 0, "upper": 1}}"#);
    let worker = TestNetwork::new().worker();
    worker
        .push_finished(&[BTreeMap::from([("x", 0.5)])], &[BTreeMap::from([("x", 9.0), ("y", 1.0)])])
        .unwrap();
    let table = worker.fetch(&[State::Finished], Parts::default()).unwrap();
    assert_eq!(space.encode(&table).unwrap(), [Some(vec![0.5])]);
    let ys = search_space::column(&table, "ys", "y").unwrap();
    assert_eq!(ys, Some(vec![Value::Number(1.0)]));
}
