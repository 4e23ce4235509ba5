//! Tables of the network in memory.

use std::collections::HashSet;

use crate::bindings::rush::worker::{
    tasks::{Factor, Kind, Parts},
    types::{Error, Fields, State, Task, Value},
};

/// A snapshot of tasks.
#[derive(Debug)]
pub(crate) struct MemoryTable {
    /// With the parts that were wanted; the others are empty.
    tasks: Vec<Task>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    name: String,
    kind: Kind,
    values: Vec<Value>,
}

/// The parts that are lists of named values.
type Part = (&'static str, Parts, fn(&mut Task) -> &mut Fields);
const PARTS: [Part; 4] = [
    ("xs", Parts::XS, |task| &mut task.xs),
    ("ys", Parts::YS, |task| &mut task.ys),
    ("xs_extra", Parts::XS_EXTRA, |task| &mut task.xs_extra),
    ("ys_extra", Parts::YS_EXTRA, |task| &mut task.ys_extra),
];

impl MemoryTable {
    pub(crate) fn new(mut tasks: Vec<Task>, parts: Parts) -> Self {
        let mut columns: Vec<(&str, Column)> = Vec::new();
        for (part, wanted, fields) in PARTS {
            if !parts.contains(wanted) {
                for task in &mut tasks {
                    fields(task).clear();
                }
                continue;
            }
            let first = columns.len();
            let rows = tasks.len();
            for (row, task) in tasks.iter_mut().enumerate() {
                for field in fields(task).iter() {
                    let column = columns[first..].iter().position(|(_, column)| column.name == field.name);
                    let column = first
                        + column.unwrap_or_else(|| {
                            let values = vec![Value::Null; rows];
                            let column = Column { name: field.name.clone(), kind: Kind::Mixed, values };
                            columns.push((part, column));
                            columns.len() - 1 - first
                        });
                    columns[column].1.values[row] = field.value.clone();
                }
            }
            for task in &mut tasks {
                let place = |name: &str| columns[first..].iter().position(|(_, column)| column.name == name);
                fields(task).sort_by_key(|field| place(&field.name));
            }
        }
        let mut about_task = |name: &str, values| {
            columns.push(("task", Column { name: name.to_owned(), kind: Kind::Mixed, values }));
        };
        if parts.contains(Parts::CONDITION) {
            let message = |task: &Task| Some(task.condition.as_ref()?.message.clone());
            about_task("condition", tasks.iter().map(|task| text(message(task))).collect());
        } else {
            for task in &mut tasks {
                task.condition = None;
            }
        }
        if parts.contains(Parts::WORKER_ID) {
            about_task("worker_id", tasks.iter().map(|task| text(task.worker_id.clone())).collect());
        } else {
            for task in &mut tasks {
                task.worker_id = None;
            }
        }
        Self { tasks, columns: with_unique_names(columns) }
    }

    fn column(&self, name: &str) -> Result<&Column, Error> {
        self.columns.iter().find(|column| column.name == name).ok_or_else(|| {
            let known: Vec<_> = self.columns.iter().map(|column| column.name.as_str()).collect();
            Error::Invalid(format!("there is no column `{name}`; there are: {}", known.join(", ")))
        })
    }

    /// What `key` and `state` are called in JSON beside columns that may be called so, too.
    fn own_name(&self, name: &str) -> String {
        let mut own = name.to_owned();
        while self.columns.iter().any(|column| column.name == own) {
            own = format!("task.{own}");
        }
        own
    }

    /// The values of a column whose kind is one of `kinds`.
    fn typed<T>(&self, name: &str, kinds: &[Kind], value: fn(&Value) -> T) -> Result<Vec<T>, Error> {
        let column = self.column(name)?;
        if !kinds.contains(&column.kind) {
            return Err(Error::Invalid(format!("the column `{name}` holds {:?}", column.kind)));
        }
        Ok(column.values.iter().map(value).collect())
    }
}

fn text(text: Option<String>) -> Value {
    text.map_or(Value::Null, Value::Text)
}

/// `y` of two parts becomes `xs.y` and `ys.y`; and the kinds of all columns.
fn with_unique_names(columns: Vec<(&str, Column)>) -> Vec<Column> {
    let names: Vec<_> = columns.iter().map(|(_, column)| column.name.clone()).collect();
    let is_unique = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
    let mut taken: HashSet<String> = names.iter().filter(|name| is_unique(name)).cloned().collect();
    let rename = |(part, mut column): (&str, Column)| {
        if !is_unique(&column.name) {
            column.name = format!("{part}.{}", column.name);
            // Somebody may have chosen that very name.
            while !taken.insert(column.name.clone()) {
                column.name = format!("{part}.{}", column.name);
            }
        }
        column.kind = kind(&column.values);
        column
    };
    columns.into_iter().map(rename).collect()
}

/// What all values of a column are; missing ones are anything.
fn kind(values: &[Value]) -> Kind {
    let mut kinds = values.iter().filter(|value| **value != Value::Null).map(|value| match value {
        Value::Boolean(_) => Kind::Boolean,
        Value::Integer(_) => Kind::Integer,
        Value::Number(_) => Kind::Number,
        Value::Text(_) => Kind::Text,
        _ => Kind::Mixed,
    });
    let Some(first) = kinds.next() else { return Kind::Mixed };
    kinds.fold(first, |joined, kind| match (joined, kind) {
        (joined, kind) if joined == kind => kind,
        (Kind::Integer, Kind::Number) | (Kind::Number, Kind::Integer) if values.iter().all(is_exact) => {
            Kind::Number
        }
        _ => Kind::Mixed,
    })
}

/// Whether a number can hold it, if it is an integer.
fn is_exact(value: &Value) -> bool {
    let Value::Integer(integer) = value else { return true };
    // Beyond 2^53 they are multiples of a power of two.
    let digits = 64 - integer.unsigned_abs().leading_zeros();
    digits.saturating_sub(integer.trailing_zeros()) <= f64::MANTISSA_DIGITS
}

#[expect(clippy::cast_precision_loss, reason = "the nearest number is what was asked for")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(integer) => Some(*integer as f64),
        _ => None,
    }
}

/// The methods of the resource, by the same names.
impl MemoryTable {
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.tasks.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn columns(&self) -> Vec<(String, Kind)> {
        self.columns.iter().map(|column| (column.name.clone(), column.kind)).collect()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.tasks.iter().map(|task| task.key.clone()).collect()
    }

    pub(crate) fn states(&self) -> Vec<State> {
        self.tasks.iter().map(|task| task.state).collect()
    }

    pub(crate) fn numbers(&self, name: &str) -> Result<Vec<f64>, Error> {
        self.typed(name, &[Kind::Number, Kind::Integer], |value| number(value).unwrap_or(f64::NAN))
    }

    pub(crate) fn integers(&self, name: &str) -> Result<Vec<i64>, Error> {
        let integer = |value: &Value| if let Value::Integer(integer) = value { *integer } else { 0 };
        self.typed(name, &[Kind::Integer], integer)
    }

    pub(crate) fn booleans(&self, name: &str) -> Result<Vec<bool>, Error> {
        self.typed(name, &[Kind::Boolean], |value| *value == Value::Boolean(true))
    }

    pub(crate) fn texts(&self, name: &str) -> Result<Factor, Error> {
        let text = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
        let mut factor = Factor { levels: Vec::new(), codes: Vec::new() };
        for text in self.typed(name, &[Kind::Text], text)? {
            let code = text.map(|text| {
                factor.levels.iter().position(|level| *level == text).unwrap_or_else(|| {
                    factor.levels.push(text);
                    factor.levels.len() - 1
                })
            });
            factor.codes.push(code.map_or(-1, |code| i32::try_from(code).unwrap_or(i32::MAX)));
        }
        Ok(factor)
    }

    pub(crate) fn values(&self, name: &str) -> Result<Vec<Value>, Error> {
        Ok(self.column(name)?.values.clone())
    }

    pub(crate) fn valid(&self, name: &str) -> Result<Vec<bool>, Error> {
        Ok(self.column(name)?.values.iter().map(|value| *value != Value::Null).collect())
    }

    pub(crate) fn rows(&self, start: u32, len: u32) -> Vec<Task> {
        self.tasks.iter().skip(start as usize).take(len as usize).cloned().collect()
    }

    pub(crate) fn json(&self) -> String {
        let row = |(index, task): (usize, &Task)| {
            let about = [("key", Value::Text(task.key.clone())), ("state", Value::Text(name(task.state)))];
            let about = about.iter().map(|(name, value)| entry(&self.own_name(name), value));
            let mut entries: Vec<_> = about.collect();
            entries.extend(self.columns.iter().map(|column| entry(&column.name, &column.values[index])));
            format!("{{{}}}", entries.join(","))
        };
        let rows: Vec<_> = self.tasks.iter().enumerate().map(row).collect();
        format!("[{}]", rows.join(","))
    }
}

fn name(state: State) -> String {
    let name = match state {
        State::Queued => "queued",
        State::Running => "running",
        State::Finished => "finished",
        State::Failed => "failed",
    };
    name.to_owned()
}

fn entry(name: &str, value: &Value) -> String {
    format!("{}:{}", serde_json::Value::from(name), json(value))
}

/// As the host writes it: NaN and the infinities as texts.
fn json(value: &Value) -> String {
    fn number(number: f64) -> String {
        match number {
            finite if finite.is_finite() => serde_json::Value::from(finite).to_string(),
            nan if nan.is_nan() => "\"NaN\"".into(),
            infinite if infinite > 0.0 => "\"Inf\"".into(),
            _ => "\"-Inf\"".into(),
        }
    }
    match value {
        Value::Null => "null".into(),
        Value::Boolean(boolean) => boolean.to_string(),
        Value::Integer(integer) => integer.to_string(),
        Value::Number(value) => number(*value),
        Value::Text(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::Bytes(bytes) => format!("{bytes:?}"),
        Value::Integers(integers) => format!("{integers:?}"),
        Value::Numbers(numbers) => {
            format!("[{}]", numbers.iter().copied().map(number).collect::<Vec<_>>().join(","))
        }
        Value::Texts(texts) => serde_json::Value::from(texts.as_slice()).to_string(),
        Value::Json(text) => text.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;

    fn task(xs: Fields, ys: Fields) -> Task {
        let state = if ys.is_empty() { State::Running } else { State::Finished };
        let (key, worker_id) = ("k".to_owned(), Some("w".to_owned()));
        let nothing = Fields::new;
        Task {
            key,
            state,
            xs,
            ys,
            xs_extra: nothing(),
            ys_extra: nothing(),
            condition: None,
            worker_id,
            attempt: 0,
        }
    }

    fn x(value: Value) -> Fields {
        vec![Field { name: "x".into(), value }]
    }

    fn kind_of(values: &[Value]) -> Kind {
        let tasks = values.iter().map(|value| task(x(value.clone()), Fields::new())).collect();
        MemoryTable::new(tasks, Parts::XS).columns()[0].1
    }

    #[test]
    fn kinds_join() {
        use Value::{Boolean, Integer, Null, Number};
        assert_eq!(kind_of(&[Null, Number(0.5), Integer(1)]), Kind::Number);
        assert_eq!(kind_of(&[Integer(1), Null]), Kind::Integer);
        assert_eq!(kind_of(&[Integer((1 << 53) + 1), Number(0.5)]), Kind::Mixed);
        assert_eq!(kind_of(&[Integer(1 << 60), Integer(i64::MIN), Number(0.5)]), Kind::Number);
        assert_eq!(kind_of(&[Boolean(true), Integer(1)]), Kind::Mixed);
        assert_eq!(kind_of(&[Boolean(true), Null]), Kind::Boolean);
        assert_eq!(kind_of(&[Null]), Kind::Mixed);
        assert_eq!(kind_of(&[Value::Numbers(vec![1.0])]), Kind::Mixed);
    }

    #[test]
    fn names_of_two_parts_say_which() {
        let tasks = vec![task(x(Value::Integer(1)), x(Value::Integer(2)))];
        let table = MemoryTable::new(tasks.clone(), Parts::default());
        assert_eq!((table.integers("xs.x").unwrap(), table.integers("ys.x").unwrap()), (vec![1], vec![2]));
        assert!(table.integers("x").is_err());
        assert_eq!(MemoryTable::new(tasks, Parts::YS).integers("x").unwrap(), [2]);
    }

    #[test]
    fn json_has_what_the_table_has() {
        let tasks = vec![task(x(Value::Number(f64::NAN)), Fields::new()), task(Fields::new(), Fields::new())];
        assert_eq!(
            MemoryTable::new(tasks, Parts::XS | Parts::WORKER_ID).json(),
            r#"[{"key":"k","state":"running","x":"NaN","worker_id":"w"},{"key":"k","state":"running","x":null,"worker_id":"w"}]"#
        );
    }
}
