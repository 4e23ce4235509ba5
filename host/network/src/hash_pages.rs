//! Reading the hashes of many tasks: pipelined, a page at a time, with several pages on their way.

use std::ops::ControlFlow;

use futures_util::{StreamExt as _, stream::FuturesOrdered};
use redis::Value;

use crate::{
    Network, Result,
    table::{Chunk, ChunkBuilder},
    task_hash::Wanted,
};

/// While one page is taken apart, Redis fills the next.
const ON_THEIR_WAY: usize = 4;
/// Hashes of the first page, which goes alone, because nobody knows how large they are.
pub(crate) const FIRST_PAGE: usize = 16;
/// Hashes of a page at most: beyond that nothing is gained.
const LARGEST_PAGE: usize = 1000;
/// How many bytes a page should have, so that nothing waits long behind it.
const PAGE_BYTES: usize = 1 << 20;

/// How many the next page has, after one of so many with so many bytes. Step by step: later ones may be larger.
pub(crate) fn next_page(count: usize, bytes: usize) -> usize {
    (PAGE_BYTES * count / bytes.max(1)).clamp(1, LARGEST_PAGE.min(4 * count.max(1)))
}

/// Some tasks that were read.
pub(crate) struct Page {
    /// Nearly always one.
    pub(crate) chunks: Vec<Chunk>,
    /// Which of the keys have no hash any more.
    pub(crate) vanished: Vec<usize>,
}

impl Network {
    /// Reads tasks, and hands over page by page with its keys, until `take` breaks. What has been handed over counts also if this
    /// is given up then.
    pub(crate) async fn read_pages(
        &self,
        wanted: &Wanted,
        keys: &[String],
        mut take: impl FnMut(&[String], Page) -> ControlFlow<()> + Send,
    ) -> Result<()> {
        let link = self.inner.bulk().await?;
        let mut pages = FuturesOrdered::new();
        let (mut rest, mut size, mut on_their_way) = (keys, FIRST_PAGE, 1);
        loop {
            while pages.len() < on_their_way && !rest.is_empty() {
                let (page, later) = rest.split_at(size.min(rest.len()));
                rest = later;
                pages.push_back(async move { (page, link.send_all(&wanted.pipeline(page)).await) });
            }
            let Some((keys, values)) = pages.next().await else { return Ok(()) };
            let page = self.page(wanted, keys, wanted.hashes(values?))?;
            let bytes: usize = page.chunks.iter().map(Chunk::bytes).sum();
            size = next_page(keys.len(), bytes);
            on_their_way = ON_THEIR_WAY;
            if take(keys, page).is_break() {
                return Ok(());
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_grow_step_by_step_and_have_about_a_megabyte() {
        let grow = |bytes: usize| {
            let mut sizes = vec![FIRST_PAGE];
            for _ in 0..4 {
                let last = sizes[sizes.len() - 1];
                sizes.push(next_page(last, last * bytes));
            }
            sizes
        };
        assert_eq!(grow(10), [16, 64, 256, 1000, 1000]);
        assert_eq!(grow(20_000), [16, 52, 52, 52, 52]);
        assert_eq!(grow(5 << 20), [16, 1, 1, 1, 1]);
        assert_eq!(next_page(0, 0), 1);
    }
}
