//! What is said when a Redis cannot be used.

use std::time::{Duration, Instant};

use rush_network::{Error, Heart, Network, NetworkId, Settings};
use rush_test_redis::{Options, Proxy, TestRedis};

use crate::fixture::{only_wakeups, patient};

async fn refusal(settings: &Settings) -> Error {
    Network::connect(NetworkId::parse("promises").unwrap(), settings).await.unwrap_err()
}

#[tokio::test]
async fn nobody_there_is_said_at_once() {
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    for url in ["redis+unix:///nowhere/redis.sock".to_owned(), format!("redis://127.0.0.1:{port}")] {
        let begun = Instant::now();
        let error = refusal(&Settings::new(url)).await;
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn who_does_not_answer_is_given_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", listener.local_addr().unwrap());
    let settings = Settings { connect_timeout: Duration::from_millis(200), ..Settings::new(url) };
    let begun = Instant::now();
    let error = refusal(&settings).await;
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_wrong_password_and_none_are_told_from_nobody_there() {
    for tcp in [false, true] {
        let redis =
            TestRedis::start_with(Options { tcp, password: Some("right".into()), ..Options::default() });
        for password in [None, Some("wrong-secret")] {
            let error = refusal(&Settings::new(redis.url_with(password))).await;
            assert!(matches!(error, Error::Login { .. }), "{error:?}");
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
        let settings = Settings::new(redis.url());
        let network = Network::connect(NetworkId::parse("promises").unwrap(), &settings).await.unwrap();
        let heart = Heart::start(&network, only_wakeups()).await.unwrap();
        network.register(patient()).await.unwrap();
        heart.stop().await;
        assert!(!format!("{network:?} {settings:?}").contains("right"));
    }
}

#[tokio::test]
async fn a_redis_that_evicts_is_refused() {
    let redis = TestRedis::start_with(Options { policy: Some("allkeys-lru".into()), ..Options::default() });
    let error = refusal(&Settings::new(redis.url())).await;
    assert!(matches!(&error, Error::Eviction { found, .. } if found == "allkeys-lru"), "{error:?}");
}

#[tokio::test]
async fn what_is_no_url_is_said_without_its_password() {
    for url in ["", "localhost", "http://:secret@localhost", "redis://:secret@local host"] {
        let error = refusal(&Settings::new(url)).await;
        assert!(matches!(error, Error::Url { .. }), "{url}: {error:?}");
        assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_handle_tells_what_it_was_told_and_reconnects_when_it_is_asked_to() {
    let redis = TestRedis::start();
    let proxy = Proxy::start(redis.socket());
    let settings = Settings {
        unavailable_after: Duration::from_millis(300),
        max_value: 1000,
        ..Settings::new(proxy.url())
    };
    let network = Network::connect(NetworkId::parse("promises").unwrap(), &settings).await.unwrap();
    assert_eq!(network.settings().max_value, 1000);
    assert_eq!(network.settings().unavailable_after, Duration::from_millis(300));
    network.reconnect().await.unwrap();
    proxy.cut();
    network.reconnect().await.unwrap();
    assert_eq!(network.counts().await.unwrap().queued, 0);
    drop(proxy);
    let gone = network.reconnect().await;
    assert!(matches!(gone, Err(Error::Unavailable { .. })), "{gone:?}");
}
