//! Tasks as rows: what `tasks`, reports and results files show, all of them from one record batch.

use std::{
    collections::{HashMap, HashSet},
    io,
    sync::Arc,
};

use arrow_array::{Array as _, ArrayRef, RecordBatch, StringArray, new_empty_array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use rush_formats::{Cells, Format};
use rush_network::{Condition, State, Table, fields_to_json};
use serde_json::Value;

use crate::{
    failure::Failure,
    print::{records::Record, task::summary},
};

/// What the column of conditions is called; the latter if an element has taken the former.
const CONDITION: [&str; 2] = ["condition", "task.condition"];

/// Rows of tasks: `key`, `state`, `worker_id`, then the elements of xs, ys and the extras as columns, then `condition`, if one
/// of the tasks has one.
#[derive(Debug, Clone)]
pub(crate) struct TaskRows {
    batch: RecordBatch,
}

impl TaskRows {
    /// The rows of a table that has all parts.
    pub(crate) fn of(table: &Table) -> Result<Self, Failure> {
        Ok(Self { batch: arranged(table).map_err(Failure::internal)? })
    }

    pub(crate) fn len(&self) -> usize {
        self.batch.num_rows()
    }

    /// The names of the columns.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|field| field.name().clone()).collect()
    }

    /// The rows in the order of a column, the least first; what is missing or not a number is last in any direction. Nothing if
    /// there is no such column.
    pub(crate) fn sorted(&self, column: &str, descending: bool) -> Result<Option<Self>, Failure> {
        let schema = self.batch.schema();
        let Some((place, field)) = schema.column_with_name(column) else { return Ok(None) };
        let cells = Cells::new(self.batch.column(place), field).map_err(Failure::internal)?;
        self.take(&rush_formats::order(&cells, descending)).map(Some)
    }

    /// The last row first.
    pub(crate) fn reversed(&self) -> Result<Self, Failure> {
        self.take(&(0..self.len()).rev().collect::<Vec<_>>())
    }

    fn take(&self, rows: &[usize]) -> Result<Self, Failure> {
        Ok(Self { batch: rush_formats::take(&self.batch, rows).map_err(Failure::internal)? })
    }

    /// At most so many rows, the first ones.
    pub(crate) fn limited(&self, rows: usize) -> Self {
        Self { batch: self.batch.slice(0, rows.min(self.len())) }
    }

    /// These columns, each once, in this order. One that is not there is skipped; without tasks nobody knows what is there, so
    /// then each is.
    pub(crate) fn chosen(&self, columns: &[String]) -> Result<Self, Failure> {
        let schema = self.batch.schema();
        let mut names = HashSet::new();
        let mut chosen: Vec<(Arc<Field>, ArrayRef)> = Vec::with_capacity(columns.len());
        for name in columns.iter().filter(|name| names.insert(name.as_str())) {
            match schema.column_with_name(name) {
                Some((place, field)) => {
                    chosen.push((Arc::new(field.clone()), Arc::clone(self.batch.column(place))));
                }
                None if self.len() == 0 => {
                    let field = Field::new(name, DataType::Null, true);
                    chosen.push((Arc::new(field), new_empty_array(&DataType::Null)));
                }
                None => {}
            }
        }
        let (fields, arrays): (Vec<_>, Vec<_>) = chosen.into_iter().unzip();
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(Failure::internal)?;
        Ok(Self { batch })
    }

    /// The rows for a table.
    pub(crate) fn records(&self) -> Result<Vec<Record>, Failure> {
        let schema = self.batch.schema();
        let cells = schema.fields().iter().zip(self.batch.columns());
        let cells: Vec<(&String, Cells<'_>)> = cells
            .map(|(field, array)| Ok((field.name(), Cells::new(array, field)?)))
            .collect::<Result<_, ArrowError>>()
            .map_err(Failure::internal)?;
        let record = |row| cells.iter().map(|(name, cells)| ((*name).clone(), cells.json(row))).collect();
        Ok((0..self.len()).map(record).collect())
    }

    /// The same with conditions that can be read: the kind and the message. `tasks --key` shows the rest.
    pub(crate) fn records_for_people(&self) -> Result<Vec<Record>, Failure> {
        let mut records = self.records()?;
        for record in &mut records {
            for name in CONDITION {
                let Some(cell) = record.get_mut(name) else { continue };
                if let (Some(kind), Some(message)) = (cell["kind"].as_str(), cell["message"].as_str()) {
                    *cell = summary(kind, message).into();
                }
            }
        }
        Ok(records)
    }

    /// Writes all rows.
    pub(crate) fn write(&self, format: Format, out: &mut (dyn io::Write + Send)) -> io::Result<()> {
        let mut out = io::BufWriter::new(out);
        rush_formats::write(&self.batch, format, &mut out)?;
        io::Write::flush(&mut out)
    }
}

/// The table's batch in the order in which we show columns; conditions as JSON objects, if there are any.
fn arranged(table: &Table) -> Result<RecordBatch, ArrowError> {
    let batch = table.record_batch()?;
    let schema = batch.schema();
    // After key and state come the elements; the last two are condition and worker.
    let elements = 2..batch.num_columns().saturating_sub(2);
    let (condition, worker) = (elements.end, elements.end + 1);
    let mut places = vec![0, 1, worker];
    places.extend(elements);
    let mut fields: Vec<Arc<Field>> =
        places.iter().map(|place| Arc::clone(&schema.fields()[*place])).collect();
    let mut columns: Vec<ArrayRef> = places.iter().map(|place| Arc::clone(batch.column(*place))).collect();
    if batch.column(condition).logical_null_count() < batch.num_rows() {
        let name = schema.field(condition).name();
        let is_json = HashMap::from([("rush:json".to_owned(), "true".to_owned())]);
        let texts = StringArray::from(conditions(table));
        fields.push(Arc::new(Field::new(name, texts.data_type().clone(), true).with_metadata(is_json)));
        columns.push(Arc::new(texts));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// The conditions of the failed tasks, by row.
fn conditions(table: &Table) -> Vec<Option<String>> {
    let states = table.states().into_iter().enumerate();
    let condition = |(row, state): (usize, State)| {
        let task = (state == State::Failed).then(|| table.rows(row, 1).pop()).flatten();
        task.and_then(|task| task.condition).map(|condition| shown(&condition).to_string())
    };
    states.map(condition).collect()
}

fn shown(condition: &Condition) -> Value {
    let mut shown = Record::new();
    shown.insert("kind".into(), condition.kind.clone().into());
    shown.insert("message".into(), condition.message.clone().into());
    if !condition.details.is_empty() {
        shown.insert("details".into(), Value::Object(fields_to_json(&condition.details)));
    }
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use rush_network::{Fields, Parts, Task, fields};

    use super::*;

    const KEY: &str = "2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001";

    fn task(state: State, xs: Fields, ys: Fields) -> Task {
        let key = rush_network::TaskKey::parse(KEY, "").unwrap();
        let empty = Fields::new;
        Task {
            key,
            state,
            xs,
            ys,
            xs_extra: empty(),
            ys_extra: empty(),
            condition: None,
            worker_id: None,
            attempt: 0,
        }
    }

    fn rows(tasks: impl Into<Vec<Task>>) -> TaskRows {
        TaskRows::of(&Table::from_tasks(tasks.into(), Parts::ALL)).unwrap()
    }

    fn jsonl(rows: &TaskRows) -> Vec<String> {
        let mut out = Vec::new();
        rows.write(Format::Jsonl, &mut out).unwrap();
        String::from_utf8(out).unwrap().replace(KEY, "K").lines().map(str::to_owned).collect()
    }

    #[test]
    fn names_that_meet_get_their_list_in_front() {
        let tasks = [
            task(State::Finished, fields! { "x" => 1.0, "y" => 2.0 }, fields! { "y" => 3.0 }),
            task(State::Running, fields! { "x" => 4.0 }, Fields::new()),
        ];
        assert_eq!(
            jsonl(&rows(tasks)),
            [
                r#"{"key":"K","state":"finished","worker_id":null,"x":1.0,"xs.y":2.0,"ys.y":3.0}"#,
                r#"{"key":"K","state":"running","worker_id":null,"x":4.0,"xs.y":null,"ys.y":null}"#,
            ]
        );
    }

    #[test]
    fn a_condition_says_why() {
        let mut failed = task(State::Failed, Fields::new(), Fields::new());
        failed.condition = Some(Condition::new("lost", "gone"));
        let rows = rows([task(State::Queued, Fields::new(), Fields::new()), failed]);
        assert_eq!(
            jsonl(&rows)[1],
            r#"{"key":"K","state":"failed","worker_id":null,"condition":{"kind":"lost","message":"gone"}}"#
        );
        let records = rows.records_for_people().unwrap();
        assert_eq!(
            (&records[0]["condition"], &records[1]["condition"]),
            (&Value::Null, &"lost: gone".into())
        );
    }

    #[test]
    fn the_least_first_and_what_is_missing_last() {
        let ys = [2.0, f64::NAN, -1.0, f64::INFINITY].map(|y| fields! { "y" => y });
        let ys = ys.into_iter().chain([Fields::new()]);
        let rows = rows(ys.map(|ys| task(State::Finished, Fields::new(), ys)).collect::<Vec<_>>());
        let order = |descending| {
            let sorted = rows.sorted("y", descending).unwrap().unwrap();
            let records = sorted.records().unwrap();
            records.iter().map(|record| record["y"].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(order(false), ["-1.0", "2.0", "\"Inf\"", "\"NaN\"", "null"]);
        assert_eq!(order(true), ["\"Inf\"", "2.0", "-1.0", "\"NaN\"", "null"]);
        assert!(rows.sorted("nowhere", false).unwrap().is_none());
    }
}
