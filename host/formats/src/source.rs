//! A file of tasks: looked at as a whole, then read a batch at a time.

use std::collections::HashSet;

use bytes::Bytes;
use rush_network::Fields;

use crate::{
    Column, Format, Options, ReadError,
    read::{Columnar, Csv, JsonLines},
};

/// So many tasks are made at a time, and pushed in one call.
pub const BATCH: usize = 10_000;

/// A file of tasks whose types are known.
#[derive(Debug)]
pub struct Source {
    reader: Reader,
    columns: Vec<Column>,
    rows: u64,
}

#[derive(Debug)]
enum Reader {
    Csv(Csv),
    JsonLines(JsonLines),
    Columnar(Columnar),
}

impl Source {
    /// Looks at all of a file's content, and infers what its columns are. `file` is what errors call it.
    pub fn open(file: &str, bytes: Bytes, format: Format, options: &Options) -> Result<Self, ReadError> {
        let (reader, (found, rows)) = match format {
            Format::Csv => {
                let csv = Csv::new(file, &bytes, options)?;
                let columns = csv.columns()?;
                (Reader::Csv(csv), columns)
            }
            Format::Jsonl => {
                let lines = JsonLines::new(file, bytes)?;
                let columns = lines.columns()?;
                (Reader::JsonLines(lines), columns)
            }
            Format::Parquet | Format::Arrow => {
                let columnar = Columnar::new(file, bytes, format)?;
                let columns = columnar.columns(&options.columns)?;
                (Reader::Columnar(columnar), columns)
            }
            Format::Json => return Err(ReadError::Document { file: file.to_owned() }),
        };
        let columns = choose(file, found, &options.columns)?;
        Ok(Self { reader, columns, rows })
    }

    /// What was found: the columns that were asked for.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The tasks, at most [`BATCH`] at a time.
    pub fn tasks(&self) -> impl Iterator<Item = Result<Vec<Fields>, ReadError>> + '_ {
        self.tasks_after(0)
    }

    /// How many tasks there are.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The tasks after so many rows, at most [`BATCH`] at a time.
    pub fn tasks_after(&self, rows: u64) -> impl Iterator<Item = Result<Vec<Fields>, ReadError>> + '_ {
        let tasks: Box<dyn Iterator<Item = Result<Fields, ReadError>> + '_> = match &self.reader {
            Reader::Csv(csv) => Box::new(csv.tasks(&self.columns)),
            Reader::JsonLines(lines) => Box::new(lines.tasks(&self.columns)),
            Reader::Columnar(columnar) => columnar.tasks(&self.columns),
        };
        let mut tasks = tasks.skip(usize::try_from(rows).unwrap_or(usize::MAX));
        std::iter::from_fn(move || {
            let batch: Result<Vec<Fields>, ReadError> = tasks.by_ref().take(BATCH).collect();
            match batch {
                Ok(batch) if batch.is_empty() => None,
                batch => Some(batch),
            }
        })
    }
}

/// The columns that are wanted, each once, in that order.
fn choose(file: &str, found: Vec<Column>, wanted: &[String]) -> Result<Vec<Column>, ReadError> {
    if wanted.is_empty() {
        return Ok(found);
    }
    let column = |name: &String| {
        found.iter().find(|column| column.name == *name).cloned().ok_or_else(|| ReadError::NoColumn {
            file: file.to_owned(),
            name: name.clone(),
            known: found.iter().map(|column| column.name.clone()).collect(),
        })
    };
    let mut names = HashSet::new();
    wanted.iter().filter(|name| names.insert(name.as_str())).map(column).collect()
}
