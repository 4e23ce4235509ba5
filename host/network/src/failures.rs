//! Why tasks failed, counted by kind.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream::FuturesOrdered};
use redis::Pipeline;

use crate::{
    Network, Result, State, TaskKey,
    hash_pages::{FIRST_PAGE, next_page},
    reply,
};

/// While one page is counted, Redis fills the next.
const ON_THEIR_WAY: usize = 4;
/// What a condition is counted as that our codec has not written: a manager of R rush failed the task.
const UNREADABLE: &str = "unknown";

impl Network {
    /// How many of the failed tasks failed for which reason, by the kind of their condition, in the order of the kinds.
    ///
    /// It reads all conditions: a counter beside them would be wrong as soon as a manager of R rush fails a task. A task whose hash
    /// has vanished is left out.
    pub async fn failures_by_kind(&self) -> Result<BTreeMap<String, u64>> {
        let mut by_kind: BTreeMap<String, u64> = BTreeMap::new();
        let failed = self.task_keys(&[State::Failed]).await?;
        let keys: Vec<TaskKey> = failed.into_iter().flat_map(|(_, keys)| keys).collect();
        let link = self.inner.bulk().await?;
        let mut pages = FuturesOrdered::new();
        let (mut rest, mut size, mut on_their_way) = (keys.as_slice(), FIRST_PAGE, 1);
        loop {
            while pages.len() < on_their_way && !rest.is_empty() {
                let (page, later) = rest.split_at(size.min(rest.len()));
                rest = later;
                pages.push_back(async move { link.send_all(&conditions(page)).await });
            }
            let Some(values) = pages.next().await else { return Ok(by_kind) };
            let values = values?;
            let bytes: usize = values.iter().map(reply::size).sum();
            size = next_page(values.len(), bytes);
            on_their_way = ON_THEIR_WAY;
            for value in values {
                let Some(condition) = reply::bytes(value)? else { continue };
                let kind = self.inner.codec.decode_condition_kind(&condition);
                let kind = kind.unwrap_or_else(|_| UNREADABLE.to_owned());
                *by_kind.entry(kind).or_default() += 1;
            }
        }
    }
}

fn conditions(keys: &[TaskKey]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(keys.len());
    for key in keys {
        pipeline.cmd("HGET").arg(key.as_str()).arg("condition");
    }
    pipeline
}
