//! Values that are hard to carry, through everything that carries values.

use rush_network::{Condition, Fields, NewTask, State, fields};

use super::{
    Language,
    model::{assert_same, hard_values, under},
    session::Session,
};

pub(crate) fn values_go_through_a_loop_unchanged(language: &Language) {
    let session = Session::start(language);
    let answer = session.ask("echo", under("xs.", hard_values()));
    assert_same("echo", &answer.fields("xs."), &hard_values());
}

/// What a guest writes itself: an empty list does not say what it would hold, so any empty list will do.
pub(crate) fn literals_become_the_values_that_they_look_like(language: &Language) {
    let session = Session::start(language);
    let answer = session.ask("literals", Fields::new());
    assert_same("literals", &answer.fields("xs."), &hard_values());
}

pub(crate) fn values_are_stored_and_read_in_every_part(language: &Language) {
    let session = Session::start(language);
    let hard = hard_values();
    let all = |prefixes: &[&str]| -> Fields {
        prefixes.iter().flat_map(|prefix| under(&format!("{prefix}."), hard_values())).collect()
    };

    // Written by the guest, read by the native client.
    let bystander = session.bystander();
    let mut operands = all(&["xs", "xs-extra"]);
    operands.extend(fields! { "worker" => bystander.id() });
    let keys = session.ask("push", operands).texts("keys");
    let task = session.tasks(&keys).remove(0);
    assert_eq!(task.state, State::Queued);
    assert_same("xs of push", &task.xs, &hard);
    assert_same("extra of push", &task.xs_extra, &hard);

    let keys = session.ask("push-finished", all(&["xs", "ys", "xs-extra", "ys-extra"])).texts("keys");
    let task = session.tasks(&keys).remove(0);
    for (part, fields) in
        [("xs", &task.xs), ("ys", &task.ys), ("xs_extra", &task.xs_extra), ("ys_extra", &task.ys_extra)]
    {
        assert_same(&format!("{part} of push-finished"), fields, &hard);
    }

    let mut operands = all(&["xs", "xs-extra", "details"]);
    operands.extend(fields! { "message" => "line one\nline two \u{1f980}", "kind" => "of its own" });
    let keys = session.ask("push-failed", operands).texts("keys");
    let task = session.tasks(&keys).remove(0);
    assert_same("xs of push-failed", &task.xs, &hard);
    assert_same("extra of push-failed", &task.xs_extra, &hard);
    assert_is(task.condition, "of its own", "line one\nline two \u{1f980}", &hard);

    let keys = session.ask("push-running", all(&["xs", "xs-extra"])).texts("keys");
    let mut operands = all(&["ys", "ys-extra"]);
    operands.extend(fields! { "keys" => keys.clone() });
    session.ask("finish", operands).has("refused", Vec::<String>::new());
    let task = session.tasks(&keys).remove(0);
    assert_same("xs of push-running", &task.xs, &hard);
    assert_same("extra of push-running", &task.xs_extra, &hard);
    assert_same("ys of finish", &task.ys, &hard);
    assert_same("extra of finish", &task.ys_extra, &hard);

    let keys = session.ask("push-running", fields! {}).texts("keys");
    let mut operands = all(&["details"]);
    operands.extend(fields! { "keys" => keys.clone(), "message" => "", "kind" => "error" });
    session.ask("fail", operands).has("refused", Vec::<String>::new());
    assert_is(session.tasks(&keys).remove(0).condition, "error", "", &hard);

    // Written by the native client, read by the guest.
    let new = NewTask { xs: hard.clone(), extra: hard.clone() };
    let (popped, keys) = session.ask_then_push("pop", fields! { "timeout" => 30_000 }, &[new]);
    popped.has("found", true).has("key", keys[0].as_str()).has("state", "running").has("attempt", 1);
    popped.has("worker-id", session.worker_id().as_str());
    assert_same("xs of pop", &popped.fields("xs."), &hard);
    assert_same("extra of pop", &popped.fields("xs-extra."), &hard);
    assert_eq!(popped.fields("ys.").len() + popped.fields("ys-extra.").len(), 0, "{popped}");
    popped.lacks("message").lacks("kind");
}

#[track_caller]
fn assert_is(condition: Option<Condition>, kind: &str, message: &str, details: &Fields) {
    let condition = condition.expect("a failed task has a condition");
    assert_eq!((condition.kind.as_str(), condition.message.as_str()), (kind, message));
    assert_same("details", &condition.details, details);
}
