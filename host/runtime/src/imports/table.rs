//! `rush:worker/tasks`, resource `table`: snapshots that the host holds. A column goes to the guest in one piece.

use rush_network::{ColumnError, ColumnKind, Condition, Factor, Field, Table, Task};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, LinkerInstance, Lower, Resource, ResourceType};

use super::convert;
use crate::answer::Answer;
use crate::bindings::rush::worker::{
    tasks::{Factor as WitFactor, Kind},
    types as wit,
};
use crate::guest::Guest;

/// Rows are made so many at a time.
const PAGE: usize = 1_000;
/// What records take in the guest's memory at least, without what they point to: a task, a named value, a value, a text.
const TASK: usize = 96;
const FIELD: usize = 24;
const VALUE: usize = 16;
const TEXT: usize = 8;
/// The text of a key.
const KEY: usize = 36;

pub(super) fn add_to_linker(tasks: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    tasks.resource("table", ResourceType::host::<Table>(), |mut store, rep| {
        store.data_mut().drop_table(Resource::new_own(rep))
    })?;
    whole(tasks, "[method]table.len", 0, |table| length(table.len()))?;
    whole(tasks, "[method]table.columns", 0, columns)?;
    whole(tasks, "[method]table.keys", TEXT + KEY, |table| convert::wit_keys(table.keys()))?;
    whole(tasks, "[method]table.states", 1, |table| {
        table.states().into_iter().map(convert::wit_state).collect::<Vec<_>>()
    })?;
    column(tasks, "[method]table.numbers", size_of::<f64>(), Table::numbers)?;
    column(tasks, "[method]table.integers", size_of::<i64>(), Table::integers)?;
    column(tasks, "[method]table.booleans", size_of::<bool>(), Table::booleans)?;
    column(tasks, "[method]table.texts", size_of::<i32>(), |table, name| table.texts(name).map(wit_factor))?;
    column(tasks, "[method]table.values", VALUE, |table, name| {
        let values = table.values(name)?;
        Ok(values.into_iter().map(convert::wit_value).collect::<Vec<_>>())
    })?;
    column(tasks, "[method]table.valid", size_of::<bool>(), Table::valid)?;
    tasks.func_wrap(
        "[method]table.rows",
        |store: StoreContextMut<'_, Guest>, (table, start, len): (Resource<Table>, u32, u32)| {
            Ok((rows(store.data(), &table, start, len)?,))
        },
    )?;
    tasks
        .func_wrap("[method]table.json", |store: StoreContextMut<'_, Guest>, (table,): (Resource<Table>,)| {
            Ok((json(store.data(), &table)?,))
        })
}

/// Links a method that tells something of each row, `each` bytes at least.
fn whole<Answered>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &'static str,
    each: usize,
    method: impl Fn(&Table) -> Answered + Send + Sync + 'static,
) -> wasmtime::Result<()>
where
    Answered: 'static,
    (Answered,): ComponentNamedList + Lower,
{
    tasks.func_wrap(name, move |store: StoreContextMut<'_, Guest>, (table,): (Resource<Table>,)| {
        let (table, mut answer) = (store.data().held(&table)?, answer(store.data(), name));
        answer.add(table.len().saturating_mul(each))?;
        Ok((method(table),))
    })
}

/// Links a method that gives a column, `each` bytes a row at least.
fn column<Item>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &'static str,
    each: usize,
    method: impl Fn(&Table, &str) -> Result<Item, ColumnError> + Send + Sync + 'static,
) -> wasmtime::Result<()>
where
    Item: 'static,
    (Result<Item, wit::Error>,): ComponentNamedList + Lower,
{
    tasks.func_wrap(
        name,
        move |store: StoreContextMut<'_, Guest>, (table, column): (Resource<Table>, String)| {
            let (table, mut answer) = (store.data().held(&table)?, answer(store.data(), name));
            answer.add(table.len().saturating_mul(each))?;
            Ok((method(table, &column).map_err(|error| convert::error(error.into())),))
        },
    )
}

fn rows(guest: &Guest, table: &Resource<Table>, start: u32, len: u32) -> wasmtime::Result<Vec<wit::Task>> {
    let (table, mut answer) = (guest.held(table)?, answer(guest, "[method]table.rows"));
    let start = start as usize;
    let end = start.saturating_add(len as usize).min(table.len());
    let mut rows = Vec::new();
    for page in (start..end).step_by(PAGE) {
        for task in table.rows(page, PAGE.min(end - page)) {
            answer.add(size(&task))?;
            rows.push(convert::wit_task(task));
        }
    }
    Ok(rows)
}

fn json(guest: &Guest, table: &Resource<Table>) -> wasmtime::Result<String> {
    let (table, mut answer) = (guest.held(table)?, answer(guest, "[method]table.json"));
    // Its values are in the table already; what multiplies are the names: `,"x":0`.
    let names: usize = table.columns().iter().map(|(name, _)| name.len() + 5).sum();
    answer.add(table.len().saturating_mul(KEY + names))?;
    Ok(table.json())
}

/// An answer of a method, which must fit into the guest's memory.
fn answer(guest: &Guest, method: &'static str) -> Answer {
    Answer::of(method.trim_start_matches("[method]"), guest.limiter.memory_limit())
}

/// What a task takes in the guest's memory, at least.
fn size(task: &Task) -> usize {
    let fields = |fields: &[Field]| -> usize {
        fields.iter().map(|field| FIELD + field.name.len() + field.value.size()).sum()
    };
    let condition = |condition: &Condition| condition.message.len() + fields(&condition.details);
    let lists = [&task.xs, &task.ys, &task.xs_extra, &task.ys_extra];
    TASK + KEY
        + lists.into_iter().map(|list| fields(list)).sum::<usize>()
        + task.condition.as_ref().map_or(0, condition)
}

fn length(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn columns(table: &Table) -> Vec<(String, Kind)> {
    let kind = |kind| match kind {
        ColumnKind::Number => Kind::Number,
        ColumnKind::Integer => Kind::Integer,
        ColumnKind::Boolean => Kind::Boolean,
        ColumnKind::Text => Kind::Text,
        ColumnKind::Mixed => Kind::Mixed,
    };
    table.columns().into_iter().map(|(name, column)| (name, kind(column))).collect()
}

fn wit_factor(factor: Factor) -> WitFactor {
    WitFactor { levels: factor.levels, codes: factor.codes }
}
