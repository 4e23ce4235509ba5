//! Whether a loop has room for what its objective answers. It did not ask for so much, and must not end for it.

use crate::bindings::rush::worker::types::{Field, Value};
use crate::bytes_text::BytesText;

/// So much is always handed over: a loop that has no room for that has none for anything.
const SMALL: u64 = 64 << 10;
/// The same of a condition.
const SMALLEST_CONDITION: usize = 8 << 10;
/// A field in a list, and once more as what a program makes of it.
const FIELD: u64 = 64;
/// A text in a list, the same.
const TEXT: u64 = 24;
/// What an allocator adds to a piece of memory.
const PIECE: u64 = 16;

/// What a loop has taken without harm: what it has given back since may be used again, although its memory never shrinks.
#[derive(Debug, Default)]
pub(crate) struct Room {
    largest: u64,
}

/// What a loop may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    /// Bytes of its memory that it has not taken yet,
    pub(crate) memory: u64,
    /// and of all that it may take.
    pub(crate) of_memory: u64,
    /// Bytes that it may hand over in one call.
    pub(crate) host_call: usize,
}

/// Values that a loop has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoRoom {
    #[error(
        "`ys` of the objective take {} of memory, and as much again where they are passed on; the loop has {} left of {}. \
         Return less, or raise `[loop.limits] memory`",
        BytesText(*.taken), BytesText(*.left), BytesText(*.limit)
    )]
    Memory { taken: u64, left: u64, limit: u64 },
    #[error(
        "`ys` of the objective take {}, and the loop may hand over {} in one call. Return less, or raise `[loop.limits] value`",
        BytesText(*.taken), BytesText(*.limit)
    )]
    HostCall { taken: u64, limit: u64 },
}

impl Room {
    /// Asked before these are handed over.
    pub(crate) fn take(&mut self, ys: &[Field], left: Left) -> Result<(), NoRoom> {
        let taken: u64 = ys.iter().map(in_a_guest).sum();
        let (host_call, lifted) = (left.host_call as u64, ys.iter().map(in_the_host).sum::<u64>());
        // A call has other arguments, too.
        if lifted.saturating_add(SMALL.min(host_call / 2)) > host_call {
            return Err(NoRoom::HostCall { taken: lifted, limit: host_call });
        }
        if taken > SMALL.max(self.largest) && taken.saturating_mul(2).saturating_add(SMALL) > left.memory {
            return Err(NoRoom::Memory { taken, left: left.memory, limit: left.of_memory });
        }
        self.largest = self.largest.max(taken);
        Ok(())
    }
}

impl Left {
    /// Bytes of a condition that certainly fit.
    pub(crate) fn of_a_condition(self) -> usize {
        // It is at most three times as large there, and is passed on like values.
        let fits = usize::try_from(self.memory / 8).unwrap_or(usize::MAX);
        fits.max(SMALLEST_CONDITION).min(self.host_call / 4)
    }
}

fn in_a_guest(field: &Field) -> u64 {
    let texts = |texts: &[String]| texts.iter().map(|text| TEXT + PIECE + text.len() as u64).sum::<u64>();
    let value = match &field.value {
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => 0,
        Value::Text(text) | Value::Json(text) => PIECE + text.len() as u64,
        Value::Bytes(bytes) => PIECE + bytes.len() as u64,
        Value::Integers(integers) => PIECE + size_of_val(&**integers) as u64,
        Value::Numbers(numbers) => PIECE + size_of_val(&**numbers) as u64,
        Value::Texts(list) => PIECE + texts(list),
    };
    FIELD + PIECE + field.name.len() as u64 + value
}

/// As wasmtime counts what a call hands over.
fn in_the_host(field: &Field) -> u64 {
    let value = match &field.value {
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => 0,
        Value::Text(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Integers(integers) => size_of_val(&**integers),
        Value::Numbers(numbers) => size_of_val(&**numbers),
        Value::Texts(texts) => texts.iter().map(|text| size_of::<String>() + text.len()).sum(),
    };
    (size_of::<Field>() + field.name.len() + value) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(length: usize) -> Vec<Field> {
        vec![Field { name: "y".to_owned(), value: Value::Text("x".repeat(length)) }]
    }

    fn left(memory: u64) -> Left {
        Left { memory, of_memory: 8 << 20, host_call: 16 << 20 }
    }

    #[test]
    fn values_need_room_for_themselves_and_where_they_are_passed_on() {
        assert_eq!(Room::default().take(&text(3 << 20), left(7 << 20)), Ok(()));
        let error = Room::default().take(&text(5 << 20), left(7 << 20)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "`ys` of the objective take 5 MiB of memory, and as much again where they are passed on; the loop has 7 MiB left of 8 MiB. \
             Return less, or raise `[loop.limits] memory`"
        );
    }

    #[test]
    fn what_a_loop_took_once_it_takes_again() {
        let mut room = Room::default();
        assert_eq!(room.take(&text(3 << 20), left(7 << 20)), Ok(()));
        assert_eq!(room.take(&text(3 << 20), left(1 << 20)), Ok(()), "its memory does not shrink");
        assert!(room.take(&text(4 << 20), left(1 << 20)).is_err());
    }

    #[test]
    fn little_is_always_handed_over() {
        assert_eq!(Room::default().take(&text(1_000), left(0)), Ok(()));
        assert!(left(0).of_a_condition() >= 8 << 10);
    }

    #[test]
    fn many_small_texts_are_as_large_as_what_holds_them() {
        let many = vec![Field { name: "y".to_owned(), value: Value::Texts(vec![String::new(); 100_000]) }];
        assert!(matches!(Room::default().take(&many, left(7 << 20)), Err(NoRoom::Memory { .. })));
    }

    #[test]
    fn a_loop_gets_no_more_than_it_may_hand_over() {
        let small = Left { host_call: 1 << 20, ..left(256 << 20) };
        assert_eq!(Room::default().take(&text(900 << 10), small), Ok(()));
        assert_eq!(
            Room::default().take(&text(1 << 20), small).unwrap_err().to_string(),
            "`ys` of the objective take 1 MiB, and the loop may hand over 1 MiB in one call. Return less, or raise `[loop.limits] value`"
        );
    }
}
