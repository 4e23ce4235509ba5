//! How a command looks at a table.

use rush_worker::{ColumnKind, Error, Result, Table, Value};

use crate::conformance::answers::{Answer, booleans, key_texts, name};

/// Adds what one look at a table sees.
pub(crate) fn look(answer: &mut Answer, table: &Table, look: &str) -> Result<()> {
    let (what, column) = look.split_once(':').unwrap_or((look, ""));
    let one = |value| (look.to_owned(), value);
    let (under, value) = match what {
        "len" => one(integer(table.len())),
        "columns" => {
            let (names, kinds) = table.columns().into_iter().unzip::<_, _, Vec<_>, Vec<_>>();
            answer.add("columns", Value::Texts(names));
            let kinds = kinds.into_iter().map(|kind| kind_name(kind).to_owned());
            ("kinds".to_owned(), Value::Texts(kinds.collect()))
        }
        "keys" => one(key_texts(table.keys())),
        "states" => one(Value::Texts(table.states().into_iter().map(|state| name(state).into()).collect())),
        "numbers" => one(Value::Numbers(table.numbers(column)?)),
        "integers" => one(Value::Integers(table.integers(column)?)),
        "booleans" => one(booleans(&table.booleans(column)?)),
        "texts" => {
            let factor = table.texts(column)?;
            answer.add(format!("levels:{column}"), Value::Texts(factor.levels));
            let codes = factor.codes.into_iter().map(i64::from);
            (format!("codes:{column}"), Value::Integers(codes.collect()))
        }
        "valid" => one(booleans(&table.valid(column)?)),
        "values" => {
            for (index, value) in table.values(column)?.into_iter().enumerate() {
                answer.add(format!("values:{column}:{index}"), value);
            }
            return Ok(());
        }
        "rows" => {
            let numbers: Option<Vec<usize>> = column.split(':').map(|number| number.parse().ok()).collect();
            let Some([start, len]) = numbers.as_deref() else {
                return Err(Error::message(format!("`{look}` does not say which rows")));
            };
            for (index, task) in table.tasks(*start..start.saturating_add(*len)).into_iter().enumerate() {
                answer.add_task(&format!("row:{index}:"), task);
            }
            return Ok(());
        }
        "json" => one(Value::Text(table.json())),
        other => return Err(Error::message(format!("`{other}` is no look"))),
    };
    answer.add(under, value);
    Ok(())
}

pub(crate) fn integer(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn kind_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Number => "number",
        ColumnKind::Integer => "integer",
        ColumnKind::Boolean => "boolean",
        ColumnKind::Text => "text",
        ColumnKind::Mixed => "mixed",
    }
}
