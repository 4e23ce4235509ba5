//! A table as one arrow record batch: the same data, for whoever writes files.

use std::{collections::HashMap, sync::Arc};

use arrow_array::{
    Array, ArrayRef, Float64Array, RecordBatch, RecordBatchOptions, StringArray, new_null_array,
};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use arrow_select::concat::concat;

use super::{
    column_kind::Case,
    columns::Column,
    data::{Data, number},
    snapshot::Table,
};
use crate::{Value, value_to_json};

/// Says of a field of text that it holds JSON.
const IS_JSON: &str = "rush:json";

impl Table {
    /// The same data as one arrow record batch: `key`, `state`, then the columns. Vectors are lists, bytes are binary; JSON, and
    /// columns of several kinds, are text that holds JSON, which `rush:json` in the field's metadata says.
    ///
    /// An element called `key` or `state` keeps its name; the first two fields are `task.key`, `task.state` then.
    pub fn record_batch(&self) -> Result<RecordBatch, ArrowError> {
        let columns = self.all_columns();
        let pieces = self.pieces().iter();
        let keys: Vec<ArrayRef> = pieces
            .map(|piece| Arc::new(piece.chunk.keys().slice(piece.start, piece.len)) as ArrayRef)
            .collect();
        let states: StringArray = self.states().iter().map(|state| Some(state.as_str())).collect();
        let mut fields = vec![
            Field::new(own_name(columns, "key"), DataType::Utf8, false),
            Field::new(own_name(columns, "state"), DataType::Utf8, false),
        ];
        let mut arrays = vec![joined(&keys, &DataType::Utf8)?, Arc::new(states) as ArrayRef];
        for column in columns {
            let (array, is_json) = self.array(column)?;
            let mut field = Field::new(&column.name, array.data_type().clone(), true);
            if is_json {
                field.set_metadata(HashMap::from([(IS_JSON.to_owned(), "true".to_owned())]));
            }
            fields.push(field);
            arrays.push(array);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(self.len()));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options)
    }

    /// The column as an array, and whether that is JSON.
    fn array(&self, column: &Column) -> Result<(ArrayRef, bool), ArrowError> {
        let Some(case) = column.cases.single() else {
            if column.cases.numeric() {
                let numbers =
                    |data: &Data| data.values().map(|value| number(&value)).collect::<Float64Array>();
                let arrays: Vec<ArrayRef> =
                    self.data(column).map(|data| Arc::new(numbers(&data)) as ArrayRef).collect();
                return Ok((joined(&arrays, &DataType::Float64)?, false));
            }
            let json = |value: Value| match value {
                Value::Null => None,
                other => Some(value_to_json(&other).to_string()),
            };
            let texts = |data: &Data| data.values().map(json).collect::<StringArray>();
            let arrays: Vec<ArrayRef> =
                self.data(column).map(|data| Arc::new(texts(&data)) as ArrayRef).collect();
            return Ok((joined(&arrays, &DataType::Utf8)?, true));
        };
        let data_type = Data::data_type(case);
        let array = |data: Data| match data {
            Data::Single(own, array) if own == case => array,
            Data::Missing(rows) => new_null_array(&data_type, rows),
            // A slice of a chunk in which other cases stand elsewhere; or nothing but missing values of another case.
            other => match other.values().collect::<Data>() {
                Data::Single(_, array) => array,
                rest => new_null_array(&data_type, rest.len()),
            },
        };
        let arrays: Vec<ArrayRef> = self.data(column).map(array).collect();
        Ok((joined(&arrays, &data_type)?, case == Case::Json))
    }
}

fn joined(arrays: &[ArrayRef], data_type: &DataType) -> Result<ArrayRef, ArrowError> {
    match arrays {
        [] => Ok(new_null_array(data_type, 0)),
        [array] => Ok(Arc::clone(array)),
        several => concat(&several.iter().map(|array| &**array as &dyn Array).collect::<Vec<_>>()),
    }
}

/// What `key` and `state` are called beside columns that may be called so, too.
pub(super) fn own_name(columns: &[Column], name: &str) -> String {
    let mut own = name.to_owned();
    while columns.iter().any(|column| column.name == own) {
        own = format!("task.{own}");
    }
    own
}
