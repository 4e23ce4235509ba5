//! What a child may say that somebody has broken into: anything. Its parent takes what makes sense, within bounds.

use super::frame::{Bounds, FromChild, Inbox};
use crate::bindings::rush::worker::types::{Field, Value};
use crate::objective::condition;
use crate::output::{MAX_LINE, MAX_LOGGER, MAX_MESSAGE};

/// Bytes of values, and of core dumps.
const VALUES: usize = 64 << 10;
const CORE_DUMP: usize = 4 << 10;
/// What the host says itself in a condition, for which there is room as well.
const EXPLANATION: usize = 256 << 10;

/// Hears all of it, as it arrives in pieces of so many bytes, until something makes no sense. Answers how many messages there were. Panics if a message
/// is larger than it may be, or memory is taken that no bytes came for.
#[cfg_attr(not(feature = "fuzzing"), expect(unreachable_pub, reason = "it is exported for fuzzing"))]
pub fn hear(mut bytes: &[u8], piece: usize) -> usize {
    let bounds = Bounds { values: VALUES, core_dump: Some(CORE_DUMP) };
    let (mut inbox, mut messages, mut arrived) = (Inbox::default(), 0, 0);
    loop {
        loop {
            match inbox.next(bounds) {
                Ok(Some(message)) => check(message),
                Ok(None) => break,
                Err(_) => return messages,
            }
            messages += 1;
        }
        if bytes.is_empty() {
            return messages;
        }
        let spare = inbox.spare();
        assert!(spare.len() <= 2 * (arrived + (8 << 10)), "{} bytes of room after {arrived}", spare.len());
        let count = bytes.len().min(piece.max(1)).min(spare.len());
        spare[..count].copy_from_slice(&bytes[..count]);
        inbox.arrived(count);
        arrived += count;
        bytes = &bytes[count..];
    }
}

fn check(message: FromChild<'_>) {
    match message {
        FromChild::Ready { in_force: words, .. } | FromChild::Refused(words) => {
            assert!(words.len() <= 16 << 10);
        }
        FromChild::Line(_, line) => assert!(line.len() <= MAX_LINE + 64),
        FromChild::Log(message) => {
            assert!(message.logger.len() <= MAX_LOGGER && message.message.len() <= MAX_MESSAGE);
        }
        FromChild::CoreDump(dump) => assert!(dump.len() <= CORE_DUMP),
        FromChild::Ys(ys) => {
            assert!(size(&ys) <= VALUES + EXPLANATION);
            // What is stored of it is checked again.
            let _ = condition::checked(ys);
        }
        FromChild::Trapped(told) | FromChild::Condition(told) => {
            assert!(told.kind.len() + told.message.len() + size(&told.details) <= VALUES + EXPLANATION);
            let believed = condition::of_a_child(told);
            assert!(believed.kind.len() <= 64 && size(&believed.details) <= EXPLANATION);
        }
    }
}

/// Bytes of memory that fields take.
fn size(fields: &[Field]) -> usize {
    let value = |value: &Value| match value {
        Value::Text(text) | Value::Json(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Integers(integers) => 8 * integers.len(),
        Value::Numbers(numbers) => 8 * numbers.len(),
        Value::Texts(texts) => texts.iter().map(|text| size_of::<String>() + text.len()).sum(),
        Value::Null | Value::Boolean(_) | Value::Integer(_) | Value::Number(_) => 0,
    };
    fields.iter().map(|field| size_of::<Field>() + field.name.len() + value(&field.value)).sum()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// A message whose tag and length may be right, with contents that look like some.
    fn message() -> impl Strategy<Value = Vec<u8>> {
        let contents = vec(prop_oneof![0_u8..12, any::<u8>(), Just(b'a')], 0..200);
        (0_u8..12, contents, prop_oneof![8 => Just(0_i64), 1 => -3_i64..3, 1 => any::<i64>()]).prop_map(
            |(tag, contents, wrong)| {
                let length = (contents.len() as u64).wrapping_add_signed(wrong);
                [&[tag][..], &length.to_le_bytes(), &contents].concat()
            },
        )
    }

    proptest! {
        #[test]
        fn whatever_a_child_says_is_taken_within_bounds(
            messages in vec(message(), 0..8),
            piece in prop_oneof![1_usize..32, Just(usize::MAX)],
        ) {
            let bytes = messages.concat();
            prop_assert_eq!(hear(&bytes, piece), hear(&bytes, usize::MAX), "however it is cut");
        }

        #[test]
        fn any_bytes_are_taken_within_bounds(bytes in vec(any::<u8>(), 0..4096), piece in 1_usize..64) {
            hear(&bytes, piece);
        }
    }
}
