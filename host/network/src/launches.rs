//! What was launched: which host processes are to begin somewhere, each with its workers. A record stands in Redis before anything is
//! started, so that whatever waits in a queue is known to everybody; and it is the permission to begin: a process of a launch that was
//! withdrawn registers nobody, however late its batch system starts it.

use serde::{Deserialize, Serialize};

use crate::{Error, LaunchId, Network, Result, WorkerId, reply, script};

/// A launch, as everybody can see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchRecord {
    /// Its id.
    pub id: LaunchId,
    /// Through what: `ssh`, `slurm`, `kubernetes`, `command`.
    pub launcher: String,
    /// The machine from which it was launched.
    pub from: String,
    /// When, in milliseconds since 1970.
    pub at: u64,
    /// What its launcher calls it: the name of a job; empty if there is none.
    #[serde(default)]
    pub name: String,
    /// The id of its job, once that is known.
    #[serde(default)]
    pub job: Option<String>,
    /// Its host processes; a process knows its place among them.
    pub processes: Vec<LaunchedProcess>,
}

/// A host process of a launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchedProcess {
    /// The host on which it is to begin, if its launcher knows.
    #[serde(default)]
    pub place: String,
    /// The index of its first worker; the others follow.
    pub first_index: u64,
    /// Its workers.
    pub workers: Vec<LaunchedWorker>,
    /// Why it did not start, as its launcher said.
    #[serde(default)]
    pub failure: Option<String>,
}

/// A worker of a launch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaunchedWorker {
    /// Its id.
    pub id: WorkerId,
    /// The incarnation that it had, which has ended; 0: it is new.
    #[serde(default)]
    pub before: u64,
}

impl Network {
    /// Takes note of a launch, before anything of it is started.
    pub async fn record_launch(&self, record: &LaunchRecord) -> Result<()> {
        let mut hset = redis::cmd("HSET");
        hset.arg(self.inner.keys.launches()).arg(record.id.as_str()).arg(stored(record)?);
        self.inner.commands.send(&hset).await.map(drop)
    }

    /// More is known about a launch. False if it was withdrawn meanwhile: then nothing is written.
    pub async fn amend_launch(&self, record: &LaunchRecord) -> Result<bool> {
        let record_as_stored = stored(record)?;
        let mut call = script::AMEND_LAUNCH.call(1, 128 + record_as_stored.len());
        call.arg(self.inner.keys.launches()).arg(record.id.as_str()).arg(record_as_stored);
        Ok(reply::integer(&self.inner.commands.send(&call).await?)? == 1)
    }

    /// All launches that were not withdrawn, the oldest first. What cannot be read is left out with a warning.
    pub async fn launches(&self) -> Result<Vec<LaunchRecord>> {
        let mut hgetall = redis::cmd("HGETALL");
        hgetall.arg(self.inner.keys.launches());
        let pairs = reply::pairs(self.inner.bulk().await?.send(&hgetall).await?)?;
        let mut records = Vec::with_capacity(pairs.len());
        for (id, record) in pairs {
            match read(&id, &record) {
                Ok(record) => records.push(record),
                Err(error) => tracing::warn!(%error, "a launch is left out"),
            }
        }
        records.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        Ok(records)
    }

    /// One launch; none if it was withdrawn, or the network was reset.
    pub async fn launch(&self, id: &LaunchId) -> Result<Option<LaunchRecord>> {
        let mut hget = redis::cmd("HGET");
        hget.arg(self.inner.keys.launches()).arg(id.as_str());
        // The record of a launch of thousands is large.
        let record = reply::bytes(self.inner.bulk().await?.send(&hget).await?)?;
        record.map(|record| read(id.as_str(), &record)).transpose()
    }

    /// Whether the workers of a launch may register: it stands in the network, and was not withdrawn.
    pub async fn may_begin(&self, id: &LaunchId) -> Result<bool> {
        let mut hexists = redis::cmd("HEXISTS");
        hexists.arg(self.inner.keys.launches()).arg(id.as_str());
        Ok(reply::count(&self.inner.commands.send(&hexists).await?)? == 1)
    }

    /// Withdraws launches: from now on none of their processes registers anybody. Those whose workers are registered already go on.
    /// Answers how many of them there were; if a reply was lost on the way, fewer.
    pub async fn withdraw_launches(&self, ids: &[LaunchId]) -> Result<u64> {
        if ids.is_empty() {
            return Ok(0);
        }
        let mut hdel = redis::cmd("HDEL");
        hdel.arg(self.inner.keys.launches());
        for id in ids {
            hdel.arg(id.as_str());
        }
        reply::count(&self.inner.commands.send(&hdel).await?)
    }
}

fn stored(record: &LaunchRecord) -> Result<String> {
    serde_json::to_string(record).map_err(|error| corrupt(record.id.as_str(), &error))
}

fn read(id: &str, record: &[u8]) -> Result<LaunchRecord> {
    let record: LaunchRecord = serde_json::from_slice(record).map_err(|error| corrupt(id, &error))?;
    // Under another name it could not be withdrawn.
    if record.id.as_str() == id { Ok(record) } else { Err(corrupt(id, &"it is that of another launch")) }
}

fn corrupt(id: &str, cause: &dyn ToString) -> Error {
    Error::Corrupt { key: format!("the record of launch {id}"), cause: cause.to_string() }
}
