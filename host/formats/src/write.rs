//! Tasks into files.

use std::io::{self, Write};

use arrow_array::RecordBatch;
use arrow_ipc::writer::FileWriter;
use arrow_schema::ArrowError;
use parquet::{
    arrow::ArrowWriter, basic::Compression, errors::ParquetError, file::properties::WriterProperties,
};
use serde::{Serializer as _, ser::SerializeSeq as _};
use serde_json::{Map, Value as Json};

use crate::{Cells, Format};

/// A file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// What is written to refuses.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A column that cannot be written.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
    /// A column that cannot be written as Parquet.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

impl From<WriteError> for io::Error {
    /// What the operating system said, or what the library did.
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Io(error) | WriteError::Arrow(ArrowError::IoError(_, error)) => error,
            other => Self::other(other),
        }
    }
}

/// Writes all rows of a record batch.
pub fn write(batch: &RecordBatch, format: Format, out: &mut (dyn Write + Send)) -> Result<(), WriteError> {
    match format {
        Format::Parquet => {
            let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
            let mut writer = ArrowWriter::try_new(out, batch.schema(), Some(properties))?;
            writer.write(batch)?;
            writer.close()?;
            Ok(())
        }
        Format::Arrow => {
            let mut writer = FileWriter::try_new(out, &batch.schema())?;
            writer.write(batch)?;
            writer.finish()?;
            Ok(())
        }
        Format::Json | Format::Jsonl | Format::Csv => {
            let schema = batch.schema();
            let columns: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
            let cells = schema.fields().iter().zip(batch.columns());
            let cells = cells.map(|(field, array)| Cells::new(array, field));
            let cells: Vec<Cells<'_>> = cells.collect::<Result<_, _>>()?;
            let rows = (0..batch.num_rows()).map(|row| cells.iter().map(|cells| cells.json(row)).collect());
            write_rows(&columns, rows, format, out)
        }
    }
}

/// Writes rows that have a value for each of the columns, in a format that is text.
pub fn write_rows(
    columns: &[String],
    rows: impl Iterator<Item = Vec<Json>>,
    format: Format,
    out: &mut (dyn Write + Send),
) -> Result<(), WriteError> {
    let mut objects = rows.map(|row| columns.iter().cloned().zip(row).collect::<Map<String, Json>>());
    match format {
        Format::Jsonl => objects.try_for_each(|object| {
            serde_json::to_writer(&mut *out, &object).map_err(io::Error::from)?;
            Ok(out.write_all(b"\n")?)
        }),
        Format::Json => {
            let mut serializer = serde_json::Serializer::pretty(&mut *out);
            let written = serializer.serialize_seq(None).and_then(|mut list| {
                objects.try_for_each(|object| list.serialize_element(&object))?;
                list.end()
            });
            written.map_err(io::Error::from)?;
            Ok(out.write_all(b"\n")?)
        }
        Format::Csv => {
            // A row without columns would be a row with one empty value.
            if columns.is_empty() {
                return Ok(());
            }
            let mut writer = csv::Writer::from_writer(&mut *out);
            let mut write = |row: Vec<String>| writer.write_record(row).map_err(io_error);
            write(columns.to_vec())?;
            objects.try_for_each(|object| write(object.iter().map(|(_, value)| plain(value)).collect()))?;
            Ok(writer.flush()?)
        }
        Format::Parquet | Format::Arrow => {
            let message = format!("{format} is not text");
            Err(io::Error::new(io::ErrorKind::InvalidInput, message).into())
        }
    }
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A cell of CSV: texts as they are, missing ones empty, the rest as JSON.
fn plain(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
