//! Tasks as columns.
//!
//! A [`Table`] is a list of immutable chunks that it shares with other tables; a chunk holds a column for each element of its
//! tasks, as arrow arrays. Nothing is copied before somebody asks for a column.

mod alike;
mod building;
mod chunk;
mod chunks;
mod column_error;
mod column_kind;
mod columns;
mod data;
mod json;
mod parts;
mod record_batch;
mod snapshot;
mod typed;

pub(crate) use chunk::{Chunk, ChunkBuilder};
pub(crate) use chunks::{Chunks, Piece};
pub use column_error::ColumnError;
pub use column_kind::ColumnKind;
pub(crate) use parts::Part;
pub use parts::Parts;
pub use snapshot::Table;
pub use typed::Factor;

#[cfg(test)]
mod tests;
