//! Tables: snapshots of tasks, column by column.

use std::ops::{Bound, RangeBounds};

use serde::de::DeserializeOwned;

use crate::{
    Error, Factor, Field, Key, Result, State, Task, Value, backend::BackendTable,
    bindings::rush::worker::tasks::Kind, from_fields, names,
};

/// So many rows at once are plenty to make the calls cheap, and never much memory.
const PAGE: u32 = 1_000;

/// A snapshot of tasks, which [`Worker::fetch`](crate::Worker::fetch) and
/// [`Worker::fetch_new`](crate::Worker::fetch_new) give. The host holds it; a column is copied when it is asked for,
/// which for 10,000 numbers takes a few microseconds.
///
/// Each element of `xs`, `ys` and the extras is a column. A name that stands in two of them becomes `xs.name` and
/// `ys.name`; condition (its message) and worker id are the columns `condition` and `worker_id`.
///
/// What a table holds counts against the memory that the run file allows the loop, so drop tables that are no longer needed.
///
/// ```
/// # use rush_worker::{ColumnKind, Parts, Result, prelude::*, testing::TestNetwork};
/// # fn main() -> Result<()> {
/// # let worker = TestNetwork::new().worker();
/// #[derive(Serialize)]
/// struct Point { x1: f64, kernel: &'static str }
/// #[derive(Serialize)]
/// struct Outcome { y: f64 }
///
/// worker.push_finished(
///     &[Point { x1: 0.5, kernel: "rbf" }, Point { x1: 1.0, kernel: "linear" }],
///     &[Outcome { y: 3.0 }, Outcome { y: 2.0 }],
/// )?;
///
/// let table = worker.fetch(&[State::Finished], Parts::default())?;
/// assert_eq!(table.numbers("x1")?, [0.5, 1.0]);
/// assert_eq!(table.numbers("y")?, [3.0, 2.0]);
/// assert_eq!(table.texts("kernel")?.get(1), Some("linear"));
/// assert_eq!(table.columns()[0], ("x1".to_owned(), ColumnKind::Number));
///
/// // Or rows, with those columns that the type names.
/// #[derive(Deserialize)]
/// struct Seen { kernel: String, y: f64 }
///
/// let best = table.rows_as::<Seen>()?.into_iter().min_by(|a, b| a.y.total_cmp(&b.y));
/// assert_eq!(best.map(|row| row.kernel).as_deref(), Some("linear"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Table {
    backend: BackendTable,
}

impl Table {
    pub(crate) fn new(backend: BackendTable) -> Self {
        Self { backend }
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.backend.len() as usize
    }

    /// Whether there are no tasks.
    pub fn is_empty(&self) -> bool {
        self.backend.len() == 0
    }

    /// The names of the columns in their order, and what each holds.
    pub fn columns(&self) -> Vec<(String, Kind)> {
        self.backend.columns()
    }

    /// The key of each task.
    pub fn keys(&self) -> Vec<Key> {
        self.backend.keys().into_iter().map(Key::from).collect()
    }

    /// The state of each task.
    pub fn states(&self) -> Vec<State> {
        self.backend.states()
    }

    /// A column of numbers or of integers. Missing is NaN; [`valid`](Self::valid) tells it from a NaN that was computed.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>> {
        Ok(self.backend.numbers(name)?)
    }

    /// A column of integers. Missing is 0; [`valid`](Self::valid) tells.
    pub fn integers(&self, name: &str) -> Result<Vec<i64>> {
        Ok(self.backend.integers(name)?)
    }

    /// A column of booleans. Missing is false; [`valid`](Self::valid) tells.
    pub fn booleans(&self, name: &str) -> Result<Vec<bool>> {
        Ok(self.backend.booleans(name)?)
    }

    /// A column of texts.
    pub fn texts(&self, name: &str) -> Result<Factor> {
        Ok(self.backend.texts(name)?)
    }

    /// Any column, value by value. Missing is [`Value::Null`].
    pub fn values(&self, name: &str) -> Result<Vec<Value>> {
        Ok(self.backend.values(name)?)
    }

    /// Where any column has a value: false is missing.
    pub fn valid(&self, name: &str) -> Result<Vec<bool>> {
        Ok(self.backend.valid(name)?)
    }

    /// Some of the tasks, clipped to what is there; the parts that were not fetched are empty.
    ///
    /// ```
    /// # use rush_worker::{Parts, Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().worker();
    /// # worker.push(&[(), (), ()])?;
    /// let table = worker.fetch(&[State::Queued], Parts::XS)?;
    /// assert_eq!(table.tasks(1..).len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn tasks(&self, range: impl RangeBounds<usize>) -> Vec<Task> {
        let len = self.len();
        let start = match range.start_bound() {
            Bound::Included(&start) => start,
            Bound::Excluded(&before) => before.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&last) => last.saturating_add(1),
            Bound::Excluded(&end) => end,
            Bound::Unbounded => len,
        };
        let end = end.min(len);
        let row = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        self.rows(row(start), row(end.saturating_sub(start)))
    }

    /// All tasks, one after the other; the host is asked for some at a time.
    ///
    /// ```
    /// # use rush_worker::{Parts, Result, prelude::*, testing::TestNetwork};
    /// # fn main() -> Result<()> {
    /// # let worker = TestNetwork::new().worker();
    /// # worker.push_failed(&[()], &["singular".into()])?;
    /// for task in worker.fetch(&[State::Failed], Parts::CONDITION)?.iter() {
    ///     warn!("{}: {}", task.key, task.condition.map(|condition| condition.message).unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = Task> {
        (0..self.backend.len()).step_by(PAGE as usize).flat_map(|start| self.rows(start, PAGE))
    }

    /// The rows as a type of yours. A struct gets the columns that it names, anything else (a map) all of them; a
    /// column that may be missing, wholly or in some rows, is an `Option`.
    pub fn rows_as<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        let names = names::of::<T>();
        let mut columns = Vec::new();
        for (name, _) in self.columns() {
            if names.is_none_or(|names| names.contains(&name.as_str())) {
                let values = self.values(&name)?.into_iter();
                columns.push((name, values));
            }
        }
        (0..self.len())
            .map(|row| {
                let field = |(name, values): &mut (String, std::vec::IntoIter<Value>)| Field {
                    name: name.clone(),
                    value: values.next().unwrap_or(Value::Null),
                };
                let fields = columns.iter_mut().map(field).collect();
                from_fields(fields).map_err(|error| Error::from(error.in_row(row)))
            })
            .collect()
    }

    /// The whole table as a JSON array of objects: key, state and the columns. NaN and the infinities are texts, missing is
    /// null.
    pub fn json(&self) -> String {
        self.backend.json()
    }

    fn rows(&self, start: u32, len: u32) -> Vec<Task> {
        self.backend.rows(start, len).into_iter().map(Task::from).collect()
    }
}
