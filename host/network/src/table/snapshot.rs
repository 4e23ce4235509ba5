//! A snapshot of tasks.

use std::{fmt, sync::OnceLock};

use super::{
    chunk::ChunkBuilder,
    chunks::Piece,
    column_error::ColumnError,
    column_kind::ColumnKind,
    columns::{Column, columns},
    data::Data,
    parts::Parts,
};
use crate::{State, Task, TaskKey};

/// A snapshot of tasks. Cheap to clone: it shares what it holds, which never changes.
///
/// A column is an element of `xs`, `ys` or the extras. A name that stands in two of them becomes `xs.name`, `ys.name`, and so on.
/// After them come `condition` (its message) and `worker_id`, if they are wanted; should an element be called so as well, they
/// become `task.condition` and `task.worker_id`.
#[derive(Clone)]
pub struct Table {
    pieces: Vec<Piece>,
    parts: Parts,
    /// Found out when first needed.
    columns: OnceLock<std::sync::Arc<[Column]>>,
}

impl Table {
    pub(crate) fn new(pieces: Vec<Piece>, parts: Parts) -> Self {
        Self { pieces, parts, columns: OnceLock::new() }
    }

    /// A table of tasks that somebody has.
    pub fn from_tasks(tasks: Vec<Task>, parts: Parts) -> Self {
        let mut pieces = Vec::new();
        // One that is full is rare, and what comes after it mostly short.
        let mut builder = ChunkBuilder::with_capacity(tasks.len());
        for task in tasks {
            let parts = [&task.xs, &task.ys, &task.xs_extra, &task.ys_extra];
            if builder.is_full(parts.into_iter().map(Vec::len).sum()) {
                pieces.push(Piece::whole(
                    std::mem::replace(&mut builder, ChunkBuilder::with_capacity(0)).finish(),
                ));
            }
            builder.task(task);
        }
        if builder.len() > 0 {
            pieces.push(Piece::whole(builder.finish()));
        }
        Self::new(pieces, parts)
    }

    /// How many tasks it holds.
    pub fn len(&self) -> usize {
        self.pieces.iter().map(|piece| piece.len).sum()
    }

    /// Whether it holds no task.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names and kinds of the columns.
    pub fn columns(&self) -> Vec<(String, ColumnKind)> {
        self.all_columns().iter().map(|column| (column.name.clone(), column.cases.kind())).collect()
    }

    /// The keys of the tasks.
    pub fn keys(&self) -> Vec<TaskKey> {
        let stored = |piece: &Piece, row| TaskKey::stored(piece.chunk.keys().value(row).to_owned());
        self.pieces.iter().flat_map(|piece| piece.rows().map(move |row| stored(piece, row))).collect()
    }

    /// The states of the tasks at the moment of the snapshot.
    pub fn states(&self) -> Vec<State> {
        self.pieces.iter().flat_map(|piece| &piece.chunk.states()[piece.rows()]).copied().collect()
    }

    /// Some of the tasks, as many as there are; parts that are not wanted are empty. The elements of a task stand in the order
    /// of the columns.
    pub fn rows(&self, start: usize, len: usize) -> Vec<Task> {
        let mut tasks = Vec::with_capacity(len.min(self.len().saturating_sub(start)));
        tasks.extend(self.iter_rows(start, len));
        tasks
    }

    /// The same one after the other, each made when it is asked for.
    pub fn iter_rows(&self, start: usize, len: usize) -> impl Iterator<Item = Task> {
        let end = start.saturating_add(len).min(self.len());
        let mut first = 0;
        self.pieces.iter().flat_map(move |piece| {
            let from = start.clamp(first, first + piece.len) - first;
            let to = end.clamp(first, first + piece.len) - first;
            first += piece.len;
            let rows = piece.start + from..piece.start + to;
            rows.map(move |row| piece.chunk.task(row, self.parts))
        })
    }

    /// What this table holds on to: chunks of tasks, by a number that names each, and about how many bytes each takes. Two tables
    /// that hold the same chunk share its memory.
    pub fn chunks(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.pieces.iter().map(|piece| (std::sync::Arc::as_ptr(&piece.chunk).addr(), piece.chunk.bytes()))
    }

    /// What the names of its columns take, at most: each table has a list of them of its own once it was asked for any.
    pub fn name_bytes(&self) -> usize {
        let columns = self.pieces.iter().flat_map(|piece| piece.chunk.columns());
        columns.map(|column| column.name.len()).sum()
    }

    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    pub(super) fn all_columns(&self) -> &[Column] {
        self.columns.get_or_init(|| columns(&self.pieces, self.parts).into())
    }

    pub(super) fn column(&self, name: &str) -> Result<&Column, ColumnError> {
        self.all_columns().iter().find(|column| column.name == name).ok_or_else(|| ColumnError::Unknown {
            name: name.to_owned(),
            known: self.all_columns().iter().map(|column| column.name.clone()).collect(),
        })
    }

    /// The values of a column, piece by piece.
    pub(super) fn data<'a>(&'a self, column: &'a Column) -> impl Iterator<Item = Data> + 'a {
        self.pieces.iter().map(|piece| piece.data(&column.source))
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Table")
            .field("len", &self.len())
            .field("columns", &self.columns())
            .finish_non_exhaustive()
    }
}
