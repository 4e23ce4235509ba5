//! One multiplexed connection to Redis that comes back after it broke.
//!
//! Every command that goes through here may be sent twice: if a connection breaks, nobody knows whether Redis has
//! carried out what it was sent, so it is sent again on the next one. Scripts are written for that (`scripts/README.md`).

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use redis::{AsyncConnectionConfig, Cmd, ErrorKind, Pipeline, ProtocolVersion, RedisError, ServerErrorKind, Value, aio::MultiplexedConnection};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    sync::{Mutex, mpsc::UnboundedSender},
    time::Instant,
};

use crate::{Error, Result, script};

/// How to reach Redis.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `redis://`, `rediss://` or `redis+unix://`; it may hold a password.
    pub url: SecretString,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
    /// How long a call waits for a Redis that went away before it gives up with [`Error::Unavailable`].
    pub unavailable_after: Duration,
    /// How large one encoded value may be, in bytes.
    pub max_value: usize,
}

impl Settings {
    /// The defaults for a URL: 5 s to connect, 60 s until a call gives up, values up to 4 MiB.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: SecretString::from(url.into()),
            connect_timeout: Duration::from_secs(5),
            unavailable_after: Duration::from_mins(1),
            max_value: 4 << 20,
        }
    }
}

/// A Redis that accepts connections but does not answer for this long is treated like a broken connection.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(20);
const FIRST_BACKOFF: Duration = Duration::from_millis(10);
const LAST_BACKOFF: Duration = Duration::from_secs(1);

/// What a link hears without having asked.
pub(crate) struct Subscription {
    pub(crate) channel: String,
    pub(crate) sender: UnboundedSender<redis::PushInfo>,
}

pub(crate) struct Link {
    client: redis::Client,
    address: String,
    connect_timeout: Duration,
    unavailable_after: Duration,
    subscription: Option<Subscription>,
    current: RwLock<Arc<Generation>>,
    /// Held by the one who reconnects; the others wait for it.
    reconnecting: Mutex<()>,
}

/// One connection; a new one has a new number, so that only the first who finds it broken replaces it.
struct Generation {
    number: u64,
    connection: MultiplexedConnection,
}

impl Link {
    pub(crate) async fn connect(settings: &Settings, subscription: Option<Subscription>) -> Result<Self> {
        let url = settings.url.expose_secret();
        // The cause is the crate's text about the URL's form; it does not repeat the URL.
        let mut client = redis::Client::open(url).map_err(|error| Error::Url { cause: error.to_string() })?;
        if subscription.is_some() {
            // Messages and replies share one connection only in RESP3.
            let info = client.get_connection_info().clone();
            let resp3 = info.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            client = redis::Client::open(info.set_redis_settings(resp3))
                .map_err(|error| Error::Url { cause: error.to_string() })?;
        }
        let address = client.get_connection_info().addr().to_string();
        let connect_timeout = settings.connect_timeout;
        let connection = establish(&client, &address, connect_timeout, subscription.as_ref()).await?;
        Ok(Self {
            client,
            address,
            connect_timeout,
            unavailable_after: settings.unavailable_after,
            subscription,
            current: RwLock::new(Arc::new(Generation { number: 0, connection })),
            reconnecting: Mutex::new(()),
        })
    }

    /// Where Redis is; without a password.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Sends one command, again and again until it is answered or the time limit is reached.
    pub(crate) async fn send(&self, cmd: &Cmd) -> Result<Value> {
        let mut patience = Patience::new(self.unavailable_after);
        loop {
            let generation = self.generation();
            let mut connection = generation.connection.clone();
            match connection.send_packed_command(cmd).await {
                Ok(value) => return Ok(value),
                Err(error) if error.kind() == ErrorKind::Server(ServerErrorKind::NoScript) => {
                    let Some(cmd) = script::with_source(cmd) else { return Err(self.translate(&error)) };
                    match connection.send_packed_command(&cmd).await {
                        Ok(value) => return Ok(value),
                        Err(error) => self.recover(&error, generation.number, &mut patience).await?,
                    }
                }
                Err(error) => self.recover(&error, generation.number, &mut patience).await?,
            }
        }
    }

    /// Sends several commands at once, as [`send`](Self::send) does; the first error among the replies is the answer.
    pub(crate) async fn send_all(&self, pipeline: &Pipeline) -> Result<Vec<Value>> {
        let mut patience = Patience::new(self.unavailable_after);
        let count = pipeline.len();
        loop {
            let generation = self.generation();
            match generation.connection.clone().send_packed_commands(pipeline, 0, count).await {
                Ok(values) => return Ok(values),
                Err(error) => self.recover(&error, generation.number, &mut patience).await?,
            }
        }
    }

    /// Sends several commands as one transaction.
    pub(crate) async fn send_atomically(&self, pipeline: &mut Pipeline) -> Result<Vec<Value>> {
        pipeline.atomic();
        let mut patience = Patience::new(self.unavailable_after);
        // MULTI and the QUEUED of each command come before the reply of EXEC.
        let offset = pipeline.len() + 1;
        loop {
            let generation = self.generation();
            match generation.connection.clone().send_packed_commands(pipeline, offset, 1).await {
                Ok(mut values) => match values.pop() {
                    Some(Value::Array(values)) => return Ok(values),
                    other => return Err(Error::Redis(format!("EXEC answered {other:?}"))),
                },
                Err(error) => self.recover(&error, generation.number, &mut patience).await?,
            }
        }
    }

    /// Makes sure that there is a connection again after one broke.
    pub(crate) async fn reconnect(&self) -> Result<()> {
        let number = self.generation().number;
        self.replace(number, &mut Patience::new(self.unavailable_after)).await
    }

    fn generation(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn recover(&self, error: &RedisError, number: u64, patience: &mut Patience) -> Result<()> {
        match remedy(error) {
            Remedy::None => Err(self.translate(error)),
            Remedy::Wait => patience.pause(|| self.unavailable(error)).await,
            Remedy::Reconnect => {
                tracing::debug!(address = self.address, %error, "connection to Redis broke");
                self.replace(number, patience).await
            }
        }
    }

    async fn replace(&self, number: u64, patience: &mut Patience) -> Result<()> {
        let _turn = self.reconnecting.lock().await;
        if self.generation().number != number {
            return Ok(());
        }
        let mut told = false;
        loop {
            match establish(&self.client, &self.address, self.connect_timeout, self.subscription.as_ref()).await {
                Ok(connection) => {
                    if told {
                        tracing::info!(address = self.address, "Redis is back");
                    }
                    let next = Arc::new(Generation { number: number + 1, connection });
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
                    return Ok(());
                }
                Err(Error::Unavailable { address, cause }) => {
                    if !std::mem::replace(&mut told, true) {
                        tracing::warn!(address, cause, "Redis does not answer; trying again");
                    }
                    patience.pause(|| Error::Unavailable { address, cause }).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn unavailable(&self, error: &RedisError) -> Error {
        Error::Unavailable { address: self.address.clone(), cause: error.to_string() }
    }

    fn translate(&self, error: &RedisError) -> Error {
        match error.code() {
            Some("OOM" | "MISCONF") => Error::StorageFull { cause: error.to_string() },
            Some("NOAUTH" | "WRONGPASS" | "NOPERM") => {
                Error::Login { address: self.address.clone(), cause: error.to_string() }
            }
            _ => Error::Redis(error.to_string()),
        }
    }
}

async fn establish(
    client: &redis::Client,
    address: &str,
    connect_timeout: Duration,
    subscription: Option<&Subscription>,
) -> Result<MultiplexedConnection> {
    let mut config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(connect_timeout))
        .set_response_timeout(Some(RESPONSE_TIMEOUT));
    if let Some(subscription) = subscription {
        config = config.set_push_sender(subscription.sender.clone());
    }
    let connect = async {
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        if let Some(subscription) = subscription {
            connection.subscribe(&subscription.channel).await?;
        }
        Ok(connection)
    };
    connect.await.map_err(|error: RedisError| {
        let cause = error.to_string();
        let address = address.to_owned();
        let refused = error.kind() == ErrorKind::AuthenticationFailed
            || matches!(error.code(), Some("NOAUTH" | "WRONGPASS" | "NOPERM"));
        if refused { Error::Login { address, cause } } else { Error::Unavailable { address, cause } }
    })
}

enum Remedy {
    /// It would fail again.
    None,
    /// The same connection will do in a moment.
    Wait,
    /// A new connection is needed.
    Reconnect,
}

fn remedy(error: &RedisError) -> Remedy {
    match error.kind() {
        ErrorKind::Server(ServerErrorKind::BusyLoading | ServerErrorKind::TryAgain | ServerErrorKind::ClusterDown) => {
            Remedy::Wait
        }
        // A script that runs for longer than `busy-reply-threshold`.
        _ if error.code() == Some("BUSY") => Remedy::Wait,
        // After a failover the name may lead to the new primary.
        ErrorKind::Server(ServerErrorKind::ReadOnly | ServerErrorKind::MasterDown) => Remedy::Reconnect,
        ErrorKind::Io | ErrorKind::Parse => Remedy::Reconnect,
        _ if error.is_connection_dropped() || error.is_timeout() => Remedy::Reconnect,
        _ => Remedy::None,
    }
}

/// Waits longer and longer, up to a limit in all.
struct Patience {
    limit: Duration,
    until: Option<Instant>,
    next: Duration,
}

impl Patience {
    fn new(limit: Duration) -> Self {
        Self { limit, until: None, next: FIRST_BACKOFF }
    }

    /// Waits, or says that the limit is reached; the clock runs from the first time on.
    async fn pause(&mut self, error: impl FnOnce() -> Error) -> Result<()> {
        let now = Instant::now();
        let until = *self.until.get_or_insert(now + self.limit);
        if now >= until {
            return Err(error());
        }
        // Half of it by chance, so that a thousand processes do not come back in one moment.
        let pause = self.next.mul_f64(0.5 + rand::random::<f64>() / 2.0);
        tokio::time::sleep(pause.min(until - now)).await;
        self.next = (self.next * 2).min(LAST_BACKOFF);
        Ok(())
    }
}
