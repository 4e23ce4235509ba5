//! Why an evaluation failed, as it stands with its task.

use rush_network::Condition;

use super::details;
use crate::bindings::rush::worker::types::{Condition as WitCondition, Field, Fields, Value};
use crate::failure::{GuestFailure, first_upper};
use crate::imports::convert;
use crate::output::{cut, cut_marked};

/// The longest message of a condition, in bytes; it is kept in Redis with the task.
const MAX_MESSAGE: usize = 16 << 10;
/// The longest kind of a condition.
const MAX_KIND: usize = 64;
/// What an objective may say about a failure besides its message, in bytes, all together. All conditions of a run are read to count them.
const MAX_DETAILS: usize = 64 << 10;
/// "(17 of its details are left out)"
const MAX_NOTE: usize = 64;
/// Names and lengths of the parts of a condition where it is stored.
const FRAMING: usize = 48;

/// Details that only the host knows. Of an objective they are left out.
const BACKTRACE: &str = "backtrace";
const CORE_DUMP: &str = "core_dump";
/// More than the host's own backtraces have, by which one of a process is measured that nobody needs to trust.
const MAX_LINES: usize = 32;
const MAX_LINE: usize = 1 << 10;

/// Kinds that only the host can know. An objective that claims one is quoted, not believed.
const KINDS_OF_THE_HOST: [&str; 10] = [
    "trap",
    "time-limit",
    "memory-limit",
    "fuel",
    "limit",
    "denied",
    "cancelled",
    "killed",
    "lost",
    "removed",
];

/// Those of them that a process learns which evaluates. Limits on time, for example, are watched from outside.
const KINDS_OF_A_CHILD: [&str; 4] = ["trap", "memory-limit", "fuel", "limit"];

/// The evaluation was cut short.
pub(crate) fn failed(failure: GuestFailure) -> WitCondition {
    let GuestFailure { kind, message, backtrace } = failure;
    let mut details = Vec::new();
    if !backtrace.is_empty() {
        details.push(Field { name: BACKTRACE.to_owned(), value: Value::Texts(backtrace) });
    }
    condition(kind.of_a_condition(), &first_upper(&message), details)
}

/// Where the image of the guest is kept.
pub(crate) fn core_dump(path: String) -> Field {
    Field { name: CORE_DUMP.to_owned(), value: Value::Text(path) }
}

/// The objective said so itself. What it says is what can be stored afterwards, whatever it was.
pub(crate) fn returned(told: WitCondition) -> WitCondition {
    let (kind, message) = believed(&told.kind, told.message, &[]);
    let mut details = told.details;
    let left_out = details::clean(&mut details, MAX_DETAILS, is_of_the_host);
    let mut condition = condition(&kind, &message, details);
    match left_out {
        0 => {}
        1 => condition.message += " (one of its details is left out)",
        more => condition.message += &format!(" ({more} of its details are left out)"),
    }
    condition
}

/// A process that evaluates said so. It may have been broken into, so it gets no further than an objective; but traps are its to tell.
pub(crate) fn of_a_child(told: WitCondition) -> WitCondition {
    let (kind, message) = believed(&told.kind, told.message, &KINDS_OF_A_CHILD);
    let mut details = told.details;
    let at = details.iter().position(|field| field.name == BACKTRACE);
    let backtrace = at.map(|at| details.remove(at).value);
    details::clean(&mut details, MAX_DETAILS, is_of_the_host);
    if let Some(Value::Texts(mut lines)) = backtrace {
        lines.truncate(MAX_LINES);
        for line in &mut lines {
            line.truncate(line.floor_char_boundary(MAX_LINE));
        }
        details.insert(0, Field { name: BACKTRACE.to_owned(), value: Value::Texts(lines) });
    }
    // With the note that stands behind it already.
    WitCondition { kind, message: cut_marked(&message, MAX_MESSAGE + MAX_NOTE).into_owned(), details }
}

/// The kind and the message of somebody who knows no kinds of the host but these.
fn believed(kind: &str, message: String, known: &[&str]) -> (String, String) {
    if KINDS_OF_THE_HOST.contains(&kind) && !known.contains(&kind) {
        return ("error".to_owned(), format!("{kind}: {message}"));
    }
    let kind = if kind.is_empty() { "error" } else { cut(kind, MAX_KIND) };
    (kind.to_owned(), message)
}

fn is_of_the_host(name: &str) -> bool {
    [BACKTRACE, CORE_DUMP].contains(&name)
}

/// The same in at most so many bytes where it is stored: of details what still fits, and of the message its beginning.
pub(crate) fn within(mut condition: WitCondition, most: usize) -> WitCondition {
    let mut room = most.saturating_sub(FRAMING + condition.kind.len());
    if condition.message.len() > room {
        condition.message = cut(&cut_marked(&condition.message, room), room).to_owned();
    }
    room -= condition.message.len();
    condition.details.retain(|field| match room.checked_sub(details::stored(field)) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    });
    condition
}

/// These values, unless they are such as no task can hold.
pub(crate) fn checked(ys: Fields) -> Result<Fields, WitCondition> {
    match details::flaw(&ys) {
        None => Ok(ys),
        Some(flaw) => Err(unstorable(&flaw)),
    }
}

fn unstorable(flaw: &str) -> WitCondition {
    condition("error", &format!("`ys` of the objective cannot be stored: {flaw}"), Vec::new())
}

/// The values are there, but the loop has no room for them.
pub(crate) fn no_room(message: &str) -> WitCondition {
    condition("limit", message, Vec::new())
}

/// Something on the host's side, which no objective can prevent.
pub(crate) fn of_the_host(message: &str) -> WitCondition {
    condition("error", &first_upper(message), Vec::new())
}

/// Somebody cancelled the task.
pub(crate) fn cancelled() -> WitCondition {
    condition("cancelled", "Cancelled", Vec::new())
}

fn condition(kind: &str, message: &str, details: Vec<Field>) -> WitCondition {
    WitCondition { kind: kind.to_owned(), message: cut_marked(message, MAX_MESSAGE).into_owned(), details }
}

/// For callers that know only the network.
pub(crate) fn of_the_network(condition: WitCondition) -> Condition {
    convert::condition(condition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(kind: &str) -> (String, String) {
        let condition = WitCondition { kind: kind.to_owned(), message: "no".to_owned(), details: Vec::new() };
        let WitCondition { kind, message, .. } = returned(condition);
        (kind, message)
    }

    #[test]
    fn an_objective_that_claims_to_know_what_only_the_host_knows_is_quoted() {
        assert_eq!(said("singular"), ("singular".into(), "no".into()));
        assert_eq!(said(""), ("error".into(), "no".into()));
        assert_eq!(said("killed"), ("error".into(), "killed: no".into()));
        assert_eq!(said(&"x".repeat(1_000)).0.len(), MAX_KIND);
    }

    fn hostile(kind: &str) -> WitCondition {
        let text = |name: &str, length: usize| Field {
            name: name.to_owned(),
            value: Value::Text("ä".repeat(length)),
        };
        let lines = vec!["at main".repeat(MAX_LINE); 100];
        let mut details = vec![
            text("large", 4 << 20),
            text("large", 1),
            text(CORE_DUMP, 10),
            Field { name: BACKTRACE.to_owned(), value: Value::Texts(lines) },
        ];
        details.extend((0..1_000).map(|number| text(&number.to_string(), 100)));
        WitCondition { kind: kind.to_owned(), message: "ä".repeat(1 << 20), details }
    }

    fn names(condition: &WitCondition) -> Vec<&str> {
        condition.details.iter().map(|field| field.name.as_str()).collect()
    }

    fn stored(condition: &WitCondition) -> usize {
        let details: usize = condition.details.iter().map(details::stored).sum();
        FRAMING + condition.kind.len() + condition.message.len() + details
    }

    #[test]
    fn what_an_objective_says_can_be_stored_whatever_it_is() {
        let said = returned(hostile("singular"));
        assert!(stored(&said) < (64 << 10) + MAX_MESSAGE + 200, "{}", stored(&said));
        assert_eq!(names(&said), ["large"]);
        assert!(said.message.ends_with("(1003 of its details are left out)"), "{}", said.message);
    }

    #[test]
    fn a_process_gets_no_further_than_an_objective() {
        let said = of_a_child(hostile("cancelled"));
        assert_eq!(said.kind, "error");
        assert!(said.message.starts_with("cancelled: "));
        assert_eq!(names(&said), [BACKTRACE, "large"]);
        assert!(stored(&said) < (64 << 10) + MAX_MESSAGE + MAX_LINES * (MAX_LINE + 10) + 200);
        assert_eq!(of_a_child(hostile("trap")).kind, "trap");
    }

    #[test]
    fn what_an_honest_process_passes_on_stays_as_it_is() {
        let said = returned(hostile("singular"));
        let passed_on = of_a_child(said.clone());
        assert_eq!((&passed_on.kind, &passed_on.message), (&said.kind, &said.message));
        assert_eq!(format!("{:?}", passed_on.details), format!("{:?}", said.details));
    }

    #[test]
    fn a_condition_fits_into_any_room() {
        let said = of_a_child(hostile("trap"));
        let whole = stored(&said);
        for most in [1 << 20, whole, whole - 1, 4_096, 100, 60] {
            let less = within(said.clone(), most);
            assert!(stored(&less) <= most, "{} of {most}", stored(&less));
            assert_eq!(less.kind, "trap");
        }
        assert_eq!(within(said.clone(), whole).details.len(), 2);
    }
}
