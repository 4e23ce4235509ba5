//! The running tasks of the last fetch, so that the next one reads only what has begun since.
//!
//! Only tasks that were made as running are taken from it: they have no attempts, so nobody puts them back into a queue, and
//! nothing that is read of them changes while they run. Of a popped task the worker and the attempts can, so it is read each
//! time. Whether each task still has a hash is asked in the moment that lists them.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    Network, Result,
    hash_pages::Page,
    table::{Chunk, Piece},
    task_hash::Wanted,
};

/// So many tasks are kept, and so many bytes, at most: this is for workers that each run one.
const TASKS: usize = 10_000;
const BYTES: usize = 32 << 20;

/// What the workers of a process share. What is in it is replaced as a whole, so what does not run any more is forgotten.
#[derive(Default)]
pub(crate) struct RunningCache {
    last: Mutex<Option<(Wanted, Arc<Chunk>)>>,
}

impl RunningCache {
    /// Whether there are tasks of which the same was read.
    pub(crate) fn knows(&self, wanted: &Wanted) -> bool {
        self.last(wanted).is_some()
    }

    pub(crate) fn forget(&self) {
        self.replace(None);
    }

    fn last(&self, wanted: &Wanted) -> Option<Arc<Chunk>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(known, _)| known == wanted).map(|(_, chunk)| Arc::clone(chunk))
    }

    fn keep(&self, wanted: &Wanted, chunk: &Arc<Chunk>) {
        let worth = is_worth_keeping(std::slice::from_ref(&**chunk));
        self.replace(worth.then(|| (wanted.clone(), Arc::clone(chunk))));
    }

    fn replace(&self, last: Option<(Wanted, Arc<Chunk>)>) {
        let mut kept = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        // What was kept may be large: it goes when the lock has.
        let _before = std::mem::replace(&mut *kept, last);
        drop(kept);
    }
}

/// Whether they are small, and most of them can be taken the next time.
fn is_worth_keeping(chunks: &[Chunk]) -> bool {
    let sum = |of: fn(&Chunk) -> usize| chunks.iter().map(of).sum::<usize>();
    let tasks = sum(Chunk::len);
    tasks <= TASKS && sum(Chunk::bytes) <= BYTES && 2 * sum(Chunk::without_attempts) >= tasks
}

/// What was read: the pages, and how many hashes had vanished.
type Read = (Vec<Chunk>, usize);

impl Network {
    /// Running tasks in the order of their keys, of which so many have a hash as far as that was counted. None if they take
    /// more than `room`; else they take it up.
    pub(crate) async fn read_running(
        &self,
        wanted: &Wanted,
        keys: &[String],
        existing: usize,
        room: &mut usize,
    ) -> Result<Option<(Vec<Piece>, usize)>> {
        let cache = &self.inner.running;
        if existing == keys.len()
            && let Some(last) = cache.last(wanted)
        {
            let (rows, new) = last.places(keys);
            let Some((chunks, vanished)) = self.read_into(wanted, &new, *room).await? else {
                return Ok(None);
            };
            if vanished == 0
                && let Some(chunk) = last.followed_by(chunks, &rows)
            {
                let Some(left) = room.checked_sub(chunk.bytes()) else { return Ok(None) };
                *room = left;
                cache.keep(wanted, &chunk);
                return Ok(Some((vec![Piece::shared(chunk)], 0)));
            }
        }
        let Some((chunks, vanished)) = self.read_into(wanted, keys, *room).await? else { return Ok(None) };
        *room -= chunks.iter().map(Chunk::bytes).sum::<usize>();
        if vanished > 0 {
            cache.forget();
            return Ok(Some((chunks.into_iter().map(Piece::whole).collect(), vanished)));
        }
        Ok(Some((self.kept(wanted, chunks), 0)))
    }

    /// Keeps all that run as one chunk, if they are alike.
    fn kept(&self, wanted: &Wanted, chunks: Vec<Chunk>) -> Vec<Piece> {
        let cache = &self.inner.running;
        if !is_worth_keeping(&chunks) {
            cache.forget();
            return chunks.into_iter().map(Piece::whole).collect();
        }
        match Chunk::of_alike(chunks) {
            Ok(chunk) => {
                let chunk = Arc::new(chunk);
                cache.keep(wanted, &chunk);
                vec![Piece::shared(chunk)]
            }
            Err(chunks) => {
                cache.forget();
                chunks.into_iter().map(Piece::whole).collect()
            }
        }
    }

    /// None if they take more than `room`.
    async fn read_into(&self, wanted: &Wanted, keys: &[String], room: usize) -> Result<Option<Read>> {
        let (mut chunks, mut vanished, mut left) = (Vec::new(), 0, Some(room));
        if !keys.is_empty() {
            let take = |_: &[String], page: Page| {
                let bytes: usize = page.chunks.iter().map(Chunk::bytes).sum();
                left = left.and_then(|left| left.checked_sub(bytes));
                chunks.extend(page.chunks);
                vanished += page.vanished.len();
                if left.is_some() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            };
            Box::pin(self.read_pages(wanted, keys, take)).await?;
        }
        Ok(left.map(|_| (chunks, vanished)))
    }
}
