//! A network in a Redis of its own.

use std::time::Duration;

use rush_network::{
    Fields, HeartSettings, Network, NetworkId, NewTask, Registration, Settings, Worker, WorkerId, fields,
};
use rush_test_redis::{Options, Snapshot, TestRedis};

pub(crate) const NETWORK: &str = "promises";

/// Long enough that nothing ever comes in time because of it.
pub(crate) const NEVER: Duration = Duration::from_mins(10);

/// Whatever is awaited in a test comes long before.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) struct Fixture {
    pub(crate) network: Network,
    pub(crate) redis: TestRedis,
}

impl Fixture {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let redis = TestRedis::start_with(options);
        let network = connect(&redis, NETWORK).await;
        Self { network, redis }
    }

    /// The same network, as another process has it.
    pub(crate) async fn another(&self) -> Network {
        connect(&self.redis, NETWORK).await
    }

    pub(crate) async fn worker(&self) -> Worker {
        self.network.register(patient()).await.unwrap()
    }

    /// Checks everything that must always hold.
    pub(crate) fn check(&self) -> Snapshot {
        Snapshot::check(&mut self.redis.connection(), NETWORK)
    }

    /// A command past the library.
    pub(crate) fn raw<T: redis::FromRedisValue>(&self, command: &str) -> T {
        let mut words = command.split(' ');
        let mut cmd = redis::cmd(words.next().unwrap());
        cmd.arg(words.collect::<Vec<_>>());
        cmd.query(&mut self.redis.connection()).unwrap()
    }

    pub(crate) fn dbsize(&self) -> usize {
        self.raw("DBSIZE")
    }
}

pub(crate) async fn connect(redis: &TestRedis, network: &str) -> Network {
    Network::connect(NetworkId::parse(network).unwrap(), &Settings::new(redis.url())).await.unwrap()
}

/// The same network, through a proxy.
pub(crate) async fn behind(proxy: &rush_test_redis::Proxy) -> Network {
    Network::connect(NetworkId::parse(NETWORK).unwrap(), &Settings::new(proxy.url())).await.unwrap()
}

/// A worker that no missing heartbeat ends.
pub(crate) fn patient() -> Registration {
    Registration { period: NEVER, expire: NEVER, ..Registration::default() }
}

pub(crate) fn named(id: &str) -> Registration {
    Registration { id: Some(WorkerId::parse(id).unwrap()), ..patient() }
}

/// A heart whose beats come never, so that whatever happens soon was not seen by a beat.
pub(crate) fn only_wakeups() -> HeartSettings {
    HeartSettings { period: NEVER, expire: NEVER, ..HeartSettings::default() }
}

pub(crate) fn xs(number: usize) -> Fields {
    fields! { "x1" => i64::try_from(number).unwrap(), "x2" => 0.5 }
}

pub(crate) fn ys(number: i64) -> Fields {
    fields! { "y" => number }
}

pub(crate) fn new_tasks(count: usize) -> Vec<NewTask> {
    (0..count).map(|number| NewTask::from(xs(number))).collect()
}

/// Waits for what must come.
pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future).await.expect("it should have come long ago")
}

/// Waits until something that nobody announces has become true.
pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    soon(async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
}
