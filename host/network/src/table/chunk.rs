//! Tasks that never change: keys, states, and a column for each element.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{Array as _, StringArray, builder::StringBuilder};
use arrow_select::concat::concat;

use super::{
    building::DataBuilder,
    column_kind::Cases,
    data::Data,
    parts::{Part, Parts},
};
use crate::{Condition, Field, Fields, State, Task, TaskKey, Value, WorkerId};

/// An arrow array of texts holds 2 GiB; chunks stay well below, with room for the largest value of Redis.
const MAX_BYTES: usize = 1 << 30;
/// A column has a cell for each task of its chunk, also where nothing stands. Tasks with names of their own would have as many columns as
/// tasks, so a chunk with more cells than this must have a value in one of [`CELLS_PER_VALUE`].
const SMALL: usize = 1 << 13;
const CELLS_PER_VALUE: usize = 8;
/// So many columns get room for all tasks that are expected; more are rarely filled.
const COLUMNS_WITH_ROOM: usize = 64;

fn is_sparse(columns: usize, rows: usize, values: usize) -> bool {
    let cells = columns.saturating_mul(rows);
    cells > SMALL && cells / CELLS_PER_VALUE > values
}

/// Some tasks, as columns of one length.
pub(crate) struct Chunk {
    pub(super) keys: StringArray,
    pub(super) states: Vec<State>,
    pub(super) attempts: Vec<u32>,
    pub(super) columns: Vec<ChunkColumn>,
    /// Of each task, or nothing if none has one.
    pub(super) conditions: Vec<Option<Condition>>,
    pub(super) worker_ids: Data,
    /// What its values take, about.
    pub(super) bytes: usize,
    /// How many there are.
    pub(super) values: usize,
    /// In each task the elements that it has stand in the order of the columns, from the first on.
    pub(super) alike: bool,
}

/// An element of a part.
#[derive(Clone)]
pub(crate) struct ChunkColumn {
    pub(crate) part: Part,
    pub(crate) name: Arc<str>,
    pub(crate) data: Data,
    pub(crate) cases: Cases,
    /// Rows in which a missing value was written; in the other missing ones nothing stands.
    pub(super) nulls: Vec<u32>,
}

impl ChunkColumn {
    /// Whether a missing value was written somewhere in these rows.
    pub(crate) fn has_null_in(&self, start: usize, len: usize) -> bool {
        let from = self.nulls.partition_point(|row| (*row as usize) < start);
        self.nulls.get(from).is_some_and(|row| (*row as usize) < start + len)
    }

    fn is_written(&self, row: usize) -> bool {
        !self.data.is_missing(row) || self.has_null_in(row, 1)
    }
}

impl Chunk {
    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// What it takes in memory, about: values, names and empty cells.
    pub(crate) fn bytes(&self) -> usize {
        let empty = (self.columns.len() * self.len()).saturating_sub(self.values);
        self.bytes + 8 * empty + self.columns.iter().map(|column| 128 + column.name.len()).sum::<usize>()
    }

    pub(crate) fn keys(&self) -> &StringArray {
        &self.keys
    }

    pub(crate) fn states(&self) -> &[State] {
        &self.states
    }

    pub(crate) fn columns(&self) -> &[ChunkColumn] {
        &self.columns
    }

    pub(crate) fn column(&self, part: Part, name: &str) -> Option<&ChunkColumn> {
        self.columns.iter().find(|column| column.part == part && *column.name == *name)
    }

    pub(crate) fn worker_ids(&self) -> &Data {
        &self.worker_ids
    }

    /// The messages of the conditions.
    pub(crate) fn messages(&self) -> Data {
        if self.conditions.is_empty() {
            return Data::Missing(self.len());
        }
        let message = |condition: &Condition| Value::Text(condition.message.clone());
        self.conditions.iter().map(|condition| condition.as_ref().map_or(Value::Null, message)).collect()
    }

    pub(crate) fn task(&self, row: usize, parts: Parts) -> Task {
        let fields = |part| -> Fields {
            if !parts.wants(part) {
                return Fields::new();
            }
            let written = |column: &&ChunkColumn| column.part == part && column.is_written(row);
            let columns = self.columns.iter().filter(written);
            columns.map(|column| Field::new(&*column.name, column.data.value(row))).collect()
        };
        let condition = self.conditions.get(row).filter(|_| parts.condition);
        let worker_id = match self.worker_ids.value(row) {
            Value::Text(id) if parts.worker_id => Some(WorkerId::stored(id)),
            _ => None,
        };
        Task {
            key: TaskKey::stored(self.keys.value(row).to_owned()),
            state: self.states[row],
            xs: fields(Part::Xs),
            ys: fields(Part::Ys),
            xs_extra: fields(Part::XsExtra),
            ys_extra: fields(Part::YsExtra),
            condition: condition.cloned().flatten(),
            worker_id,
            attempt: self.attempts[row],
        }
    }

    /// Both in one, the other one's tasks last. None if that would be too large, or nearly empty.
    pub(crate) fn below(&self, other: &Self) -> Option<Self> {
        let bytes = self.bytes + other.bytes;
        let rows = self.len() + other.len();
        if bytes > MAX_BYTES || u32::try_from(rows).is_err() {
            return None;
        }
        let mut lower: HashMap<(Part, &str), &ChunkColumn> =
            other.columns.iter().map(|column| ((column.part, &*column.name), column)).collect();
        let shared =
            self.columns.iter().filter(|upper| lower.contains_key(&(upper.part, &*upper.name))).count();
        let values = self.values + other.values;
        if is_sparse(self.columns.len() + other.columns.len() - shared, rows, values) {
            return None;
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        for upper in &self.columns {
            let lower = lower.remove(&(upper.part, &*upper.name));
            let missing = Data::Missing(other.len());
            let data = upper.data.below(lower.map_or(&missing, |lower| &lower.data))?;
            let cases = lower.map_or(upper.cases, |lower| upper.cases.join(lower.cases));
            let mut nulls = upper.nulls.clone();
            nulls.extend(lower.into_iter().flat_map(|lower| self.shifted(&lower.nulls)));
            columns.push(ChunkColumn { data, cases, nulls, ..upper.clone() });
        }
        for column in &other.columns {
            if lower.contains_key(&(column.part, &*column.name)) {
                let data = Data::Missing(self.len()).below(&column.data)?;
                let nulls = self.shifted(&column.nulls).collect();
                columns.push(ChunkColumn { data, nulls, ..column.clone() });
            }
        }
        let keys = concat(&[&self.keys, &other.keys]).ok()?;
        Some(Self {
            keys: StringArray::from(keys.to_data()),
            states: [&*self.states, &*other.states].concat(),
            attempts: [&*self.attempts, &*other.attempts].concat(),
            columns,
            conditions: self.conditions_above(other),
            worker_ids: self.worker_ids.below(&other.worker_ids)?,
            bytes,
            values,
            alike: self.alike && other.alike && self.has_columns_of(other),
        })
    }

    fn has_columns_of(&self, other: &Self) -> bool {
        let same = |(upper, lower): (&ChunkColumn, &ChunkColumn)| {
            upper.part == lower.part && *upper.name == *lower.name
        };
        self.columns.len() == other.columns.len() && self.columns.iter().zip(&other.columns).all(same)
    }

    /// Rows of another chunk, as they are called when it stands below this one.
    fn shifted<'a>(&self, rows: &'a [u32]) -> impl Iterator<Item = u32> + use<'a> {
        let by = row_number(self.len());
        rows.iter().map(move |row| row + by)
    }

    fn conditions_above(&self, other: &Self) -> Vec<Option<Condition>> {
        if self.conditions.is_empty() && other.conditions.is_empty() {
            return Vec::new();
        }
        let mut conditions = self.conditions.clone();
        conditions.resize(self.len(), None);
        conditions.extend_from_slice(&other.conditions);
        conditions.resize(self.len() + other.len(), None);
        conditions
    }
}

/// What a value takes, about.
pub(super) fn size(value: &Value) -> usize {
    // Texts may be many and empty.
    let texts = if let Value::Texts(texts) = value { 8 * texts.len() } else { 0 };
    8 + value.size() + texts
}

pub(super) fn row_number(row: usize) -> u32 {
    u32::try_from(row).expect("a chunk is closed long before it has so many rows")
}

/// Makes a chunk, task by task.
pub(crate) struct ChunkBuilder {
    /// Tasks that are expected.
    capacity: usize,
    keys: StringBuilder,
    states: Vec<State>,
    attempts: Vec<u32>,
    columns: Vec<ColumnBuilder>,
    names: HashMap<Part, HashMap<Arc<str>, usize>>,
    /// Where the next field stands if the tasks are alike.
    next: usize,
    conditions: Vec<Option<Condition>>,
    worker_ids: DataBuilder,
    bytes: usize,
    values: usize,
    alike: bool,
}

struct ColumnBuilder {
    part: Part,
    name: Arc<str>,
    data: DataBuilder,
    nulls: Vec<u32>,
}

impl ChunkBuilder {
    pub(crate) fn with_capacity(tasks: usize) -> Self {
        Self {
            capacity: tasks,
            keys: StringBuilder::with_capacity(tasks, 36 * tasks),
            states: Vec::with_capacity(tasks),
            attempts: Vec::with_capacity(tasks),
            columns: Vec::new(),
            names: HashMap::new(),
            next: 0,
            conditions: Vec::new(),
            worker_ids: DataBuilder::with_capacity(tasks),
            bytes: 0,
            values: 0,
            alike: true,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether it should be finished before the next task, which has so many elements.
    pub(crate) fn is_full(&self, elements: usize) -> bool {
        let (columns, rows) = (self.columns.len().saturating_add(elements), self.len() + 1);
        let sparse = rows > 1 && is_sparse(columns, rows, self.values.saturating_add(elements));
        sparse || self.bytes > MAX_BYTES / 2 || self.len() >= 1 << 24
    }

    /// Begins a task; what is added belongs to it.
    pub(crate) fn begin(&mut self, key: &str, state: State) {
        self.keys.append_value(key);
        self.states.push(state);
        self.attempts.push(0);
        self.next = 0;
        self.bytes += key.len();
    }

    pub(crate) fn attempt(&mut self, attempt: u32) {
        if let Some(last) = self.attempts.last_mut() {
            *last = attempt;
        }
    }

    pub(crate) fn worker_id(&mut self, id: String) {
        let row = self.row();
        self.bytes += id.len();
        self.worker_ids.missing(row - self.worker_ids.len());
        self.worker_ids.push(Value::Text(id));
    }

    pub(crate) fn condition(&mut self, condition: Condition) {
        self.bytes += condition.kind.len() + condition.message.len();
        self.bytes +=
            condition.details.iter().map(|field| field.name.len() + size(&field.value)).sum::<usize>();
        self.conditions.resize(self.row(), None);
        self.conditions.push(Some(condition));
    }

    /// Adds an element; a name that the part has already is left out, because only another writer makes that.
    pub(crate) fn field(&mut self, part: Part, name: &str, value: Value) {
        let row = self.row();
        let index = self.index(part, name);
        self.alike &= index == self.next;
        self.next = index + 1;
        let column = &mut self.columns[index];
        if column.data.len() > row {
            return;
        }
        self.bytes += size(&value);
        self.values += 1;
        column.data.missing(row - column.data.len());
        if value == Value::Null {
            column.nulls.push(row_number(row));
        }
        column.data.push(value);
    }

    /// The task that is being added.
    fn row(&self) -> usize {
        self.states.len().saturating_sub(1)
    }

    fn index(&mut self, part: Part, name: &str) -> usize {
        let likely = self.columns.get(self.next);
        if likely.is_some_and(|column| column.part == part && *column.name == *name) {
            return self.next;
        }
        let names = self.names.entry(part).or_default();
        if let Some(index) = names.get(name) {
            return *index;
        }
        let name: Arc<str> = name.into();
        let index = self.columns.len();
        names.insert(Arc::clone(&name), index);
        let data = DataBuilder::with_capacity(if index < COLUMNS_WITH_ROOM { self.capacity } else { 1 });
        self.columns.push(ColumnBuilder { part, name, data, nulls: Vec::new() });
        index
    }

    pub(crate) fn task(&mut self, task: Task) {
        self.begin(task.key.as_str(), task.state);
        self.attempt(task.attempt);
        let parts = [task.xs, task.ys, task.xs_extra, task.ys_extra];
        for (part, fields) in Part::ALL.into_iter().zip(parts) {
            for field in fields {
                self.field(part, &field.name, field.value);
            }
        }
        if let Some(condition) = task.condition {
            self.condition(condition);
        }
        if let Some(id) = task.worker_id {
            self.worker_id(id.as_str().to_owned());
        }
    }

    pub(crate) fn finish(mut self) -> Chunk {
        let rows = self.len();
        let columns = self.columns.into_iter().map(|mut column| {
            column.data.missing(rows - column.data.len());
            let data = column.data.finish();
            let cases = data.cases();
            ChunkColumn { part: column.part, name: column.name, data, cases, nulls: column.nulls }
        });
        self.worker_ids.missing(rows - self.worker_ids.len());
        if !self.conditions.is_empty() {
            self.conditions.resize(rows, None);
        }
        Chunk {
            keys: self.keys.finish(),
            columns: columns.collect(),
            states: self.states,
            attempts: self.attempts,
            conditions: self.conditions,
            worker_ids: self.worker_ids.finish(),
            bytes: self.bytes,
            values: self.values,
            alike: self.alike,
        }
    }
}
