//! What a worker is and was given.

use rush_worker::{prelude::*, testing::TestNetwork};

#[test]
fn random_numbers_are_the_same_everywhere() {
    // Written down, because a run must be repeatable on another machine and with a later version.
    let mut worker = TestNetwork::new().seed(42).worker();
    let first: [u64; 3] = std::array::from_fn(|_| worker.rng().random());
    assert_eq!(first, [15_021_278_609_987_233_951, 5_881_210_131_331_364_753, 18_149_643_915_985_481_100]);
    assert_eq!(worker.rng().random_range(-5.0..=10.0_f64).to_bits(), 4_617_897_646_462_534_316);
}

#[test]
fn random_numbers_go_on() {
    let draw = |worker: &mut Worker| worker.rng().random::<u64>();
    let network = TestNetwork::new().seed(1);
    let mut worker = network.worker();
    assert_ne!(draw(&mut worker), draw(&mut worker));
    assert_eq!(draw(&mut network.worker()), draw(&mut TestNetwork::new().seed(1).worker()));
    assert_ne!(draw(&mut network.worker()), draw(&mut TestNetwork::new().seed(2).worker()));
}

#[test]
fn a_wrong_argument_is_named() {
    #[derive(Debug, Deserialize)]
    struct Args {
        #[expect(dead_code, reason = "only its type matters")]
        space: Vec<Bounds>,
    }
    #[derive(Debug, Deserialize)]
    struct Bounds {
        #[expect(dead_code, reason = "only its type matters")]
        upper: f64,
    }
    let error = |args: serde_json::Value| {
        TestNetwork::new().args(&args).worker().args::<Args>().unwrap_err().to_string()
    };
    assert_eq!(
        error(serde_json::json!({ "space": [{ "upper": 1 }, { "upper": true }] })),
        "`loop.args.space[1].upper` in the run file: invalid type: boolean `true`, expected f64"
    );
    assert_eq!(
        error(serde_json::json!({ "space": [{}] })),
        "`loop.args.space[0]` in the run file: missing field `upper`"
    );
    assert_eq!(error(serde_json::json!({})), "`loop.args` in the run file: missing field `space`");
}

#[test]
fn data_is_what_the_run_file_names() {
    let worker = TestNetwork::new().data("train", b"a,b\n").worker();
    assert_eq!(worker.data("train").as_deref(), Some(&b"a,b\n"[..]));
    assert_eq!(worker.data("test"), None);
}

#[test]
fn lists_of_different_lengths_make_no_sense() {
    let worker = TestNetwork::new().worker();
    let keys = worker.push_running(&[(), ()]).unwrap();
    let error = worker.finish(&keys, &[()]).unwrap_err();
    assert_eq!(error, Error::Invalid("2 keys, but 1 results".into()));
    let error = worker.fail(&keys, &[Condition::new("a")]).unwrap_err();
    assert_eq!(error, Error::Invalid("2 keys, but 1 conditions".into()));
    assert!(worker.fail(&keys, &[]).unwrap().is_empty());
}

#[test]
fn who_was_lost_writes_no_more() {
    let network = TestNetwork::new();
    let worker = network.worker();
    let key = worker.push_running_one(&()).unwrap();
    network.lose(worker.id());
    assert!(matches!(worker.finish_one(&key, &()), Err(Error::LostOwnership(_))));
    assert!(matches!(worker.push(&[()]), Err(Error::LostOwnership(_))));
    let task = network.task(&key).unwrap();
    assert_eq!((task.state, task.condition.unwrap().kind.as_str()), (State::Failed, "lost"));
}

#[test]
fn a_refused_finish_pushes_nothing() {
    let network = TestNetwork::new();
    let worker = network.worker();
    let key = worker.push_running_one(&()).unwrap();
    assert!(worker.fail_one(&key, "cancelled").unwrap());
    assert_eq!(worker.finish_and_push_running_one(&key, &(), &()).unwrap(), None);
    assert_eq!(network.tasks().len(), 1);
}
