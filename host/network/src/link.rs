//! One multiplexed connection to Redis that comes back after it broke.
//!
//! Every command that goes through here may be sent twice: if a connection breaks, nobody knows whether Redis has
//! carried out what it was sent, so it is sent again on the next one. Scripts are written for that (`scripts/README.md`).

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Cmd, Pipeline, ProtocolVersion, RedisError, RedisResult, Value,
    aio::MultiplexedConnection,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Mutex, mpsc::UnboundedSender};

use crate::{
    Error, Result,
    patience::Patience,
    remedy::{Remedy, is_noscript, remedy, translate},
    script,
};

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
/// So many requests of a process wait for one write; 50, the default, cuts those of many workers into several writes.
const REQUESTS_PER_WRITE: usize = 1024;

/// What a link hears without having asked.
pub(crate) struct Subscription {
    pub(crate) channel: String,
    pub(crate) sender: UnboundedSender<redis::PushInfo>,
    /// A beat that is not answered for this long goes over a new connection; well before it is missed.
    pub(crate) response_timeout: Duration,
}

pub(crate) struct Link {
    dialer: Dialer,
    unavailable_after: Duration,
    current: RwLock<Arc<Generation>>,
    /// Held by the one who reconnects; the others wait for it.
    reconnecting: Mutex<()>,
    /// Nobody answers, and that has been said: once for each time that Redis goes away, however many calls notice.
    away: AtomicBool,
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
        let dialer = Dialer { client, address, connect_timeout: settings.connect_timeout, subscription };
        let connection = dialer.dial().await?;
        Ok(Self {
            dialer,
            unavailable_after: settings.unavailable_after,
            current: RwLock::new(Arc::new(Generation { number: 0, connection })),
            reconnecting: Mutex::new(()),
            away: AtomicBool::new(false),
        })
    }

    /// Where Redis is; without a password.
    pub(crate) fn address(&self) -> &str {
        &self.dialer.address
    }

    /// Sends one command, again and again until it is answered or the time limit is reached.
    pub(crate) fn send(&self, cmd: &Cmd) -> impl Future<Output = Result<Value>> {
        self.send_telling(cmd, || ())
    }

    /// The same; `refused` is told when the first answer is none, so that it may take long.
    pub(crate) async fn send_telling(&self, cmd: &Cmd, refused: impl FnOnce()) -> Result<Value> {
        let generation = self.generation();
        match ask(&mut generation.connection.clone(), cmd).await {
            Ok(value) => Ok(value),
            Err(error) => {
                refused();
                // Rare and large: every call would carry the room for it.
                Box::pin(self.send_again(cmd, error, generation.number)).await
            }
        }
    }

    async fn send_again(&self, cmd: &Cmd, mut error: RedisError, mut number: u64) -> Result<Value> {
        let mut patience = Patience::new(self.unavailable_after);
        loop {
            let with_source = if is_noscript(&error) { script::with_source(cmd) } else { None };
            if with_source.is_none() {
                self.recover(&error, number, &mut patience).await?;
            }
            let generation = self.generation();
            let answer = ask(&mut generation.connection.clone(), with_source.as_ref().unwrap_or(cmd)).await;
            (error, number) = match answer {
                Ok(value) => return Ok(value),
                Err(error) => (error, generation.number),
            };
        }
    }

    /// Sends several commands at once, as [`send`](Self::send) does; the first error among the replies is the answer.
    pub(crate) async fn send_all(&self, pipeline: &Pipeline) -> Result<Vec<Value>> {
        let mut patience = Patience::new(self.unavailable_after);
        let count = pipeline.len();
        loop {
            let generation = self.generation();
            match ask_all(&mut generation.connection.clone(), pipeline, 0, count).await {
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
            match ask_all(&mut generation.connection.clone(), pipeline, offset, 1).await {
                Ok(mut values) => match values.pop() {
                    Some(Value::Array(values)) => return Ok(values),
                    other => return Err(Error::Redis(format!("EXEC answered {other:?}"))),
                },
                Err(error) => self.recover(&error, generation.number, &mut patience).await?,
            }
        }
    }

    /// Makes sure that there is a connection that works.
    pub(crate) async fn reconnect(&self) -> Result<()> {
        self.send(&redis::cmd("PING")).await.map(drop)
    }

    fn generation(&self) -> Arc<Generation> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    async fn recover(&self, error: &RedisError, number: u64, patience: &mut Patience) -> Result<()> {
        match remedy(error) {
            Remedy::None => Err(self.translate(error)),
            Remedy::Wait => patience.pause(|| self.unavailable(error)).await,
            Remedy::Reconnect => {
                tracing::debug!(address = self.address(), %error, "connection to Redis broke");
                patience.before_reconnecting(|| self.unavailable(error)).await?;
                let turn = tokio::time::timeout_at(patience.deadline(), self.reconnecting.lock()).await;
                let Ok(_turn) = turn else { return Err(self.unavailable(error)) };
                // Rare and large: every call would carry the room for it.
                Box::pin(self.replace(number, patience)).await
            }
        }
    }

    /// Only for whoever has the turn to reconnect.
    async fn replace(&self, number: u64, patience: &mut Patience) -> Result<()> {
        if self.generation().number != number {
            return Ok(());
        }
        loop {
            match self.dialer.dial().await {
                Ok(connection) => {
                    if self.away.swap(false, Ordering::Relaxed) {
                        tracing::warn!(address = self.address(), "Redis is back");
                    }
                    let next = Arc::new(Generation { number: number + 1, connection });
                    *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
                    return Ok(());
                }
                Err(Error::Unavailable { address, cause }) => {
                    if !self.away.swap(true, Ordering::Relaxed) {
                        tracing::warn!(address, cause, "Redis does not answer; trying again");
                    }
                    patience.pause(|| Error::Unavailable { address, cause }).await?;
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn unavailable(&self, error: &RedisError) -> Error {
        Error::Unavailable { address: self.address().to_owned(), cause: error.to_string() }
    }

    fn translate(&self, error: &RedisError) -> Error {
        translate(error, self.address())
    }
}

/// The crate hands an error of the server over as a value.
async fn ask(connection: &mut MultiplexedConnection, cmd: &Cmd) -> RedisResult<Value> {
    connection.send_packed_command(cmd).await?.extract_error()
}

async fn ask_all(
    connection: &mut MultiplexedConnection,
    pipeline: &Pipeline,
    offset: usize,
    count: usize,
) -> RedisResult<Vec<Value>> {
    let values = connection.send_packed_commands(pipeline, offset, count).await?;
    values.into_iter().map(Value::extract_error).collect()
}

/// Makes connections, the first and every later one in the same way.
struct Dialer {
    client: redis::Client,
    address: String,
    connect_timeout: Duration,
    subscription: Option<Subscription>,
}

impl Dialer {
    /// One attempt, login and subscription included.
    async fn dial(&self) -> Result<MultiplexedConnection> {
        let unavailable = |cause| Error::Unavailable { address: self.address.clone(), cause };
        match tokio::time::timeout(self.connect_timeout, self.attempt()).await {
            Err(_) => Err(unavailable(format!("no answer within {:?}", self.connect_timeout))),
            Ok(Ok(connection)) => Ok(connection),
            Ok(Err(error)) => match translate(&error, &self.address) {
                login @ Error::Login { .. } => Err(login),
                _ => Err(unavailable(error.to_string())),
            },
        }
    }

    async fn attempt(&self) -> RedisResult<MultiplexedConnection> {
        let subscription = self.subscription.as_ref();
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(
                subscription.map_or(RESPONSE_TIMEOUT, |wanted| wanted.response_timeout),
            ))
            .set_pipeline_buffer_size(REQUESTS_PER_WRITE);
        if let Some(subscription) = subscription {
            config = config.set_push_sender(subscription.sender.clone());
        }
        let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        if let Some(subscription) = subscription {
            connection.subscribe(&subscription.channel).await?;
        }
        Ok(connection)
    }
}
