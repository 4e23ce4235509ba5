//! A list of chunks that grows at its end.

use std::{ops::Range, sync::Arc};

use super::{chunk::Chunk, column_kind::Cases, columns::Source, data::Data};

/// Tasks that are added and never changed. Neighbours of similar size are made one, like the digits of a binary counter: adding
/// a task moves each of the others O(log n) times in all, and there are O(log n) chunks.
#[derive(Default)]
pub(crate) struct Chunks {
    chunks: Vec<Arc<Chunk>>,
    rows: usize,
}

impl Chunks {
    pub(crate) fn len(&self) -> usize {
        self.rows
    }

    pub(crate) fn append(&mut self, chunk: Chunk) {
        if chunk.len() == 0 {
            return;
        }
        self.rows += chunk.len();
        let mut last = chunk;
        while let Some(upper) = self.chunks.last()
            && upper.len() / 2 <= last.len()
            && let Some(both) = upper.below(&last)
        {
            self.chunks.pop();
            last = both;
        }
        self.chunks.push(Arc::new(last));
    }

    /// Some of the rows, which are shared.
    pub(crate) fn pieces(&self, rows: Range<usize>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut first = 0;
        for chunk in &self.chunks {
            let start = rows.start.clamp(first, first + chunk.len()) - first;
            let end = rows.end.clamp(first, first + chunk.len()) - first;
            if start < end {
                pieces.push(Piece { chunk: Arc::clone(chunk), start, len: end - start });
            }
            first += chunk.len();
        }
        pieces
    }
}

/// Some rows of a chunk.
#[derive(Clone)]
pub(crate) struct Piece {
    pub(crate) chunk: Arc<Chunk>,
    pub(crate) start: usize,
    pub(crate) len: usize,
}

impl Piece {
    pub(crate) fn whole(chunk: Chunk) -> Self {
        Self::shared(Arc::new(chunk))
    }

    pub(crate) fn shared(chunk: Arc<Chunk>) -> Self {
        Self { start: 0, len: chunk.len(), chunk }
    }

    pub(crate) fn rows(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// The columns that stand in these rows, and the cases in them.
    pub(crate) fn elements(&self) -> impl Iterator<Item = (Source, Cases)> {
        let whole = self.len == self.chunk.len();
        self.chunk.columns().iter().filter_map(move |column| {
            let source = Source::Element(column.part, Arc::clone(&column.name));
            if whole {
                return Some((source, column.cases));
            }
            let cases = column.data.slice(self.start, self.len).cases();
            let stands = cases != Cases::default() || column.has_null_in(self.start, self.len);
            stands.then_some((source, cases))
        })
    }

    /// A column of these rows.
    pub(crate) fn data(&self, source: &Source) -> Data {
        let slice = |data: &Data| data.slice(self.start, self.len);
        match source {
            Source::Element(part, name) => match self.chunk.column(*part, name) {
                Some(column) => slice(&column.data),
                None => Data::Missing(self.len),
            },
            Source::Condition => slice(&self.chunk.messages()),
            Source::WorkerId => slice(self.chunk.worker_ids()),
        }
    }
}
