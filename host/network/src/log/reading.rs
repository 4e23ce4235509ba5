//! Reading what workers have logged, all of it or what is new since the last look.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    LogEvent, Network, Result, WorkerId, digest,
    hash_pages::{FIRST_PAGE, next_page},
    reply,
};

/// Workers whose logs are read in one trip.
const WORKERS: usize = 8;

/// What [`Network::read_log`] has read.
#[derive(Debug, Clone, Default)]
pub struct Log {
    /// The events and who logged them, by time; those of one worker in its order if its clock was not set back.
    pub events: Vec<(WorkerId, LogEvent)>,
    /// Where the next reading goes on.
    pub position: LogPosition,
}

/// Up to where the log of each worker was read; the default is the beginning. A program can keep it in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogPosition(BTreeMap<String, Place>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// So many of its events were read.
    read: u64,
    /// The last of them, by the beginning of its SHA-256: if it is not in its place, the network was reset, and the log of its
    /// next life begins at its beginning.
    last: String,
}

fn mark(event: &[u8]) -> String {
    let mut digest = digest(event);
    digest.truncate(16);
    digest
}

/// A log with events that were not read yet.
struct Unread<'a> {
    id: &'a WorkerId,
    read: u64,
    length: u64,
}

impl Network {
    /// Reads what workers have logged after a position: these workers, or all that the network knows.
    ///
    /// What is no log event is left out with a warning.
    pub async fn read_log(&self, workers: Option<&[WorkerId]>, from: &LogPosition) -> Result<Log> {
        let (ids, mut position) = match workers {
            None => (self.ids(self.inner.keys.worker_ids()).await?, LogPosition::default()),
            // The others are read another time.
            Some(workers) => (workers.to_vec(), from.clone()),
        };
        let mut unread = self.unread(&ids, from, &mut position).await?;
        let (mut events, mut strange, mut size) = (Vec::new(), 0_usize, FIRST_PAGE);
        while !unread.is_empty() {
            let pages = self.log_pages(&unread[..unread.len().min(WORKERS)], size).await?;
            let bytes = pages.iter().flatten().map(Vec::len).sum();
            size = next_page(pages.iter().map(Vec::len).sum(), bytes);
            for (log, page) in unread.iter_mut().zip(pages) {
                let Some(last) = page.last() else {
                    // A reset came in between; what is there now is for the next reading.
                    position.0.remove(log.id.as_str());
                    log.length = log.read;
                    continue;
                };
                log.read += page.len() as u64;
                position.0.insert(log.id.to_string(), Place { read: log.read, last: mark(last) });
                for text in &page {
                    match std::str::from_utf8(text).ok().and_then(LogEvent::from_json) {
                        Some(event) => events.push((log.id.clone(), event)),
                        None => strange += 1,
                    }
                }
            }
            unread.retain(|log| log.read < log.length);
        }
        if strange > 0 {
            tracing::warn!(network = %self.id(), strange, "what stands in a log but is no log event is left out");
        }
        events.sort_by_key(|(_, event)| event.time);
        Ok(Log { events, position })
    }

    /// The logs that go on after `from`, or begin anew. `position` gets where those were that go on, and nothing for the others.
    async fn unread<'a>(
        &self,
        ids: &'a [WorkerId],
        from: &LogPosition,
        position: &mut LogPosition,
    ) -> Result<Vec<Unread<'a>>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut pipeline = redis::pipe();
        for id in ids {
            let events = self.inner.keys.worker(id).events;
            pipeline.llen(&events);
            if let Some(place) = from.0.get(id.as_str()) {
                pipeline.cmd("LINDEX").arg(&events).arg(place.read.saturating_sub(1));
            }
        }
        let mut values = self.inner.commands.send_all(&pipeline).await?.into_iter();
        let mut unread = Vec::with_capacity(ids.len());
        for id in ids {
            let length = reply::count(&values.next().unwrap_or_default())?;
            let mut read = 0;
            position.0.remove(id.as_str());
            if let Some(place) = from.0.get(id.as_str()) {
                let last = reply::bytes(values.next().unwrap_or_default())?;
                if last.is_some_and(|last| mark(&last) == place.last) {
                    read = place.read;
                    position.0.insert(id.to_string(), place.clone());
                }
            }
            if read < length {
                unread.push(Unread { id, read, length });
            }
        }
        Ok(unread)
    }

    /// The next events of each of these logs, so many of all of them.
    async fn log_pages(&self, logs: &[Unread<'_>], size: usize) -> Result<Vec<Vec<Vec<u8>>>> {
        let size = (size / logs.len()).max(1) as u64;
        let mut pipeline = redis::pipe();
        for log in logs {
            pipeline.cmd("LRANGE").arg(&self.inner.keys.worker(log.id).events);
            pipeline.arg(log.read).arg((log.read + size).min(log.length) - 1);
        }
        let pages = self.inner.bulk().await?.send_all(&pipeline).await?.into_iter();
        let page = |page| {
            let events = reply::array(page)?.into_iter();
            events.map(|event| Ok(reply::bytes(event)?.unwrap_or_default())).collect()
        };
        pages.map(page).collect()
    }
}
