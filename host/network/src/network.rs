//! The handle on a network.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    Codec, Error, MessagePack, NetworkId, Result, Settings, TaskKey, budget::Budget,
    finished_cache::FinishedCache, group::Group, keys::Keys, link::Link, local::Local, patience::Patience,
    running_cache::RunningCache, server,
};

/// A network: cheap to clone, all clones share their connections.
///
/// Holding one makes nobody a worker; see [`Network::register`].
#[derive(Clone)]
pub struct Network {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) keys: Keys,
    pub(crate) codec: Arc<dyn Codec>,
    pub(crate) settings: Settings,
    /// Bytes that one encoded value may have.
    pub(crate) max_value: AtomicUsize,
    pub(crate) budget: Budget,
    /// Short commands of all workers of this process.
    pub(crate) commands: Link,
    /// What is large, so that it never delays a short command; made when first needed.
    bulk: tokio::sync::OnceCell<Link>,
    pub(crate) local: Local,
    /// Calls of workers that go together.
    pub(crate) steps: Group,
    pub(crate) pops: Group,
    /// What all workers of this process have fetched.
    pub(crate) finished: FinishedCache,
    /// The tasks that were running when one of them fetched those.
    pub(crate) running: RunningCache,
}

impl Network {
    /// Connects, and refuses a Redis that cannot keep tasks safe: one that is too old for the scripts, or that evicts keys.
    ///
    /// This tries once, for at most `settings.connect_timeout`; it is later, when a Redis goes away, that calls wait.
    pub async fn connect(id: NetworkId, settings: &Settings) -> Result<Self> {
        Self::connect_with_codec(id, settings, Arc::new(MessagePack)).await
    }

    /// Connects with a codec of one's own.
    pub async fn connect_with_codec(
        id: NetworkId,
        settings: &Settings,
        codec: Arc<dyn Codec>,
    ) -> Result<Self> {
        let commands = Link::connect(settings, None).await?;
        let checked = tokio::time::timeout(settings.connect_timeout, server::check(&commands)).await;
        checked.unwrap_or_else(|_| {
            let address = commands.address().to_owned();
            Err(Error::Unavailable {
                address,
                cause: format!("no answer within {:?}", settings.connect_timeout),
            })
        })?;
        Ok(Self {
            inner: Arc::new(Inner {
                keys: Keys::new(id),
                codec,
                settings: settings.clone(),
                max_value: AtomicUsize::new(settings.max_value),
                budget: Budget::default(),
                commands,
                bulk: tokio::sync::OnceCell::new(),
                local: Local::default(),
                steps: Group::default(),
                pops: Group::default(),
                finished: FinishedCache::default(),
                running: RunningCache::default(),
            }),
        })
    }

    /// The name of the network.
    pub fn id(&self) -> &NetworkId {
        self.inner.keys.network()
    }

    /// Where Redis is; without a password.
    pub fn address(&self) -> &str {
        self.inner.commands.address()
    }

    /// How this handle reaches Redis, and what it was told to keep to. The URL shows itself to nobody.
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Makes sure that there is a connection that works; waits for a Redis that is away as every call does. Calls reconnect by
    /// themselves: this is for whoever wants to know before the next one.
    pub async fn reconnect(&self) -> Result<()> {
        self.inner.commands.reconnect().await
    }

    /// Changes how large one encoded value may be, in bytes: a worker learns it from its configuration, which it reads through
    /// this handle.
    pub fn set_max_value(&self, bytes: usize) {
        self.inner.max_value.store(bytes, Ordering::Relaxed);
    }

    /// How large one encoded value may be, in bytes.
    pub fn max_value(&self) -> usize {
        self.inner.max_value.load(Ordering::Relaxed)
    }

    /// Takes a task's key that somebody gave as text; see [`TaskKey::parse`].
    pub fn parse_key(&self, key: impl Into<String>) -> Result<TaskKey> {
        Ok(TaskKey::parse(key, self.id().hash_tag())?)
    }
}

/// From so many tasks on, a call takes the connection for what is large.
const BULK: usize = 256;

/// Whether so many tasks are too many for the connection of short commands.
pub(crate) fn is_bulk(tasks: usize) -> bool {
    tasks > BULK
}

impl Inner {
    /// The connection for a call with so many tasks.
    pub(crate) async fn link_for(&self, tasks: usize) -> Result<&Link> {
        if is_bulk(tasks) { self.bulk().await } else { Ok(&self.commands) }
    }

    /// The connection for what is large. While there is none, this waits for Redis as every call does.
    pub(crate) async fn bulk(&self) -> Result<&Link> {
        match self.bulk.get() {
            Some(link) => Ok(link),
            // Rare and large: every call would carry the room for it.
            None => Box::pin(self.connect_bulk()).await,
        }
    }

    async fn connect_bulk(&self) -> Result<&Link> {
        let mut patience = Patience::new(self.settings.unavailable_after);
        loop {
            let connected = self.bulk.get_or_try_init(|| Link::connect(&self.settings, None));
            match tokio::time::timeout_at(patience.deadline(), connected).await {
                Ok(Err(Error::Unavailable { address, cause })) => {
                    patience.pause(|| Error::Unavailable { address, cause }).await?;
                }
                Ok(done) => return done,
                Err(_) => {
                    let cause = format!("no answer within {:?}", self.settings.unavailable_after);
                    return Err(Error::Unavailable { address: self.commands.address().to_owned(), cause });
                }
            }
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Network")
            .field("id", self.id())
            .field("address", &self.address())
            .finish_non_exhaustive()
    }
}
