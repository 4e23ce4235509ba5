//! What records take in the guest's memory, as the canonical ABI lays them out: at least, because a guest's allocator adds to it.

use rush_network::{Condition, Entries, Field, Task, Value};

/// A text or a list, without what it points to.
pub(super) const TEXT: usize = 8;
/// A value, without what it points to.
pub(super) const VALUE: usize = 16;
/// The name and the kind of a column.
pub(super) const COLUMN: usize = TEXT + 4;
/// The text of a key.
pub(super) const KEY: usize = 36;
const FIELD: usize = TEXT + VALUE;
const TASK: usize = 88;
const ENTRY: usize = 2 * TEXT;
const OPTIONAL_HASH: usize = 4 + TEXT;

/// What a value points to.
pub(super) fn content(value: &Value) -> usize {
    let texts = if let Value::Texts(texts) = value { TEXT * texts.len() } else { 0 };
    value.size() + texts
}

fn fields(fields: &[Field]) -> usize {
    fields.iter().map(|field| FIELD + field.name.len() + content(&field.value)).sum()
}

pub(super) fn task(task: &Task) -> usize {
    let condition =
        |condition: &Condition| condition.kind.len() + condition.message.len() + fields(&condition.details);
    let lists = [&task.xs, &task.ys, &task.xs_extra, &task.ys_extra];
    TASK + task.key.as_str().len()
        + lists.into_iter().map(|list| fields(list)).sum::<usize>()
        + task.condition.as_ref().map_or(0, condition)
        + task.worker_id.as_ref().map_or(0, |id| id.as_str().len())
}

pub(super) fn hash(hash: Option<&Entries>) -> usize {
    let entries = hash.into_iter().flatten();
    OPTIONAL_HASH + entries.map(|(name, list)| ENTRY + name.len() + fields(list)).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use rush_network::fields;

    use super::*;

    #[test]
    fn empty_texts_and_entries_take_room_too() {
        assert_eq!(content(&Value::Texts(vec![String::new(); 1_000])), 8_000);
        let nothing: Entries = vec![("a".into(), fields! {}); 1_000];
        assert_eq!(hash(Some(&nothing)), 12 + 17_000);
        assert_eq!(hash(None), 12);
    }
}
