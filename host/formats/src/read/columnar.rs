//! Parquet and Arrow files: the types stand in the file.

use std::io::Cursor;

use arrow_array::RecordBatch;
use arrow_ipc::reader::FileReader;
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rush_network::{Field, Fields};

use crate::{BATCH, Cells, Column, Format, ReadError, column::example};

#[derive(Debug)]
pub(crate) struct Columnar {
    file: String,
    bytes: Bytes,
    format: Format,
}

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>>;

impl Columnar {
    pub(crate) fn new(file: &str, bytes: Bytes, format: Format) -> Result<Self, ReadError> {
        if bytes.is_empty() {
            return Err(ReadError::Empty { file: file.to_owned() });
        }
        Ok(Self { file: file.to_owned(), bytes, format })
    }

    fn broken(&self, cause: &dyn ToString) -> ReadError {
        let format = if self.format == Format::Arrow { "Arrow" } else { "Parquet" };
        ReadError::Binary { file: self.file.clone(), format, cause: cause.to_string() }
    }

    fn batches(&self) -> Result<(SchemaRef, Batches), ReadError> {
        if self.format == Format::Arrow {
            let reader = FileReader::try_new(Cursor::new(self.bytes.clone()), None);
            let reader = reader.map_err(|error| self.broken(&error))?;
            return Ok((reader.schema(), Box::new(reader)));
        }
        let builder = ParquetRecordBatchReaderBuilder::try_new(self.bytes.clone());
        let builder = builder.map_err(|error| self.broken(&error))?;
        let schema = builder.schema().clone();
        let reader = builder.with_batch_size(BATCH).build().map_err(|error| self.broken(&error))?;
        Ok((schema, Box::new(reader)))
    }

    /// What the columns that are wanted are, and how many tasks there are. The whole file is read once, so that a broken part
    /// is found now.
    pub(crate) fn columns(&self, wanted: &[String]) -> Result<(Vec<Column>, u64), ReadError> {
        let (schema, batches) = self.batches()?;
        let is_wanted = |name: &String| wanted.is_empty() || wanted.contains(name);
        let mut columns: Vec<Option<Column>> = schema.fields().iter().map(|_| None).collect();
        let mut rows = 0;
        for batch in batches.chain([Ok(RecordBatch::new_empty(schema.clone()))]) {
            let batch = batch.map_err(|error| self.broken(&error))?;
            rows += batch.num_rows() as u64;
            for ((field, array), column) in schema.fields().iter().zip(batch.columns()).zip(&mut columns) {
                if !is_wanted(field.name()) {
                    continue;
                }
                let cells = self.cells(array, field)?;
                let column = column.get_or_insert_with(|| Column {
                    name: field.name().clone(),
                    kind: cells.kind(),
                    missing: 0,
                    example: None,
                });
                column.missing += array.logical_null_count() as u64;
                if column.example.is_none() {
                    let nulls = array.logical_nulls();
                    let is_valid = |row: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*row));
                    let first = (0..array.len()).find(is_valid);
                    column.example = first.map(|row| example(&cells.value(row)));
                }
            }
        }
        let columns: Vec<Column> = columns.into_iter().flatten().collect();
        for (index, column) in columns.iter().enumerate() {
            if columns.iter().skip(index + 1).any(|other| other.name == column.name) {
                let name = column.name.clone();
                return Err(ReadError::Repeated { file: self.file.clone(), line: 1, name });
            }
        }
        Ok((columns, rows))
    }

    fn cells<'a>(
        &self,
        array: &'a dyn arrow_array::Array,
        field: &'a arrow_schema::Field,
    ) -> Result<Cells<'a>, ReadError> {
        Cells::new(array, field).map_err(|_| ReadError::Type {
            file: self.file.clone(),
            name: field.name().clone(),
            data_type: field.data_type().to_string(),
        })
    }

    /// The tasks of each batch, with these columns.
    pub(crate) fn tasks(
        &self,
        columns: &[Column],
    ) -> Box<dyn Iterator<Item = Result<Fields, ReadError>> + '_> {
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let (schema, batches) = match self.batches() {
            Ok(opened) => opened,
            Err(error) => return Box::new(std::iter::once(Err(error))),
        };
        // A batch of an Arrow file may be all of it.
        let slices = batches.flat_map(|batch| -> Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>>> {
            match batch {
                Ok(batch) => {
                    let starts = (0..batch.num_rows()).step_by(BATCH);
                    Box::new(
                        starts.map(move |start| Ok(batch.slice(start, BATCH.min(batch.num_rows() - start)))),
                    )
                }
                error @ Err(_) => Box::new(std::iter::once(error)),
            }
        });
        Box::new(slices.flat_map(move |slice| {
            let tasks = slice
                .map_err(|error| self.broken(&error))
                .and_then(|slice| self.tasks_of(&schema, &slice, &names));
            match tasks {
                Ok(tasks) => tasks.into_iter().map(Ok).collect::<Vec<_>>(),
                Err(error) => vec![Err(error)],
            }
        }))
    }

    fn tasks_of(
        &self,
        schema: &SchemaRef,
        slice: &RecordBatch,
        names: &[String],
    ) -> Result<Vec<Fields>, ReadError> {
        let mut columns = Vec::with_capacity(names.len());
        for name in names {
            if let Some((place, field)) = schema.column_with_name(name) {
                columns.push((name, self.cells(slice.column(place).as_ref(), field)?));
            }
        }
        let task = |row: usize| {
            columns.iter().map(|(name, cells)| Field::new(name.as_str(), cells.value(row))).collect()
        };
        Ok((0..slice.num_rows()).map(task).collect())
    }
}
