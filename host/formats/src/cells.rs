//! Cells of arrow columns, as values of tasks.

use std::cmp::Ordering;

use arrow_array::{
    Array, ArrayRef, RecordBatch, UInt64Array,
    cast::AsArray as _,
    temporal_conversions::as_datetime,
    types::{
        Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
        TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
        UInt8Type, UInt16Type, UInt32Type, UInt64Type,
    },
};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};
use rush_network::{Value, value_to_json};
use serde_json::Value as Json;

use crate::Kind;

/// The metadata of a column of JSON text, with the value `true`.
const JSON: &str = "rush:json";

/// One column, its type known once and not asked for each cell.
pub struct Cells<'a> {
    array: &'a dyn Array,
    how: How<'a>,
}

/// How a cell becomes a value.
enum How<'a> {
    Missing,
    Boolean,
    Integer(Box<dyn Fn(usize) -> i64 + 'a>),
    Unsigned(&'a UInt64Array),
    Number(Box<dyn Fn(usize) -> f64 + 'a>),
    Text(Box<dyn Fn(usize) -> &'a str + 'a>),
    Json(Box<dyn Fn(usize) -> &'a str + 'a>),
    Bytes(Box<dyn Fn(usize) -> &'a [u8] + 'a>),
    List(Box<dyn Fn(usize) -> ArrayRef + 'a>, &'a Field),
    Struct(Vec<(&'a str, Cells<'a>)>),
    Dictionary(Box<Cells<'a>>, Vec<Option<usize>>),
    /// Times in a zone, as ISO 8601; none where no calendar reaches.
    Instant(Box<dyn Fn(usize) -> Option<String> + 'a>),
    /// Dates, times, durations: as ISO 8601; decimals: as numbers.
    Formatted {
        formatter: ArrayFormatter<'a>,
        number: bool,
    },
}

/// The exact text of every type that a number cannot hold.
const FORMAT: FormatOptions<'static> = FormatOptions::new().with_display_error(false);

impl<'a> Cells<'a> {
    /// The cells of a column; refuses types that no value can hold, such as maps.
    pub fn new(array: &'a dyn Array, field: &'a Field) -> Result<Self, ArrowError> {
        let is_json = field.metadata().get(JSON).is_some_and(|value| value == "true");
        Ok(Self { array, how: How::new(array, field.data_type(), is_json)? })
    }

    /// The value of a row; a missing one is [`Value::Null`].
    pub fn value(&self, row: usize) -> Value {
        if self.array.is_null(row) {
            return Value::Null;
        }
        match &self.how {
            How::Missing => Value::Null,
            How::Boolean => Value::Boolean(self.array.as_boolean().value(row)),
            How::Integer(get) => Value::Integer(get(row)),
            How::Unsigned(array) => match i64::try_from(array.value(row)) {
                Ok(integer) => Value::Integer(integer),
                Err(_) => Value::Text(array.value(row).to_string()),
            },
            How::Number(get) => Value::Number(get(row)),
            How::Text(get) => Value::Text(get(row).to_owned()),
            How::Json(get) => json_value(get(row)),
            How::Bytes(get) => Value::Bytes(get(row).to_vec()),
            How::List(get, field) => list(&get(row), field),
            How::Struct(columns) => {
                let object = columns.iter().map(|(name, cells)| ((*name).to_owned(), cells.json(row)));
                Value::Json(Json::Object(object.collect()).to_string())
            }
            How::Dictionary(values, keys) => {
                keys.get(row).copied().flatten().map_or(Value::Null, |key| values.value(key))
            }
            How::Instant(get) => get(row).map_or(Value::Null, Value::Text),
            How::Formatted { formatter, number } => {
                let text = formatter.value(row).to_string();
                match text.parse() {
                    Ok(parsed) if *number => Value::Number(parsed),
                    _ => Value::Text(text),
                }
            }
        }
    }

    /// The value of a row as JSON.
    pub fn json(&self, row: usize) -> Json {
        value_to_json(&self.value(row))
    }

    /// What the column holds, as far as its type says; its values may say more.
    pub fn kind(&self) -> Kind {
        match &self.how {
            How::Missing => Kind::Missing,
            How::Boolean => Kind::Boolean,
            How::Integer(_) | How::Unsigned(_) => Kind::Integer,
            How::Number(_) | How::Formatted { number: true, .. } => Kind::Number,
            How::Text(_) | How::Instant(_) | How::Formatted { number: false, .. } => Kind::Text,
            How::Json(_) => Kind::Mixed,
            How::Bytes(_) => Kind::Bytes,
            How::List(_, field) => match field.data_type() {
                data_type if data_type.is_integer() => Kind::Integers,
                data_type if data_type.is_floating() => Kind::Numbers,
                DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Kind::Texts,
                _ => Kind::Json,
            },
            How::Struct(_) => Kind::Json,
            How::Dictionary(values, _) => values.kind(),
        }
    }
}

impl<'a> How<'a> {
    fn new(array: &'a dyn Array, data_type: &'a DataType, is_json: bool) -> Result<Self, ArrowError> {
        macro_rules! numbers {
            ($how:ident, $type:ty) => {{
                let values = array.as_primitive::<$type>();
                Self::$how(Box::new(|row| values.value(row).into()))
            }};
        }
        let text =
            |get: Box<dyn Fn(usize) -> &'a str + 'a>| if is_json { Self::Json(get) } else { Self::Text(get) };
        Ok(match data_type {
            DataType::Null => Self::Missing,
            DataType::Boolean => Self::Boolean,
            DataType::Int8 => numbers!(Integer, Int8Type),
            DataType::Int16 => numbers!(Integer, Int16Type),
            DataType::Int32 => numbers!(Integer, Int32Type),
            DataType::Int64 => numbers!(Integer, Int64Type),
            DataType::UInt8 => numbers!(Integer, UInt8Type),
            DataType::UInt16 => numbers!(Integer, UInt16Type),
            DataType::UInt32 => numbers!(Integer, UInt32Type),
            DataType::UInt64 => Self::Unsigned(array.as_primitive::<UInt64Type>()),
            DataType::Float16 => numbers!(Number, Float16Type),
            DataType::Float32 => numbers!(Number, Float32Type),
            DataType::Float64 => numbers!(Number, Float64Type),
            DataType::Utf8 => text(Box::new(|row| array.as_string::<i32>().value(row))),
            DataType::LargeUtf8 => text(Box::new(|row| array.as_string::<i64>().value(row))),
            DataType::Utf8View => text(Box::new(|row| array.as_string_view().value(row))),
            DataType::Binary => Self::Bytes(Box::new(|row| array.as_binary::<i32>().value(row))),
            DataType::LargeBinary => Self::Bytes(Box::new(|row| array.as_binary::<i64>().value(row))),
            DataType::BinaryView => Self::Bytes(Box::new(|row| array.as_binary_view().value(row))),
            DataType::FixedSizeBinary(_) => {
                Self::Bytes(Box::new(|row| array.as_fixed_size_binary().value(row)))
            }
            DataType::List(field) => Self::List(Box::new(|row| array.as_list::<i32>().value(row)), field),
            DataType::LargeList(field) => {
                Self::List(Box::new(|row| array.as_list::<i64>().value(row)), field)
            }
            DataType::FixedSizeList(field, _) => {
                Self::List(Box::new(|row| array.as_fixed_size_list().value(row)), field)
            }
            DataType::Struct(fields) => {
                let columns = fields.iter().zip(array.as_struct().columns());
                let columns = columns.map(|(field, column)| {
                    Ok((field.name().as_str(), Cells::new(column.as_ref(), field.as_ref())?))
                });
                Self::Struct(columns.collect::<Result<_, ArrowError>>()?)
            }
            DataType::Dictionary(_, value_type) => {
                let dictionary = array.as_any_dictionary();
                let values = dictionary.values().as_ref();
                let how = Self::new(values, value_type, is_json)?;
                // Without values there is nothing but missing ones.
                let keys = if values.is_empty() { Vec::new() } else { dictionary.normalized_keys() };
                let keys = keys.into_iter().enumerate();
                let keys = keys.map(|(row, key)| array.is_valid(row).then_some(key)).collect();
                Self::Dictionary(Box::new(Cells { array: values, how }), keys)
            }
            // The instants are in UTC, whatever zone they are to be shown in.
            DataType::Timestamp(unit, Some(_)) => {
                macro_rules! instants {
                    ($type:ty) => {{
                        let values = array.as_primitive::<$type>();
                        Self::Instant(Box::new(|row| {
                            as_datetime::<$type>(values.value(row)).map(|time| format!("{time:?}Z"))
                        }))
                    }};
                }
                match unit {
                    TimeUnit::Second => instants!(TimestampSecondType),
                    TimeUnit::Millisecond => instants!(TimestampMillisecondType),
                    TimeUnit::Microsecond => instants!(TimestampMicrosecondType),
                    TimeUnit::Nanosecond => instants!(TimestampNanosecondType),
                }
            }
            DataType::Date32
            | DataType::Date64
            | DataType::Time32(_)
            | DataType::Time64(_)
            | DataType::Timestamp(..)
            | DataType::Duration(_)
            | DataType::Interval(_) => {
                Self::Formatted { formatter: ArrayFormatter::try_new(array, &FORMAT)?, number: false }
            }
            DataType::Decimal32(..)
            | DataType::Decimal64(..)
            | DataType::Decimal128(..)
            | DataType::Decimal256(..) => {
                Self::Formatted { formatter: ArrayFormatter::try_new(array, &FORMAT)?, number: true }
            }
            other => return Err(ArrowError::NotYetImplemented(other.to_string())),
        })
    }
}

/// What JSON text says: scalars are scalars, lists of one kind vectors, the rest stays nested. Text that is no JSON is text.
fn json_value(text: &str) -> Value {
    serde_json::from_str(text).map_or_else(|_| Value::Text(text.to_owned()), crate::read::natural)
}

/// A list as a vector, if all its elements are of one of the kinds that vectors have.
fn list(items: &ArrayRef, field: &Field) -> Value {
    let Ok(cells) = Cells::new(items.as_ref(), field) else {
        return Value::Json("null".into());
    };
    let whole = items.null_count() == 0;
    let values = (0..items.len()).map(|index| cells.value(index));
    let vector = match cells.kind() {
        Kind::Integer if whole => values
            .map(|value| if let Value::Integer(integer) = value { Some(integer) } else { None })
            .collect::<Option<_>>()
            .map(Value::Integers),
        Kind::Number if whole => values
            .map(|value| if let Value::Number(number) = value { Some(number) } else { None })
            .collect::<Option<_>>()
            .map(Value::Numbers),
        Kind::Text if whole => values
            .map(|value| if let Value::Text(text) = value { Some(text) } else { None })
            .collect::<Option<_>>()
            .map(Value::Texts),
        _ => None,
    };
    vector.unwrap_or_else(|| {
        let values: Vec<Json> = (0..items.len()).map(|index| cells.json(index)).collect();
        Value::Json(Json::Array(values).to_string())
    })
}

/// The rows of a column in order, the least first: numbers before texts; what is missing, not a number or a list comes last in
/// any direction. Rows that are equal keep their order.
pub fn order(cells: &Cells<'_>, descending: bool) -> Vec<usize> {
    let ranks: Vec<Option<Rank>> = (0..cells.array.len()).map(|row| rank(cells.value(row))).collect();
    let mut rows: Vec<usize> = (0..ranks.len()).collect();
    rows.sort_by(|a, b| match (&ranks[*a], &ranks[*b]) {
        (Some(a), Some(b)) if descending => b.compare(a),
        (Some(a), Some(b)) => a.compare(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
    rows
}

enum Rank {
    Integer(i64),
    Number(f64),
    Text(String),
}

fn rank(value: Value) -> Option<Rank> {
    match value {
        Value::Boolean(boolean) => Some(Rank::Integer(boolean.into())),
        Value::Integer(integer) => Some(Rank::Integer(integer)),
        Value::Number(number) => (!number.is_nan()).then_some(Rank::Number(number)),
        Value::Text(text) => Some(Rank::Text(text)),
        _ => None,
    }
}

impl Rank {
    fn compare(&self, other: &Self) -> Ordering {
        // Near the ends of `i64` an integer beside numbers is only as exact as they are.
        #[expect(clippy::cast_precision_loss, reason = "an order among numbers is all that is asked for")]
        let number = |rank: &Self| match rank {
            Self::Integer(integer) => *integer as f64,
            Self::Number(number) => *number,
            Self::Text(_) => f64::INFINITY,
        };
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Text(_), _) => Ordering::Greater,
            (_, Self::Text(_)) => Ordering::Less,
            (a, b) => number(a).total_cmp(&number(b)),
        }
    }
}

/// These rows of a batch, in this order.
pub fn take(batch: &RecordBatch, rows: &[usize]) -> Result<RecordBatch, ArrowError> {
    let rows = UInt64Array::from_iter_values(rows.iter().map(|row| *row as u64));
    arrow_select::take::take_record_batch(batch, &rows)
}
