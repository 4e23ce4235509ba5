//! Points as numbers, for models.

use rush_worker::{Result, Table, Value};

use crate::{Domain, Setting, Space};

impl Domain {
    /// A setting of this domain as a number for a model: on the logarithmic scale as the logarithm, a category as the index of its
    /// level.
    #[expect(clippy::cast_precision_loss, reason = "for a model the nearest number will do")]
    pub fn encode(&self, setting: &Setting) -> f64 {
        let scaled = |number: f64| if self.is_logarithmic() { number.ln() } else { number };
        match (self, setting) {
            (Self::Category { levels }, setting) => {
                levels.iter().position(|level| level == setting).map_or(f64::NAN, |index| index as f64)
            }
            (_, Setting::Number(number)) => scaled(*number),
            (_, Setting::Integer(integer)) => scaled(*integer as f64),
            (_, Setting::Boolean(_) | Setting::Text(_)) => f64::NAN,
        }
    }

    /// The same for a value of a task, which anybody may have made: none if it does not belong to this domain, e.g. because it is
    /// missing.
    #[expect(clippy::cast_precision_loss, reason = "for a model the nearest number will do")]
    pub fn encode_value(&self, value: &Value) -> Option<f64> {
        let number = match (self, value) {
            (Self::Category { levels }, value) => levels.iter().position(|level| level.is(value))? as f64,
            (_, &Value::Number(number)) => number,
            (_, &Value::Integer(integer)) => integer as f64,
            _ => return None,
        };
        let encoded = if self.is_logarithmic() { number.ln() } else { number };
        encoded.is_finite().then_some(encoded)
    }

    fn is_logarithmic(&self) -> bool {
        matches!(self, Self::Number { log: true, .. } | Self::Integer { log: true, .. })
    }
}

impl Space {
    /// The points of a table as numbers for a model, row by row; none for points that do not belong to this space, because a parameter
    /// is missing or of another kind. Bounds are not looked at: what lies outside tells a model something, too.
    pub fn encode(&self, table: &Table) -> Result<Vec<Option<Vec<f64>>>> {
        let mut rows = vec![Some(Vec::with_capacity(self.parameters().len())); table.len()];
        for parameter in self.parameters() {
            let Some(values) = column(table, "xs", &parameter.name)? else {
                return Ok(vec![None; table.len()]);
            };
            for (row, value) in rows.iter_mut().zip(&values) {
                match (row.as_mut(), parameter.domain.encode_value(value)) {
                    (Some(encoded), Some(number)) => encoded.push(number),
                    _ => *row = None,
                }
            }
        }
        Ok(rows)
    }
}

/// The column of an element of `xs` or `ys`, whether or not the other part has an element of that name, too; none if no task has it.
/// The table has just these two parts, and the other part alone has no element of that name.
pub fn column(table: &Table, part: &str, name: &str) -> Result<Option<Vec<Value>>> {
    let columns = table.columns();
    let qualified = format!("{part}.{name}");
    let found = [&qualified, name].into_iter().find(|name| columns.iter().any(|(column, _)| column == name));
    found.map(|name| table.values(name)).transpose()
}
