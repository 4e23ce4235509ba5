//! Reading the hashes of many tasks: pipelined, a page at a time, with several pages on their way.

use futures_util::{StreamExt as _, stream::FuturesOrdered};
use redis::Value;

use crate::{
    Network, Result,
    table::{Chunk, ChunkBuilder},
    task_hash::Wanted,
};

/// While one page is taken apart, Redis fills the next.
const ON_THEIR_WAY: usize = 4;
/// Hashes of the first page, when nobody knows how large they are.
const FIRST_PAGE: usize = 64;
/// Hashes of a page at most: beyond that nothing is gained.
const LARGEST_PAGE: usize = 1000;
/// How many bytes a page should have, so that nothing waits long behind it.
const PAGE_BYTES: usize = 1 << 20;

/// Some tasks that were read.
pub(crate) struct Page {
    /// Nearly always one.
    pub(crate) chunks: Vec<Chunk>,
    /// Which of the keys have no hash any more.
    pub(crate) vanished: Vec<usize>,
}

impl Network {
    /// Reads tasks, and hands over page by page with its keys. What has been handed over counts also if this is given up then.
    pub(crate) async fn read_pages(
        &self,
        wanted: &Wanted,
        keys: &[String],
        mut take: impl FnMut(&[String], Page) + Send,
    ) -> Result<()> {
        let link = self.inner.bulk().await?;
        let mut pages = FuturesOrdered::new();
        let (mut rest, mut size) = (keys, FIRST_PAGE);
        loop {
            while pages.len() < ON_THEIR_WAY && !rest.is_empty() {
                let (page, later) = rest.split_at(size.min(rest.len()));
                rest = later;
                pages.push_back(async move { (page, link.send_all(&wanted.pipeline(page)).await) });
            }
            let Some((keys, values)) = pages.next().await else { return Ok(()) };
            let page = self.page(wanted, keys, wanted.hashes(values?))?;
            let bytes: usize = page.chunks.iter().map(Chunk::bytes).sum();
            size = (PAGE_BYTES * keys.len() / bytes.max(1)).clamp(1, LARGEST_PAGE);
            take(keys, page);
        }
    }

    /// Tasks as their hashes show them.
    pub(crate) fn page(&self, wanted: &Wanted, keys: &[String], hashes: Vec<Value>) -> Result<Page> {
        let mut page = Page { chunks: Vec::new(), vanished: Vec::new() };
        let mut builder = ChunkBuilder::with_capacity(keys.len());
        for (index, (key, hash)) in keys.iter().zip(hashes).enumerate() {
            if builder.is_full(wanted.elements(&*self.inner.codec, &hash)) {
                page.chunks.push(std::mem::replace(&mut builder, ChunkBuilder::with_capacity(0)).finish());
            }
            if !self.add_task(&mut builder, wanted, key, hash)? {
                page.vanished.push(index);
            }
        }
        if builder.len() > 0 {
            page.chunks.push(builder.finish());
        }
        Ok(page)
    }

    pub(crate) fn warn_of_vanished(&self, vanished: usize) {
        if vanished > 0 {
            tracing::warn!(network = %self.id(), vanished, "tasks whose hashes have vanished are left out");
        }
    }
}
