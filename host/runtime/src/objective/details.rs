//! What an objective hands over by name: the values at a point, and what it says about a failure. Both are stored with a task, so they
//! must be what a task can hold: otherwise the loop that stores them would be told that it made a mistake.

use std::collections::HashSet;

use serde::de::IgnoredAny;

use crate::bindings::rush::worker::types::{Field, Value};
use crate::output::cut_marked;

/// A name and the length before it, and the length or the case of a value.
const NAME: usize = 5;
const LENGTH: usize = 6;
/// A number with its case.
const NUMBER: usize = 9;
/// A text that is cut to less says nothing.
const SHORTEST: usize = 64;

/// Bytes that a named value takes where it is stored, at most.
pub(super) fn stored(field: &Field) -> usize {
    let value = match &field.value {
        Value::Null | Value::Boolean(_) => 1,
        Value::Integer(_) | Value::Number(_) => NUMBER,
        Value::Text(text) | Value::Json(text) => LENGTH + text.len(),
        Value::Bytes(bytes) => LENGTH + bytes.len(),
        Value::Integers(integers) => LENGTH + NUMBER * integers.len(),
        Value::Numbers(numbers) => LENGTH + NUMBER * numbers.len(),
        Value::Texts(texts) => LENGTH + texts.iter().map(|text| LENGTH + text.len()).sum::<usize>(),
    };
    NAME + field.name.len() + value
}

/// Why these cannot be stored, if they cannot, whatever their size.
pub(super) fn flaw(fields: &[Field]) -> Option<String> {
    if let Some(name) = repeated(fields) {
        return Some(format!("`{}` stands in it twice", cut_marked(name, SHORTEST)));
    }
    fields.iter().find_map(|Field { name, value }| {
        let Value::Json(text) = value else { return None };
        let error = serde_json::from_str::<IgnoredAny>(text).err()?;
        Some(format!("`{}` is not valid JSON: {error}", cut_marked(name, SHORTEST)))
    })
}

fn repeated(fields: &[Field]) -> Option<&str> {
    let mut names = fields.iter().map(|field| field.name.as_str());
    if fields.len() <= 16 {
        return names
            .enumerate()
            .find_map(|(at, name)| fields[..at].iter().any(|earlier| earlier.name == name).then_some(name));
    }
    let mut seen = HashSet::with_capacity(fields.len());
    names.find(|name| !seen.insert(*name))
}

/// Makes of what an objective says about a failure what can be stored, within `room` bytes: names that are `taken` or stand there already
/// are left out, text that claims to be JSON is text, and long texts are cut. Answers how many were left out.
pub(super) fn clean(details: &mut Vec<Field>, mut room: usize, taken: impl Fn(&str) -> bool) -> usize {
    let before = details.len();
    let mut seen = HashSet::new();
    details.retain_mut(|field| {
        if taken(&field.name) || seen.contains(&field.name) {
            return false;
        }
        plain(&mut field.value);
        shorten(field, room);
        let Some(left) = room.checked_sub(stored(field)) else { return false };
        room = left;
        seen.insert(field.name.clone())
    });
    before - details.len()
}

/// JSON that is none becomes text.
fn plain(value: &mut Value) {
    if let Value::Json(text) = value
        && serde_json::from_str::<IgnoredAny>(text).is_err()
    {
        *value = Value::Text(std::mem::take(text));
    }
}

/// Cuts a text that has no room.
fn shorten(field: &mut Field, room: usize) {
    let beside = NAME + LENGTH + field.name.len();
    if let (Value::Text(text) | Value::Json(text), Some(most)) = (&field.value, room.checked_sub(beside))
        && text.len() > most
        && most >= SHORTEST
    {
        // Half of a JSON text is none.
        field.value = Value::Text(cut_marked(text, most).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str, value: Value) -> Field {
        Field { name: name.to_owned(), value }
    }

    fn text(name: &str, length: usize) -> Field {
        field(name, Value::Text("x".repeat(length)))
    }

    #[test]
    fn what_can_be_stored_stays_as_it_is() {
        let mut details = vec![text("a", 10), field("b", Value::Json("[1]".into())), field("c", Value::Null)];
        let before = format!("{details:?}");
        assert_eq!(clean(&mut details, 1_000, |_| false), 0);
        assert_eq!(format!("{details:?}"), before);
    }

    #[test]
    fn all_details_together_have_a_limit() {
        let mut details = vec![text("a", 600), text("b", 600), field("c", Value::Numbers(vec![0.5; 100]))];
        assert_eq!(clean(&mut details, 1_000, |_| false), 1);
        let Value::Text(cut) = &details[1].value else { panic!("{details:?}") };
        assert!(cut.ends_with(" more bytes)"), "{cut}");
        assert!(details.iter().map(stored).sum::<usize>() <= 1_000);
        let names = format!("{details:?}");
        assert_eq!(clean(&mut details, 1_000, |_| false), 0, "nothing more is to be done");
        assert_eq!(format!("{details:?}"), names);
    }

    #[test]
    fn what_claims_to_be_json_is_believed_only_if_it_is() {
        let deep = "[".repeat(100_000);
        let mut details = vec![field("a", Value::Json("{".into())), field("b", Value::Json(deep))];
        assert_eq!(clean(&mut details, 1_000, |_| false), 0);
        assert!(details.iter().all(|field| matches!(field.value, Value::Text(_))), "{details:?}");
    }

    #[test]
    fn a_name_stands_once_and_not_where_it_is_taken() {
        let mut details = vec![text("a", 1), text("host", 1), text("a", 2)];
        assert_eq!(clean(&mut details, 1_000, |name| name == "host"), 2);
        assert_eq!(details.len(), 1);
    }

    #[test]
    fn values_that_no_task_can_hold_are_found() {
        let many = |last: &str| -> Vec<Field> {
            (0..100).map(|number| text(&number.to_string(), 0)).chain([text(last, 0)]).collect()
        };
        assert_eq!(flaw(&many("y")), None);
        assert_eq!(flaw(&many("7")).as_deref(), Some("`7` stands in it twice"));
        assert_eq!(flaw(&[text("y", 0), text("y", 0)]).as_deref(), Some("`y` stands in it twice"));
        let json = flaw(&[field("y", Value::Json("{".into()))]).unwrap();
        assert!(json.starts_with("`y` is not valid JSON: "), "{json}");
    }
}
