//! Chunks whose tasks are all alike: the same elements, in the same order. Their rows can be chosen and put in any order, and are then
//! what would have been read so.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{StringArray, UInt32Array, cast::AsArray as _};
use arrow_select::take::take;

use super::chunk::{Chunk, ChunkColumn, row_number, size};
use crate::{Value, table::data::Data};

impl Chunk {
    fn is_alike(&self) -> bool {
        // No cell is empty then.
        self.alike && self.values == self.columns.len() * self.len() && self.conditions.is_empty()
    }

    /// How many tasks have no attempts.
    pub(crate) fn without_attempts(&self) -> usize {
        self.attempts.iter().filter(|attempts| **attempts == 0).count()
    }

    /// All of these as one, unless their tasks are not alike.
    pub(crate) fn of_alike(mut chunks: Vec<Self>) -> Result<Self, Vec<Self>> {
        let one = match chunks.as_slice() {
            [one] if one.is_alike() => return Ok(chunks.remove(0)),
            [] | [_] => None,
            [first, second, rest @ ..] => first
                .below(second)
                .filter(Self::is_alike)
                .and_then(|upper| rest.iter().try_fold(upper, |upper, lower| upper.below(lower))),
        };
        one.filter(Self::is_alike).ok_or(chunks)
    }

    /// In which rows these tasks stand, and which of them have none: those without attempts count alone. The others get the rows that
    /// follow.
    pub(crate) fn places(&self, keys: &[String]) -> (Vec<u32>, Vec<String>) {
        let known: HashMap<&str, u32> = (0..self.len())
            .filter(|row| self.attempts[*row] == 0)
            .map(|row| (self.keys.value(row), row_number(row)))
            .collect();
        let mut new = Vec::new();
        let mut rows = Vec::with_capacity(keys.len());
        for key in keys {
            rows.push(known.get(key.as_str()).copied().unwrap_or_else(|| {
                new.push(key.clone());
                row_number(self.len() + new.len() - 1)
            }));
        }
        (rows, new)
    }

    /// These rows of this chunk with the others below it. None if not all tasks are alike.
    pub(crate) fn followed_by(self: &Arc<Self>, below: Vec<Self>, rows: &[u32]) -> Option<Arc<Self>> {
        if below.is_empty() {
            let same = rows.len() == self.len() && rows.iter().copied().eq(0..row_number(self.len()));
            return if same { Some(Arc::clone(self)) } else { self.chosen(rows).map(Arc::new) };
        }
        let both = self.below(&Self::of_alike(below).ok()?)?;
        if both.is_alike() { both.chosen(rows).map(Arc::new) } else { None }
    }

    /// These rows, of tasks that are alike.
    fn chosen(&self, rows: &[u32]) -> Option<Self> {
        let indices = UInt32Array::from(rows.to_vec());
        let mut columns = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            let data = column.data.chosen(&indices)?;
            // Each that is missing was written, because no cell is empty.
            let nulls = if column.nulls.is_empty() {
                Vec::new()
            } else {
                (0..data.len()).filter(|row| data.is_missing(*row)).map(row_number).collect()
            };
            columns.push(ChunkColumn { cases: data.cases(), data, nulls, ..column.clone() });
        }
        let keys: StringArray = take(&self.keys, &indices, None).ok()?.as_string::<i32>().clone();
        let worker_ids = self.worker_ids.chosen(&indices)?;
        let ids = worker_ids.values().map(|id| if let Value::Text(id) = id { id.len() } else { 0 });
        let values = columns.iter().flat_map(|column| column.data.values());
        let bytes =
            keys.value_data().len() + ids.sum::<usize>() + values.map(|value| size(&value)).sum::<usize>();
        let states = rows.iter().map(|row| self.states[*row as usize]).collect();
        let attempts = rows.iter().map(|row| self.attempts[*row as usize]).collect();
        Some(Self {
            keys,
            states,
            attempts,
            values: columns.len() * rows.len(),
            columns,
            conditions: Vec::new(),
            worker_ids,
            bytes,
            alike: true,
        })
    }
}

impl Data {
    fn chosen(&self, rows: &UInt32Array) -> Option<Self> {
        match self {
            Self::Missing(_) => Some(Self::Missing(rows.len())),
            Self::Single(case, array) => Some(Self::Single(*case, take(array, rows, None).ok()?)),
            Self::Numeric { .. } | Self::Mixed(_) => {
                Some(rows.values().iter().map(|row| self.value(*row as usize)).collect())
            }
        }
    }
}
