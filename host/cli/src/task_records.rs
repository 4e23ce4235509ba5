//! Tasks as rows: what `tasks`, reports and results files show.

use std::cmp::Ordering;
use std::collections::HashSet;

use rush_network::{Field, Task, fields_to_json, value_to_json};
use serde_json::Value;

use crate::print::records::{self, Record};

/// Columns that a task always has; an element of this name gets the name of its list in front.
const OWN: [&str; 3] = ["key", "state", "worker_id"];

/// One row a task: `key`, `state`, `worker_id`, then the elements of xs, ys and the extras as columns, then `condition`.
///
/// A name that stands in two lists of the tasks shown becomes `xs.name`, `ys.name`, in every row.
pub(crate) fn records(tasks: &[Task]) -> Vec<Record> {
    let collisions = collisions(tasks);
    tasks.iter().map(|task| record(task, &collisions)).collect()
}

/// The columns of rows, in the order in which they appear; without a row those that each would have.
pub(crate) fn columns(rows: &[Record]) -> Vec<String> {
    if rows.is_empty() { OWN.map(str::to_owned).to_vec() } else { records::all_columns(rows) }
}

fn lists(task: &Task) -> [(&'static str, &[Field]); 4] {
    [("xs", &task.xs), ("ys", &task.ys), ("xs_extra", &task.xs_extra), ("ys_extra", &task.ys_extra)]
}

fn collisions(tasks: &[Task]) -> HashSet<String> {
    let mut by_list: [HashSet<&str>; 4] = Default::default();
    for task in tasks {
        for (index, (_, fields)) in lists(task).into_iter().enumerate() {
            by_list[index].extend(fields.iter().map(|field| field.name.as_str()));
        }
    }
    let mut seen: HashSet<&str> = OWN.iter().copied().chain(["condition"]).collect();
    let mut collisions = HashSet::new();
    for name in by_list.iter().flatten() {
        if !seen.insert(name) {
            collisions.insert((*name).to_owned());
        }
    }
    collisions
}

fn record(task: &Task, collisions: &HashSet<String>) -> Record {
    let mut record = Record::new();
    record.insert("key".into(), task.key.as_str().into());
    record.insert("state".into(), task.state.as_str().into());
    record.insert("worker_id".into(), task.worker_id.as_ref().map_or(Value::Null, |id| id.as_str().into()));
    for (list, fields) in lists(task) {
        for field in fields {
            let name = if collisions.contains(&field.name) {
                format!("{list}.{}", field.name)
            } else {
                field.name.clone()
            };
            record.insert(name, value_to_json(&field.value));
        }
    }
    if let Some(condition) = &task.condition {
        let mut shown = Record::new();
        shown.insert("kind".into(), condition.kind.clone().into());
        shown.insert("message".into(), condition.message.clone().into());
        if !condition.details.is_empty() {
            shown.insert("details".into(), Value::Object(fields_to_json(&condition.details)));
        }
        record.insert("condition".into(), Value::Object(shown));
    }
    record
}

/// Sorts by a column, the least first: numbers before texts, what is missing or not a number last in any direction.
pub(crate) fn sort(records: &mut [Record], column: &str, descending: bool) {
    records.sort_by(|a, b| match (a.get(column).and_then(rank), b.get(column).and_then(rank)) {
        (Some(a), Some(b)) if descending => compare(&b, &a),
        (Some(a), Some(b)) => compare(&a, &b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    });
}

enum Rank<'a> {
    Number(f64),
    Text(&'a str),
}

fn rank(value: &Value) -> Option<Rank<'_>> {
    match value {
        Value::Bool(boolean) => Some(Rank::Number(f64::from(u8::from(*boolean)))),
        Value::Number(number) => number.as_f64().map(Rank::Number),
        Value::String(text) => match text.as_str() {
            "NaN" => None,
            "Inf" => Some(Rank::Number(f64::INFINITY)),
            "-Inf" => Some(Rank::Number(f64::NEG_INFINITY)),
            text => Some(Rank::Text(text)),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn compare(a: &Rank<'_>, b: &Rank<'_>) -> Ordering {
    match (a, b) {
        (Rank::Number(a), Rank::Number(b)) => a.total_cmp(b),
        (Rank::Text(a), Rank::Text(b)) => a.cmp(b),
        (Rank::Number(_), Rank::Text(_)) => Ordering::Less,
        (Rank::Text(_), Rank::Number(_)) => Ordering::Greater,
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{Condition, Fields, NetworkId, State, fields};

    use super::*;

    fn task(state: State, xs: Fields, ys: Fields) -> Task {
        // Any key will do; one is parsed as a network would.
        let _ = NetworkId::parse("n").unwrap();
        let key = rush_network::TaskKey::parse("2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001", "").unwrap();
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

    #[test]
    fn names_that_meet_get_their_list_in_front() {
        let tasks = [
            task(State::Finished, fields! { "x" => 1.0, "y" => 2.0 }, fields! { "y" => 3.0 }),
            task(State::Running, fields! { "x" => 4.0, "state" => "solid" }, Fields::new()),
        ];
        let rows: Vec<String> =
            records(&tasks).into_iter().map(|row| Value::Object(row).to_string()).collect();
        let key = "2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001";
        assert_eq!(
            rows,
            [
                format!(
                    r#"{{"key":"{key}","state":"finished","worker_id":null,"x":1.0,"xs.y":2.0,"ys.y":3.0}}"#
                ),
                format!(r#"{{"key":"{key}","state":"running","worker_id":null,"x":4.0,"xs.state":"solid"}}"#),
            ]
        );
    }

    #[test]
    fn a_condition_says_why() {
        let mut failed = task(State::Failed, Fields::new(), Fields::new());
        failed.condition = Some(Condition::new("lost", "gone"));
        assert_eq!(records(&[failed])[0]["condition"].to_string(), r#"{"kind":"lost","message":"gone"}"#);
    }

    #[test]
    fn the_least_first_and_what_is_missing_last() {
        let ys = [2.0, f64::NAN, -1.0, f64::INFINITY];
        let mut rows = records(&ys.map(|y| task(State::Finished, Fields::new(), fields! { "y" => y })));
        rows.push(Record::new());
        let mut order = |descending| {
            sort(&mut rows, "y", descending);
            rows.iter().map(|row| row.get("y").map_or("-".into(), ToString::to_string)).collect::<Vec<_>>()
        };
        assert_eq!(order(false), ["-1.0", "2.0", "\"Inf\"", "\"NaN\"", "-"]);
        assert_eq!(order(true), ["\"Inf\"", "2.0", "-1.0", "\"NaN\"", "-"]);
    }
}
