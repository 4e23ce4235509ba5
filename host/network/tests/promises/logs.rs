//! What workers log, and how it is read.

use std::time::{Duration, SystemTime};

use rush_network::{End, Error, LogEvent, LogLevel, LogPosition, Network, NetworkId, Settings, WorkerId};
use rush_test_redis::Proxy;

use crate::fixture::{Fixture, NETWORK, behind, named, new_tasks, patient, soon, until};

pub(crate) fn event(message: &str) -> LogEvent {
    at(0, message)
}

fn at(millis: u64, message: &str) -> LogEvent {
    LogEvent {
        time: SystemTime::UNIX_EPOCH + Duration::from_millis(1_784_903_405_000 + millis),
        level: LogLevel::Info,
        logger: "mlr3/rush".into(),
        caller: "evaluate".into(),
        message: message.into(),
    }
}

fn texts(events: &[(WorkerId, LogEvent)]) -> Vec<&str> {
    events.iter().map(|(_, event)| event.message.as_str()).collect()
}

async fn read(network: &Network, position: &mut LogPosition) -> Vec<String> {
    let log = network.read_log(None, position).await.unwrap();
    *position = log.position;
    texts(&log.events).into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn events_are_stored_as_r_rush_stores_them_and_come_back() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("worker-1")).await.unwrap();
    let events: Vec<LogEvent> = LogLevel::ALL
        .into_iter()
        .map(|level| LogEvent { level, ..event("\"quoted\", naïve\nand a second line") })
        .collect();
    worker.log(&events).await.unwrap();
    let stored: Vec<String> = net.raw("LRANGE promises:worker-1:events 2 2");
    let text = r#"{"level":400,"timestamp":"2026-07-24 14:30:05.000","logger":"mlr3/rush","caller":"evaluate","msg":"\"quoted\", naïve\nand a second line"}"#;
    assert_eq!(stored, [text]);
    let log = net.network.read_log(None, &LogPosition::default()).await.unwrap();
    let expected: Vec<_> = events.into_iter().map(|event| (worker.id().clone(), event)).collect();
    assert_eq!(log.events, expected);
    net.check();
}

#[tokio::test]
async fn events_of_r_rush_are_read_custom_fields_and_all() {
    let net = Fixture::new().await;
    net.network.register(named("worker-1")).await.unwrap();
    let push = |text: &str| {
        let mut rpush = redis::cmd("RPUSH");
        rpush.arg("promises:worker-1:events").arg(text);
        rpush.exec(&mut net.redis.connection()).unwrap();
    };
    push(
        r#"{"level":300,"timestamp":"2026-07-24 14:30:05.123","logger":"mlr3","caller":"f","msg":"a","extra":{"x":[1]}}"#,
    );
    push("this is no event");
    push(r#"{"timestamp":"2026-07-24 14:30:06","level":250,"logger":"mlr3","msg":"b"}"#);
    let log = net.network.read_log(None, &LogPosition::default()).await.unwrap();
    let read: Vec<_> =
        log.events.iter().map(|(_, event)| (event.level, event.caller.as_str(), &*event.message)).collect();
    assert_eq!(read, [(LogLevel::Warn, "f", "a"), (LogLevel::Warn, "", "b")]);
    // What is no event is read past, once.
    assert!(net.network.read_log(None, &log.position).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn the_log_of_all_workers_is_read_by_time_and_that_of_one_alone() {
    let net = Fixture::new().await;
    let first = net.network.register(named("first")).await.unwrap();
    let second = net.another().await.register(named("second")).await.unwrap();
    first.log(&[at(0, "a"), at(20, "c")]).await.unwrap();
    second.log(&[at(10, "b"), at(30, "d")]).await.unwrap();
    first.log(&[at(40, "e")]).await.unwrap();
    let from = LogPosition::default();
    let all = net.network.read_log(None, &from).await.unwrap();
    assert_eq!(texts(&all.events), ["a", "b", "c", "d", "e"]);
    assert_eq!(all.events[1].0, *second.id());
    let one = net.network.read_log(Some(&[second.id().clone()]), &from).await.unwrap();
    assert_eq!(texts(&one.events), ["b", "d"]);
    let rest = net.network.read_log(None, &one.position).await.unwrap();
    assert_eq!(texts(&rest.events), ["a", "c", "e"], "it goes on for each worker from where that was");
    assert!(net.network.read_log(None, &all.position).await.unwrap().events.is_empty());
    let nobody = WorkerId::parse("nobody").unwrap();
    assert!(net.network.read_log(Some(&[nobody]), &from).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn reading_goes_on_where_it_stopped_also_in_another_program() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut position = LogPosition::default();
    worker.log(&[event("a"), event("b")]).await.unwrap();
    assert_eq!(read(&net.network, &mut position).await, ["a", "b"]);
    assert!(read(&net.network, &mut position).await.is_empty());
    worker.log(&[event("c")]).await.unwrap();
    let kept = serde_json::to_string(&position).unwrap();
    let mut position: LogPosition = serde_json::from_str(&kept).unwrap();
    assert_eq!(read(&net.another().await, &mut position).await, ["c"]);
    assert!(read(&net.network, &mut position).await.is_empty());
}

#[tokio::test]
async fn the_log_of_a_worker_stays_after_its_end_and_goes_on_in_its_next_life() {
    let net = Fixture::new().await;
    let first = net.network.register(named("worker-1")).await.unwrap();
    first.log(&[event("a")]).await.unwrap();
    first.end(&End::returned()).await.unwrap();
    net.check();
    let second = net.network.register(named("worker-1")).await.unwrap();
    second.log(&[event("b")]).await.unwrap();
    assert_eq!(read(&net.network, &mut LogPosition::default()).await, ["a", "b"]);
    net.check();
}

#[tokio::test]
async fn who_is_no_longer_registered_logs_nothing() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("worker-1")).await.unwrap();
    net.network.bury(worker.id(), None, "gone").await.unwrap();
    let again = net.another().await.register(named("worker-1")).await.unwrap();
    let refused = worker.log(&[event("I am back")]).await;
    assert!(matches!(refused, Err(Error::LostOwnership { .. })), "{refused:?}");
    again.log(&[event("so am I")]).await.unwrap();
    assert_eq!(read(&net.network, &mut LogPosition::default()).await, ["so am I"]);
}

#[tokio::test]
async fn a_reset_leaves_no_log_although_a_worker_that_lives_logs_on() {
    let net = Fixture::new().await;
    let worker = net.network.register(named("worker-1")).await.unwrap();
    worker.log(&[event("a")]).await.unwrap();
    net.network.reset().await.unwrap();
    let refused = worker.log(&[event("b")]).await;
    assert!(matches!(refused, Err(Error::LostOwnership { .. })), "{refused:?}");
    assert_eq!(net.dbsize(), 0);
}

/// The position of before points into a list that is no more, and perhaps the next one is as long, longer, or shorter.
#[tokio::test]
async fn after_a_reset_a_log_is_read_from_its_beginning() {
    let net = Fixture::new().await;
    let mut position = LogPosition::default();
    for messages in [&["a", "b"][..], &["c", "d"], &["e", "f", "g"], &["h"]] {
        let worker = net.network.register(named("worker-1")).await.unwrap();
        let events: Vec<LogEvent> = messages.iter().map(|message| event(message)).collect();
        worker.log(&events).await.unwrap();
        assert_eq!(read(&net.network, &mut position).await, messages);
        assert!(read(&net.network, &mut position).await.is_empty());
        net.network.reset().await.unwrap();
    }
}

#[tokio::test]
async fn no_events_are_no_trip_and_no_key() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let before = net.dbsize();
    worker.log(&[]).await.unwrap();
    assert_eq!(net.dbsize(), before);
    assert!(net.network.read_log(None, &LogPosition::default()).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn many_and_large_events_are_read_page_by_page() {
    let net = Fixture::new().await;
    let mut expected = Vec::new();
    for worker in 0..3 {
        let worker = net.network.register(named(&format!("worker-{worker}"))).await.unwrap();
        let events: Vec<_> = (0..5000).map(|number| at(number, &format!("{number}"))).collect();
        worker.log(&events).await.unwrap();
        worker.log(&[at(6000, &"x".repeat(1 << 20))]).await.unwrap();
        expected.extend(events);
    }
    let log = net.network.read_log(None, &LogPosition::default()).await.unwrap();
    assert_eq!(log.events.len(), 3 * 5001);
    assert!(log.events.is_sorted_by_key(|(_, event)| event.time));
    assert!(net.network.read_log(None, &log.position).await.unwrap().events.is_empty());
}

#[tokio::test]
async fn who_follows_hears_of_each_event_at_once() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let mut follower = net.another().await.follow_log().await.unwrap();
    let mut position = LogPosition::default();
    for round in 0..20 {
        let message = round.to_string();
        worker.log(&[event(&message)]).await.unwrap();
        soon(follower.changed()).await.unwrap();
        assert_eq!(read(&net.network, &mut position).await, [message]);
    }
}

/// R rush's workers publish nothing.
#[tokio::test]
async fn who_follows_looks_now_and_then_in_any_case() {
    let net = Fixture::new().await;
    net.network.register(named("worker-1")).await.unwrap();
    let mut follower = net.network.follow_log().await.unwrap();
    let _: () = net
        .raw(r#"RPUSH promises:worker-1:events {"level":400,"timestamp":"2026-07-24T14:30:05","msg":"a"}"#);
    soon(follower.changed()).await.unwrap();
}

#[tokio::test]
async fn who_follows_goes_on_when_its_connection_was_cut() {
    let net = Fixture::new().await;
    let worker = net.worker().await;
    let proxy = Proxy::start(net.redis.socket());
    let network = behind(&proxy).await;
    let mut follower = network.follow_log().await.unwrap();
    let subscribers = || net.raw::<(String, usize)>("PUBSUB NUMSUB promises:log").1;
    let mut position = LogPosition::default();
    for round in ["a", "b", "c"] {
        proxy.cut();
        worker.log(&[event(round)]).await.unwrap();
        let mut seen = Vec::new();
        soon(async {
            while seen.is_empty() {
                follower.changed().await.unwrap();
                seen = read(&network, &mut position).await;
            }
        })
        .await;
        assert_eq!(seen, [round]);
        until(async || {
            soon(follower.changed()).await.unwrap();
            subscribers() == 1
        })
        .await;
    }
}

#[tokio::test]
async fn who_follows_hears_again_after_a_redis_that_was_away_for_too_long() {
    let mut net = Fixture::new().await;
    let settings =
        Settings { unavailable_after: Duration::from_millis(200), ..Settings::new(net.redis.url()) };
    let network = Network::connect(NetworkId::parse(NETWORK).unwrap(), &settings).await.unwrap();
    let mut follower = network.follow_log().await.unwrap();
    net.redis.kill();
    let gone = soon(follower.changed()).await;
    assert!(matches!(gone, Err(Error::Unavailable { .. })), "{gone:?}");
    net.redis.restart();
    soon(follower.changed()).await.unwrap();
    assert_eq!(net.raw::<(String, usize)>("PUBSUB NUMSUB promises:log").1, 1);
    let nothing = tokio::time::timeout(Duration::from_millis(100), follower.changed()).await;
    assert!(nothing.is_err(), "it waits as before: {nothing:?}");
}

#[tokio::test]
async fn a_full_redis_refuses_to_log_and_nothing_else_is_harmed() {
    let net = Fixture::new().await;
    let worker = net.network.register(patient()).await.unwrap();
    worker.push_running(&new_tasks(1)).await.unwrap();
    let _: () = net.raw("CONFIG SET maxmemory 1");
    let refused = worker.log(&[event("a")]).await;
    assert!(matches!(refused, Err(Error::StorageFull { .. })), "{refused:?}");
    let _: () = net.raw("CONFIG SET maxmemory 0");
    worker.log(&[event("a")]).await.unwrap();
    assert_eq!(read(&net.network, &mut LogPosition::default()).await, ["a"]);
    assert_eq!(net.check().counts(), [0, 1, 0, 0]);
}
