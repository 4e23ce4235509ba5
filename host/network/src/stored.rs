//! What travels to workers through Redis: configurations and components, named by the SHA-256 of their content.
//!
//! Content-addressed, so that a second start never changes what the workers of the first are given; and without power:
//! whoever reads it verifies it, and grants nothing because of it.

use std::path::Path;

use redis::Value;
use sha2::{Digest as _, Sha256};

use crate::{Error, Network, Result, large, link::Link, reply};

/// The largest file that Redis takes, in bytes: it ends strings at 512 MiB, and a little less leaves room for the protocol.
pub const LARGEST_BLOB: usize = 511 << 20;

/// The name of some content: its SHA-256 in hex.
pub fn digest(content: &[u8]) -> String {
    hex::encode(Sha256::digest(content))
}

impl Network {
    /// Stores a configuration, and answers the name under which workers find it.
    pub async fn store_config(&self, content: &str) -> Result<String> {
        let digest = digest(content.as_bytes());
        self.store(self.inner.keys.config(&digest), content.as_bytes()).await?;
        Ok(digest)
    }

    /// Reads a configuration; none if there is none of this name (any more).
    pub async fn config(&self, digest: &str) -> Result<Option<String>> {
        let content = self.load(self.inner.keys.config(digest), digest).await?;
        let text = |bytes| String::from_utf8(bytes).map_err(|error| corrupt(digest, &error));
        content.map(text).transpose()
    }

    /// Stores a component or a file, and answers the name under which workers find it.
    ///
    /// What is larger than Redis takes (511 MiB) goes into the folder for large objects, which all machines must see; without one
    /// it is refused. A reset leaves it there.
    pub async fn store_blob(&self, content: &[u8], large_objects: Option<&Path>) -> Result<String> {
        let Err(too_large) = fits(content) else {
            let digest = digest(content);
            self.store(self.inner.keys.blob(&digest), content).await?;
            return Ok(digest);
        };
        let folder = large_objects.ok_or(too_large)?;
        let digest = digest(content);
        large::write(folder, &digest, content).await?;
        Ok(digest)
    }

    /// Reads a component or a file, from Redis or else from the folder for large objects; none if there is none of this name (any
    /// more).
    pub async fn blob(&self, digest: &str, large_objects: Option<&Path>) -> Result<Option<Vec<u8>>> {
        match (self.load(self.inner.keys.blob(digest), digest).await?, large_objects) {
            (None, Some(folder)) => verified(large::read(folder, digest).await?, digest),
            (content, _) => Ok(content),
        }
    }

    async fn store(&self, key: String, content: &[u8]) -> Result<()> {
        fits(content)?;
        let mut pipeline = redis::pipe();
        pipeline.sadd(self.inner.keys.stored(), &key).set(&key, content);
        self.inner.bulk().await?.send_atomically(&mut pipeline).await.map(drop)
    }

    async fn load(&self, key: String, expected: &str) -> Result<Option<Vec<u8>>> {
        let content = reply::bytes(self.inner.bulk().await?.send(redis::cmd("GET").arg(key)).await?)?;
        verified(content, expected)
    }

    /// Takes note that a run begins now, by the clock of Redis.
    pub async fn begin_run(&self) -> Result<()> {
        let now = self.now(&self.inner.commands).await?;
        let mut hset = redis::cmd("HSET");
        hset.arg(self.inner.keys.run()).arg("started").arg(now);
        self.inner.commands.send(&hset).await.map(drop)
    }

    /// Without a manager a run begins with its first process that wants to know.
    pub(crate) async fn begin_run_unless_begun(&self, link: &Link) -> Result<()> {
        let run = self.inner.keys.run();
        // A full Redis refuses the second command, also if it would change nothing.
        if link.send(redis::cmd("HEXISTS").arg(&run).arg("started")).await? == Value::Int(1) {
            return Ok(());
        }
        let now = self.now(link).await?;
        link.send(redis::cmd("HSETNX").arg(&run).arg("started").arg(now)).await.map(drop)
    }

    /// Takes so many worker indices that nobody has taken in this network; answers the first. A worker's random stream comes
    /// from the run's seed and its index, so no two workers may share one.
    pub async fn take_indices(&self, count: u64) -> Result<u64> {
        let mut hincrby = redis::cmd("HINCRBY");
        hincrby.arg(self.inner.keys.run()).arg("indices").arg(count);
        Ok(reply::count(&self.inner.commands.send(&hincrby).await?)?.saturating_sub(count))
    }

    /// The clock of Redis, in milliseconds since 1970.
    pub(crate) async fn now(&self, link: &Link) -> Result<u64> {
        let time = reply::texts(link.send(&redis::cmd("TIME")).await?)?;
        match time.as_slice() {
            [seconds, micros] => {
                let number = |text: &str| text.parse::<u64>().unwrap_or(0);
                Ok(number(seconds) * 1000 + number(micros) / 1000)
            }
            _ => Err(reply::unexpected(&Value::Nil)),
        }
    }
}

fn fits(content: &[u8]) -> Result<()> {
    let size = content.len();
    if size > LARGEST_BLOB { Err(Error::TooLargeForRedis { size, limit: LARGEST_BLOB }) } else { Ok(()) }
}

fn verified(content: Option<Vec<u8>>, expected: &str) -> Result<Option<Vec<u8>>> {
    match content {
        Some(content) if digest(&content) != expected => {
            Err(corrupt(expected, &"its content has another SHA-256"))
        }
        content => Ok(content),
    }
}

fn corrupt(digest: &str, cause: &dyn ToString) -> Error {
    Error::Corrupt { key: format!("what is stored as {digest}"), cause: cause.to_string() }
}
