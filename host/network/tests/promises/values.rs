//! What a task can carry.

use std::time::{Duration, Instant};

use rush_network::{
    Condition, Error, FailedTask, FinishedTask, Invalid, Network, NetworkId, NewTask, Outcome, Settings,
    State, Value, fields,
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

#[tokio::test]
async fn configurations_and_components_travel_by_their_digest() {
    let net = Fixture::new().await;
    let component: Vec<u8> = (0..1_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let digest = net.network.store_blob(&component).await.unwrap();
    assert_eq!(digest, rush_network::digest(&component));
    assert_eq!(net.network.blob(&digest).await.unwrap().unwrap(), component);
    let config = net.network.store_config("network = \"ä\"").await.unwrap();
    assert_eq!(net.network.config(&config).await.unwrap().unwrap(), "network = \"ä\"");
    assert_eq!(net.network.config(&digest).await.unwrap(), None);
    net.check();
    let _: () = net.raw(&format!("SET promises:config:{config} other"));
    assert!(matches!(net.network.config(&config).await, Err(Error::Corrupt { .. })));
    net.network.reset().await.unwrap();
    assert_eq!(net.dbsize(), 0);
}
