//! What a task can carry.

use std::time::{Duration, Instant};

use rush_network::{
    Condition, Counts, Error, FailedTask, Failure, FinishedTask, Invalid, Network, NetworkId, NewTask,
    Outcome, Settings, State, Value, Worker, fields,
};

use crate::fixture::{Fixture, NETWORK, new_tasks, ys};

#[tokio::test]
async fn arbitrary_values_come_back_as_they_were() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let everything = fields! {
        "" => 1_i64,
        "größe €🦀\n\"" => "naïve \u{0} text",
        "missing" => Value::Null,
        "yes" => true,
        "least" => i64::MIN,
        "tiny" => f64::MIN_POSITIVE,
        "minus zero" => -0.0,
        "infinite" => f64::INFINITY,
        "negative" => f64::NEG_INFINITY,
        "nan" => f64::NAN,
        "bytes" => (0..=255_u8).collect::<Vec<u8>>(),
        "integers" => vec![i64::MIN, -1, 0, i64::MAX],
        "numbers" => vec![f64::NAN, 0.1, f64::NEG_INFINITY],
        "texts" => vec![String::new(), "ä".to_owned()],
        "no numbers" => Vec::<f64>::new(),
        "nested" => Value::Json(r#"{"a":[1,{"b":null}]}"#.into()),
    };
    let shown = format!("{everything:?}");
    let task = NewTask { xs: everything.clone(), extra: everything.clone() };
    net.network.push(&[task], None).await.unwrap();
    let task = worker.pop(Duration::ZERO).await.unwrap().unwrap();
    assert_eq!((format!("{:?}", task.xs), format!("{:?}", task.xs_extra)), (shown.clone(), shown.clone()));
    worker.finish(&[Outcome { key: task.key, ys: everything.clone(), extra: everything }]).await.unwrap();
    let task = &net.network.tasks(&[State::Finished]).await.unwrap()[0];
    assert_eq!((format!("{:?}", task.ys), format!("{:?}", task.ys_extra)), (shown.clone(), shown));
}

/// rush keeps R's classes; here a time is what its writer makes of it, a text or a number, and comes back to the last digit.
#[tokio::test]
async fn times_and_dates_come_back_as_text_and_as_number() {
    let net = Fixture::new().await;
    let times = fields! {
        "date" => "2026-07-01",
        "time" => "2026-07-01T12:34:56.789+02:00",
        "seconds since 1970" => 1_782_902_096.789,
        "days since 1970" => 20_635_i64,
        "times" => vec![-1.5, 1e-9, 253_402_300_799.999],
    };
    let task = NewTask { xs: times.clone(), extra: times.clone() };
    net.network.push(&[task], None).await.unwrap();
    let task = &net.network.tasks(&[State::Queued]).await.unwrap()[0];
    assert_eq!((&task.xs, &task.xs_extra), (&times, &times));
}

#[tokio::test]
async fn conditions_carry_arbitrary_details() {
    let net = Fixture::new().await;
    let details = fields! {
        "" => "größe \u{0}", "least" => i64::MIN, "most" => i64::MAX, "infinite" => f64::INFINITY, "missing" => Value::Null,
        "nested" => Value::Json(r#"{"calls":["f","g"]}"#.into()), "bytes" => vec![0_u8, 255],
    };
    let condition = Some(Condition { details, ..Condition::new("trap", "line 1\nline 2 🦀") });
    let failed = FailedTask { condition: condition.clone(), ..FailedTask::default() };
    net.network.push_failed(&[failed]).await.unwrap();
    assert_eq!(net.network.tasks(&[State::Failed]).await.unwrap()[0].condition, condition);
}

#[tokio::test]
async fn no_fields_are_fields() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let keys = worker.push_running(&[NewTask::default()]).await.unwrap();
    worker.finish(&[Outcome::new(keys[0].clone(), vec![])]).await.unwrap();
    net.check();
    let tasks = net.network.tasks(&[State::Finished]).await.unwrap();
    assert_eq!((&tasks[0].xs, &tasks[0].ys), (&vec![], &vec![]));
}

#[tokio::test]
async fn ten_thousand_tasks_in_one_call() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let begun = Instant::now();
    let queued = net.network.push(&new_tasks(10_000), None).await.unwrap();
    println!("10,000 tasks pushed in {:?}", begun.elapsed());
    let own = worker.push(&new_tasks(10_000), Some(worker.id())).await.unwrap();
    let running = worker.push_running(&new_tasks(10_000)).await.unwrap();
    let tasks: Vec<_> = new_tasks(10_000).into_iter().map(|task| task.xs).collect();
    let finished: Vec<_> = tasks
        .iter()
        .map(|xs| FinishedTask { xs: xs.clone(), ys: ys(1), ..FinishedTask::default() })
        .collect();
    let pushed = worker.push_finished(&finished).await.unwrap();
    let failed: Vec<_> = tasks.into_iter().map(|xs| FailedTask { xs, ..FailedTask::default() }).collect();
    worker.push_failed(&failed).await.unwrap();
    let outcomes: Vec<_> = running.iter().map(|key| Outcome::new(key.clone(), ys(2))).collect();
    assert!(worker.finish_and_push_running(&outcomes, &new_tasks(10_000)).await.unwrap().len() == 10_000);

    let keys = net.network.task_keys(&State::ALL).await.unwrap();
    assert_eq!(keys[0].1, [queued, own].concat());
    assert_eq!(keys[1].1.len(), 10_000);
    assert_eq!(keys[2].1, [pushed, running].concat(), "in the order of finishing");
    assert_eq!(keys[3].1.len(), 10_000);
    assert_eq!(net.network.tasks(&[State::Finished]).await.unwrap().len(), 20_000);
    assert_eq!(net.network.empty_queue().await.unwrap(), 20_000);
    net.network.kill(worker.id()).await.unwrap();
    net.check();
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_nothing_written() {
    let net = Fixture::new().await;
    let settings = Settings { max_value: 1000, ..Settings::new(net.redis.url()) };
    let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    let worker = network.register(crate::fixture::patient()).await.unwrap();
    let keys = worker.push_running(&new_tasks(2)).await.unwrap();
    let (before, counts) = (net.dbsize(), network.counts().await.unwrap());
    let large = fields! { "v" => "x".repeat(1000) };
    let limit =
        |result: Result<Vec<_>, Error>| matches!(result, Err(Error::LimitExceeded { limit: 1000, .. }));
    let [small, big] = [new_tasks(1).remove(0), NewTask::from(large.clone())];
    assert!(limit(network.push(&[small.clone(), big.clone()], None).await));
    assert!(limit(worker.push_running(&[small.clone(), big.clone()]).await));
    assert!(limit(worker.push_running(&[NewTask { xs: vec![], extra: large.clone() }]).await));
    let outcomes = [Outcome::new(keys[0].clone(), ys(1)), Outcome::new(keys[1].clone(), large.clone())];
    assert!(limit(worker.finish(&outcomes).await));
    assert!(limit(worker.finish_and_push_running(&outcomes[..1], &[big]).await));
    let condition = Condition { details: large, ..Condition::task_failed() };
    let failed = FailedTask { condition: Some(condition), ..FailedTask::default() };
    assert!(limit(network.push_failed(&[failed]).await));
    assert_eq!((net.dbsize(), network.counts().await.unwrap()), (before, counts));
    let twice = fields! { "a" => 1_i64, "a" => 2_i64 };
    let refused = worker.push_running(&[NewTask::from(twice)]).await;
    assert!(matches!(refused, Err(Error::Invalid(Invalid::RepeatedName { .. }))));
    net.check();
}

/// Each place where a value can stand in a call, with one of so many bytes.
async fn write_everywhere(
    network: &Network,
    worker: &Worker,
    bytes: usize,
) -> Vec<(&'static str, Result<(), Error>)> {
    // A byte says that it is a map of one, two are the name, three stand in front of the text.
    let value = || fields! { "v" => "x".repeat(bytes - 6) };
    // And 35 are the rest of a condition.
    let condition = || {
        Some(Condition { details: fields! { "v" => "x".repeat(bytes - 35) }, ..Condition::new("error", "") })
    };
    let new = || [NewTask { xs: vec![], extra: value() }];
    let one = async || worker.push_running(&new_tasks(1)).await.map(|mut keys| keys.remove(0));
    let outcome = |key, extra: bool| {
        let (ys, extra) = if extra { (ys(1), value()) } else { (value(), vec![]) };
        [Outcome { key, ys, extra }]
    };
    let finished = |part: usize| {
        let mut lists: [_; 4] = [vec![], vec![], vec![], vec![]];
        lists[part] = value();
        let [xs, ys, xs_extra, ys_extra] = lists;
        [FinishedTask { xs, ys, xs_extra, ys_extra }]
    };
    let failed = |xs_extra| [FailedTask { xs: vec![], xs_extra, condition: None }];
    let with_condition = [FailedTask { condition: condition(), ..FailedTask::default() }];
    let mut answers = vec![
        ("push", network.push(&[value().into()], None).await.map(drop)),
        ("push, extra", worker.push(&new(), None).await.map(drop)),
        ("push to a worker", network.push(&new(), Some(worker.id())).await.map(drop)),
        ("push_running", worker.push_running(&[value().into()]).await.map(drop)),
        ("push_running, extra", worker.push_running(&new()).await.map(drop)),
        ("push_failed, extra", worker.push_failed(&failed(value())).await.map(drop)),
        ("push_failed, condition", network.push_failed(&with_condition).await.map(drop)),
    ];
    for part in 0..4 {
        answers.push(("push_finished", worker.push_finished(&finished(part)).await.map(drop)));
    }
    for extra in [false, true] {
        let outcome = async || Ok::<_, Error>(outcome(one().await?, extra));
        answers.push(("finish", worker.finish(&outcome().await.unwrap()).await.map(drop)));
        let both = worker.finish_and_push_running(&outcome().await.unwrap(), &new_tasks(1)).await;
        answers.push(("finish_and_push_running", both.map(drop)));
    }
    let small = [Outcome::new(one().await.unwrap(), ys(1))];
    let next = worker.finish_and_push_running(&small, &new()).await;
    answers.push(("finish_and_push_running, next", next.map(drop)));
    let failure = [Failure { key: one().await.unwrap(), condition: condition() }];
    answers.push(("fail", worker.fail(&failure).await.map(drop)));
    let hash = vec![("e".to_owned(), value())];
    answers.push(("write_hashes", worker.write_hashes(&[hash]).await.map(drop)));
    answers
}

#[tokio::test]
async fn in_each_call_a_value_as_large_as_allowed_passes_and_one_byte_more_does_not() {
    const LIMIT: usize = 1000;
    let net = Fixture::new().await;
    let settings = Settings { max_value: LIMIT, ..Settings::new(net.redis.url()) };
    let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    let worker = network.register(crate::fixture::patient()).await.unwrap();
    for (call, answer) in write_everywhere(&network, &worker, LIMIT).await {
        assert!(answer.is_ok(), "{call}: {answer:?}");
    }
    net.check();
    let before = network.counts().await.unwrap();
    for (call, answer) in write_everywhere(&network, &worker, LIMIT + 1).await {
        let refused =
            matches!(answer, Err(Error::LimitExceeded { size, limit: LIMIT, .. }) if size == LIMIT + 1);
        assert!(refused, "{call}: {answer:?}");
    }
    // The tasks for what was then refused.
    let running = before.running + 6;
    assert_eq!(network.counts().await.unwrap(), Counts { running, ..before });
    net.check();
}
