//! Several networks in one Redis.

use std::time::Duration;

use rush_network::{Burial, End, Failure, Heart, LogPosition, Network, NetworkId, Outcome, Settings, State};
use rush_test_redis::{Options, Snapshot, TestRedis};

use crate::fixture::{Fixture, connect, named, new_tasks, only_wakeups, ys};

#[tokio::test]
async fn two_networks_in_one_database_do_not_meet() {
    let net = Fixture::new().await;
    // The one's name begins like the other's.
    let other = connect(&net.redis, "promises-2").await;
    let hearts = [
        Heart::start(&net.network, only_wakeups()).await.unwrap(),
        Heart::start(&other, only_wakeups()).await.unwrap(),
    ];
    let (here, there) =
        (net.network.register(named("w")).await.unwrap(), other.register(named("w")).await.unwrap());
    net.network.push(&new_tasks(3), None).await.unwrap();
    let keys = there.push_running(&new_tasks(2)).await.unwrap();
    assert_eq!(there.pop(Duration::ZERO).await.unwrap(), None);
    assert_eq!(here.finish(&[Outcome::new(keys[0].clone(), ys(1))]).await.unwrap(), [keys[0].clone()]);
    assert_eq!(
        here.fail(&[Failure { key: keys[0].clone(), condition: None }]).await.unwrap(),
        [keys[0].clone()]
    );
    let hash = vec![("model".to_owned(), ys(1))];
    let theirs = there.write_hashes(std::slice::from_ref(&hash)).await.unwrap();
    here.write_hashes(&[hash]).await.unwrap();
    assert!(here.read_hashes(&theirs, &["model".to_owned()]).await.is_err());
    let queued = there.push(&new_tasks(2), None).await.unwrap();
    net.network.set_budget(Some(3));
    assert!(here.push_running(&new_tasks(1)).await.is_err());
    assert_eq!(there.push_running(&new_tasks(5)).await.unwrap().len(), 5, "its budget is another");
    assert_eq!(net.network.cancel_queued(Some(&queued)).await.unwrap(), []);
    assert_eq!(net.network.cancel_queued(None).await.unwrap().len(), 3);
    net.network.kill(here.id()).await.unwrap();
    assert!(!there.terminated());
    let mut connection = net.redis.connection();
    let before = Snapshot::check(&mut connection, "promises-2").tasks();
    net.network.reset().await.unwrap();
    assert!(Snapshot::check(&mut connection, "promises").is_gone());
    assert_eq!(Snapshot::check(&mut connection, "promises-2").tasks(), before);
    assert!(there.read_hashes(&theirs, &["model".to_owned()]).await.unwrap()[0].is_some());
    for heart in hearts {
        heart.stop().await;
    }
}

/// In a cluster a script fails as soon as it touches a key of another slot, named in `KEYS` or not.
#[tokio::test]
async fn a_hash_tag_keeps_a_network_in_one_slot_of_a_cluster() {
    let redis = TestRedis::start_with(Options { cluster: true, ..Options::default() });
    let network = connect(&redis, "net{work}").await;
    let heart = Heart::start(&network, only_wakeups()).await.unwrap();
    let worker = network.register(named("w")).await.unwrap();
    let mut connection = redis.connection();
    let mut check = || Snapshot::check(&mut connection, "net{work}");
    network.push(&new_tasks(3), None).await.unwrap();
    network.push(&new_tasks(2), Some(worker.id())).await.unwrap();
    let popped = worker.pop(Duration::ZERO).await.unwrap().unwrap();
    let running = worker.push_running(&new_tasks(2)).await.unwrap();
    let next =
        worker.finish_and_push_running(&[Outcome::new(popped.key, ys(1))], &new_tasks(1)).await.unwrap();
    worker.fail(&[Failure { key: running[0].clone(), condition: None }]).await.unwrap();
    worker.finish(&[Outcome::new(running[1].clone(), ys(1))]).await.unwrap();
    assert!(network.parse_key(next[0].as_str()).is_ok());
    assert!(next[0].as_str().starts_with("{work}"));
    network.push_finished(&[rush_network::FinishedTask::default()]).await.unwrap();
    network.push_failed(&[rush_network::FailedTask::default()]).await.unwrap();
    network.store_config("a").await.unwrap();
    let hashes = worker.write_hashes(&[vec![("model".to_owned(), ys(1))]]).await.unwrap();
    assert_eq!(worker.read_hashes(&hashes, &["model".to_owned()]).await.unwrap().len(), 1);
    network.begin_run().await.unwrap();
    network.terminate(&[worker.id().clone()]).await.unwrap();
    check();
    assert_eq!(network.tasks(&State::ALL).await.unwrap().len(), 10);
    let queued = network.task_keys(&[State::Queued]).await.unwrap().remove(0).1;
    assert_eq!(network.cancel_queued(Some(&queued[..1])).await.unwrap(), queued[..1]);
    network.set_budget(Some(10));
    assert!(worker.push_running(&new_tasks(20)).await.is_err());
    assert_eq!(network.empty_queue().await.unwrap(), 3);
    worker.log(&[crate::logs::event("a")]).await.unwrap();
    assert_eq!(network.read_log(None, &LogPosition::default()).await.unwrap().events.len(), 1);
    worker.end(&End::returned()).await.unwrap();
    network.push(&new_tasks(2), None).await.unwrap();
    let lost = network.register(crate::losing::requeueing(3)).await.unwrap();
    lost.pop(Duration::ZERO).await.unwrap().unwrap();
    let burial = network.bury(lost.id(), None, "gone").await.unwrap();
    assert!(matches!(burial, Burial::Ended { requeued: 1, .. }), "{burial:?}");
    check();
    assert!(network.reset_tasks().await.unwrap() > 10);
    assert_eq!(check().counts(), [0; 4]);
    network.push(&new_tasks(2), None).await.unwrap();
    network.reset().await.unwrap();
    assert!(check().is_gone());
    heart.stop().await;
}

#[tokio::test]
async fn names_of_networks_are_checked() {
    for name in ["", ".", "..", "two words", "a:b", "a/b", "{a}{b}", "{}", "}{", "ä", &"x".repeat(101)] {
        assert!(NetworkId::parse(name).is_err(), "{name}");
    }
    for name in ["a", "branin-random-search", "a.b_c", "{tag}", "a{tag}b", &"x".repeat(100)] {
        let redis = Settings::new("redis+unix:///nowhere");
        let id = NetworkId::parse(name).unwrap();
        assert!(Network::connect(id, &redis).await.is_err());
    }
}
