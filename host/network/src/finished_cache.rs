//! The finished tasks that this process has read. They never change, so each is read once, whichever of its workers asks.

use std::sync::{
    PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use tokio::sync::{Mutex, MutexGuard};

use crate::{
    Parts, Table,
    hash_pages::Page,
    table::{Chunks, Piece},
};

/// What the workers of a process share.
#[derive(Default)]
pub(crate) struct FinishedCache {
    cached: Mutex<Cached>,
    /// How many times somebody has begun to read what is new.
    begun: AtomicU64,
    /// Somebody wants that what is cached is read anew.
    forget: AtomicBool,
    /// Held by the one of the waiting workers that looks next.
    pub(crate) turn: Mutex<()>,
    /// How long it waits before it looks, in microseconds.
    pub(crate) pause: AtomicU64,
}

/// The finished tasks up to a moment. It is changed in one go, between two awaits: whoever gives up leaves it whole.
#[derive(Default)]
pub(crate) struct Cached {
    chunks: Chunks,
    /// How many entries of the list have been read.
    known: usize,
    /// Entries whose hashes had vanished, so that they have no row.
    vanished: Vec<usize>,
    /// The last entry that was ever read of this network: if it is not in its place, the network was reset.
    last: Option<Entry>,
    /// How many networks of this name came before this one, as far as it was noticed.
    era: u64,
    /// The number of the reading on its way, or of the last one.
    reading: u64,
    /// The last reading that was complete.
    complete: u64,
}

/// An entry of the list of finished tasks.
pub(crate) struct Entry {
    pub(crate) index: usize,
    pub(crate) key: String,
}

/// Up to where a worker has been given the finished tasks.
#[derive(Debug, Default)]
pub(crate) struct Cursor {
    era: u64,
    entries: usize,
}

impl FinishedCache {
    /// Waits for the cache. It is up to date if a reading is complete that began after this was called.
    pub(crate) async fn lock(&self) -> (MutexGuard<'_, Cached>, bool) {
        let begun = self.begun.load(Ordering::SeqCst);
        let cached = self.cached.lock().await;
        let up_to_date = cached.complete > begun;
        (cached, up_to_date)
    }

    /// A reading begins.
    pub(crate) fn begin(&self, cached: &mut Cached) {
        cached.reading = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        if self.forget.swap(false, Ordering::SeqCst) {
            cached.forget();
        }
    }

    /// Lets everything be read anew.
    pub(crate) fn forget(&self) {
        self.forget.store(true, Ordering::SeqCst);
        // Should somebody hold it, the next reading sees to it.
        if let Ok(mut cached) = self.cached.try_lock()
            && self.forget.swap(false, Ordering::SeqCst)
        {
            cached.forget();
        }
    }
}

impl Cached {
    pub(crate) fn known(&self) -> usize {
        self.known
    }

    pub(crate) fn last(&self) -> Option<&Entry> {
        self.last.as_ref()
    }

    /// Whether the last entry that was read stands at the end of what is known.
    pub(crate) fn last_known(&self) -> Option<&Entry> {
        self.last.as_ref().filter(|last| last.index + 1 == self.known)
    }

    pub(crate) fn vanished(&self) -> usize {
        self.vanished.len()
    }

    fn forget(&mut self) {
        // Whoever waits for the lock must not take what is left for up to date.
        self.complete = 0;
        self.chunks = Chunks::default();
        self.vanished.clear();
        self.known = 0;
    }

    /// The network was reset.
    pub(crate) fn restart(&mut self) {
        self.forget();
        self.last = None;
        self.era += 1;
    }

    /// Takes the next entries of the list.
    pub(crate) fn add(&mut self, keys: &[String], page: Page) {
        for chunk in page.chunks {
            self.chunks.append(chunk);
        }
        self.vanished.extend(page.vanished.into_iter().map(|index| self.known + index));
        self.known += keys.len();
        if let Some(key) = keys.last()
            && self.last.as_ref().is_none_or(|last| last.index < self.known)
        {
            self.last = Some(Entry { index: self.known - 1, key: key.clone() });
        }
    }

    /// All entries are known.
    pub(crate) fn complete(&mut self) {
        self.complete = self.reading;
    }

    /// The tasks of so many entries.
    pub(crate) fn pieces(&self, entries: usize) -> Vec<Piece> {
        self.chunks.pieces(0..self.row(entries))
    }

    pub(crate) fn table(&self, parts: Parts) -> Table {
        Table::new(self.pieces(self.known), parts)
    }

    /// The tasks that this cursor has not been given; none leaves a cursor where it is but for vanished ones.
    pub(crate) fn take_new(&self, cursor: &std::sync::Mutex<Cursor>, parts: Parts) -> Table {
        let mut cursor = cursor.lock().unwrap_or_else(PoisonError::into_inner);
        let given = if cursor.era == self.era { cursor.entries.min(self.known) } else { 0 };
        *cursor = Cursor { era: self.era, entries: self.known };
        Table::new(self.chunks.pieces(self.row(given)..self.chunks.len()), parts)
    }

    /// The row of an entry, or of the next one that has a row.
    fn row(&self, entry: usize) -> usize {
        entry - self.vanished.partition_point(|vanished| *vanished < entry)
    }
}

impl Cursor {
    /// What was given is forgotten.
    pub(crate) fn rewind(cursor: &std::sync::Mutex<Self>) {
        cursor.lock().unwrap_or_else(PoisonError::into_inner).entries = 0;
    }
}
