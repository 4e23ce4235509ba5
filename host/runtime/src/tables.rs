//! What the tables of a guest keep alive in the host.

use std::collections::HashMap;
use std::fmt;

use rush_network::Table;

use crate::bytes_text::BytesText;

/// Tables that a guest may hold at once. Each has a few kilobytes of its own, whatever it shares with others.
pub(crate) const MAX_TABLES: usize = 1_000;

/// Counts what the tables of one guest hold on to: names of columns, and chunks of tasks, each once, however many of its tables share it. (A chunk that the whole
/// process shares as well is counted too, because it lives on with the guest's table when the process has newer ones.)
///
/// While the tables hold more than the guest's own memory may be, there are no further ones: so a guest takes at most its limit
/// and one table. Of queued, running and failed tasks that is read no further than to the same limit. Finished ones have no other
/// bound than the network's data: they are the host's own, which each process reads once, whichever of its guests asks.
#[derive(Debug, Default)]
pub(crate) struct Tables {
    count: usize,
    /// By chunk: how many tables hold it, and its bytes.
    chunks: HashMap<usize, (usize, u64)>,
    bytes: u64,
}

/// Why there is no further table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoRoom {
    Tables,
    Bytes {
        held: u64,
        limit: u64,
    },
    /// For this table alone.
    One {
        limit: u64,
    },
}

impl fmt::Display for NoRoom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tables => write!(
                formatter,
                "this loop holds {MAX_TABLES} tables, as many as it may; drop those that are no longer needed"
            ),
            Self::Bytes { held, limit } => write!(
                formatter,
                "the tables that this loop holds take {}, more than its memory limit of {}; drop those that are no longer needed, \
                 or raise `memory` in its limits",
                BytesText(*held),
                BytesText(*limit)
            ),
            Self::One { limit } => write!(
                formatter,
                "the queued, running and failed tasks that were asked for take more than this loop's memory limit of {}; \
                 fetch fewer states or parts at once, or raise `memory` in its limits",
                BytesText(*limit)
            ),
        }
    }
}

impl Tables {
    /// Asked before there is another one.
    pub(crate) fn check_room(&self, limit: u64) -> Result<(), NoRoom> {
        if self.count >= MAX_TABLES {
            Err(NoRoom::Tables)
        } else if self.bytes > limit {
            Err(NoRoom::Bytes { held: self.bytes, limit })
        } else {
            Ok(())
        }
    }

    pub(crate) fn add(&mut self, table: &Table) {
        self.count += 1;
        self.bytes += table.name_bytes() as u64;
        for (chunk, bytes) in table.chunks() {
            let (tables, held) = self.chunks.entry(chunk).or_insert((0, bytes as u64));
            if *tables == 0 {
                self.bytes += *held;
            }
            *tables += 1;
        }
    }

    pub(crate) fn remove(&mut self, table: &Table) {
        self.count -= 1;
        self.bytes -= table.name_bytes() as u64;
        for (chunk, _) in table.chunks() {
            let Some((tables, held)) = self.chunks.get_mut(&chunk) else { continue };
            *tables -= 1;
            if *tables == 0 {
                self.bytes -= *held;
                self.chunks.remove(&chunk);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{Parts, State, Task, TaskKey, fields};

    use super::*;

    fn table() -> Table {
        let key = TaskKey::parse("00000000-0000-4000-8000-000000000001", "").unwrap();
        let task = Task {
            key,
            state: State::Finished,
            xs: fields! { "x" => "x".repeat(1_000) },
            ys: fields! {},
            xs_extra: fields! {},
            ys_extra: fields! {},
            condition: None,
            worker_id: None,
            attempt: 0,
        };
        Table::from_tasks(vec![task], Parts::ALL)
    }

    #[test]
    fn what_tables_share_counts_once() {
        let (table, other) = (table(), table());
        let mut tables = Tables::default();
        tables.add(&table);
        let one = tables.bytes;
        assert!(one >= 1_000);
        tables.add(&table.clone());
        assert_eq!(tables.bytes, one + 1, "but for the name of the column");
        tables.add(&other);
        assert!(tables.bytes > one + 1_000);
        assert_eq!(tables.check_room(one), Err(NoRoom::Bytes { held: tables.bytes, limit: one }));
        tables.remove(&table);
        tables.remove(&other);
        assert_eq!((tables.bytes, tables.check_room(one)), (one, Ok(())));
        tables.remove(&table);
        assert_eq!((tables.bytes, tables.count, tables.chunks.len()), (0, 0, 0));
    }

    #[test]
    fn handles_are_counted_whatever_they_hold() {
        let (table, mut tables) = (Table::from_tasks(Vec::new(), Parts::NONE), Tables::default());
        for _ in 0..MAX_TABLES {
            assert_eq!(tables.check_room(0), Ok(()));
            tables.add(&table);
        }
        assert_eq!(tables.check_room(0), Err(NoRoom::Tables));
    }
}
