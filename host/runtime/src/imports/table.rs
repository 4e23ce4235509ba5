//! `rush:worker/tasks`, resource `table`: snapshots that the host holds. A column goes to the guest in one piece.

use rush_network::{ColumnError, ColumnKind, Table};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, LinkerInstance, Lower, Resource, ResourceType};

use super::{convert, size};
use crate::answer::{Answer, TooLarge};
use crate::bindings::rush::worker::{
    tasks::{Factor as WitFactor, Kind},
    types as wit,
};
use crate::guest::Guest;

pub(super) fn add_to_linker(tasks: &mut LinkerInstance<'_, Guest>) -> wasmtime::Result<()> {
    tasks.resource("table", ResourceType::host::<Table>(), |mut store, rep| {
        store.data_mut().drop_table(Resource::new_own(rep))
    })?;
    tasks.func_wrap(
        "[method]table.len",
        |store: StoreContextMut<'_, Guest>, (table,): (Resource<Table>,)| {
            Ok((u32::try_from(store.data().held(&table)?.len()).unwrap_or(u32::MAX),))
        },
    )?;
    whole(tasks, "[method]table.columns", columns)?;
    whole(tasks, "[method]table.keys", |table, answer| {
        answer.add(table.len().saturating_mul(size::TEXT + size::KEY))?;
        Ok(convert::wit_keys(table.keys()))
    })?;
    whole(tasks, "[method]table.states", |table, answer| {
        answer.add(table.len())?;
        Ok(table.states().into_iter().map(convert::wit_state).collect::<Vec<_>>())
    })?;
    whole(tasks, "[method]table.json", |table, answer| {
        table.json_within(answer.room()).ok_or_else(|| answer.too_large())
    })?;
    plain_column(tasks, "[method]table.numbers", Table::numbers)?;
    plain_column(tasks, "[method]table.integers", Table::integers)?;
    plain_column(tasks, "[method]table.booleans", Table::booleans)?;
    plain_column(tasks, "[method]table.valid", Table::valid)?;
    column(tasks, "[method]table.texts", size_of::<i32>(), texts)?;
    column(tasks, "[method]table.values", size::VALUE, values)?;
    tasks.func_wrap(
        "[method]table.rows",
        |store: StoreContextMut<'_, Guest>, (table, start, len): (Resource<Table>, u32, u32)| {
            Ok((rows(store.data(), &table, start, len)?,))
        },
    )
}

/// Links a method that tells something of the whole table. It has no `result`, so an answer that cannot fit ends the loop.
fn whole<Answered>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &'static str,
    method: impl Fn(&Table, &mut Answer) -> Result<Answered, TooLarge> + Send + Sync + 'static,
) -> wasmtime::Result<()>
where
    Answered: 'static,
    (Answered,): ComponentNamedList + Lower,
{
    tasks.func_wrap(name, move |store: StoreContextMut<'_, Guest>, (table,): (Resource<Table>,)| {
        let (table, mut answer) = (store.data().held(&table)?, answer(store.data(), name));
        Ok((method(table, &mut answer)?,))
    })
}

/// Links a method that gives a column whose items all have the same size.
fn plain_column<Item>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &'static str,
    method: impl Fn(&Table, &str) -> Result<Vec<Item>, ColumnError> + Send + Sync + 'static,
) -> wasmtime::Result<()>
where
    Item: 'static,
    (Result<Vec<Item>, wit::Error>,): ComponentNamedList + Lower,
{
    column(tasks, name, size_of::<Item>(), move |table, column, _| method(table, column).map_err(refused))
}

/// Links a method that gives a column, `each` bytes a row and what `method` adds. That it cannot fit is for the guest to handle.
fn column<Item>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &'static str,
    each: usize,
    method: impl Fn(&Table, &str, &mut Answer) -> Result<Item, wit::Error> + Send + Sync + 'static,
) -> wasmtime::Result<()>
where
    Item: 'static,
    (Result<Item, wit::Error>,): ComponentNamedList + Lower,
{
    tasks.func_wrap(
        name,
        move |store: StoreContextMut<'_, Guest>, (table, column): (Resource<Table>, String)| {
            let (table, mut answer) = (store.data().held(&table)?, answer(store.data(), name));
            let fits = answer.add(table.len().saturating_mul(each)).map_err(convert::too_large);
            Ok((fits.and_then(|()| method(table, &column, &mut answer)),))
        },
    )
}

fn columns(table: &Table, answer: &mut Answer) -> Result<Vec<(String, Kind)>, TooLarge> {
    let columns = table.columns();
    answer.add(columns.iter().map(|(name, _)| size::COLUMN + name.len()).sum())?;
    let kind = |kind| match kind {
        ColumnKind::Number => Kind::Number,
        ColumnKind::Integer => Kind::Integer,
        ColumnKind::Boolean => Kind::Boolean,
        ColumnKind::Text => Kind::Text,
        ColumnKind::Mixed => Kind::Mixed,
    };
    Ok(columns.into_iter().map(|(name, column)| (name, kind(column))).collect())
}

fn texts(table: &Table, name: &str, answer: &mut Answer) -> Result<WitFactor, wit::Error> {
    let mut fits = Ok(());
    let factor = table.texts_while(name, |level| {
        fits = answer.add(size::TEXT + level.len());
        fits.is_ok()
    });
    let factor = factor.map_err(refused)?.unwrap_or_default();
    fits.map_err(convert::too_large)?;
    Ok(WitFactor { levels: factor.levels, codes: factor.codes })
}

fn values(table: &Table, name: &str, answer: &mut Answer) -> Result<Vec<wit::Value>, wit::Error> {
    let mut values = Vec::with_capacity(table.len());
    for value in table.iter_values(name).map_err(refused)? {
        answer.add(size::content(&value)).map_err(convert::too_large)?;
        values.push(convert::wit_value(value));
    }
    Ok(values)
}

fn rows(guest: &Guest, table: &Resource<Table>, start: u32, len: u32) -> wasmtime::Result<Vec<wit::Task>> {
    let (table, mut answer) = (guest.held(table)?, answer(guest, "[method]table.rows"));
    let mut rows = Vec::new();
    for task in table.iter_rows(start as usize, len as usize) {
        answer.add(size::task(&task))?;
        rows.push(convert::wit_task(task));
    }
    Ok(rows)
}

fn refused(error: ColumnError) -> wit::Error {
    convert::error(error.into())
}

/// An answer of a method, which must fit into the guest's memory.
fn answer(guest: &Guest, method: &'static str) -> Answer {
    Answer::of(method.trim_start_matches("[method]"), guest.memory_limit())
}
