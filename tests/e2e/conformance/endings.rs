//! How a loop ends, and how that is recorded.

use rush_network::{End, EndKind, WorkerState, fields};

use super::{Language, session::Session};

/// Ends the loop: how that is recorded. What it was working on fails.
fn end(language: &Language, how: &str) -> End {
    let session = Session::start(language);
    let key = session
        .command("end", fields! { "how" => how, "message" => "the kernel matrix is singular \u{1f980}" });
    let worker = session.wait_for_end();
    assert_eq!(worker.state, WorkerState::Terminated);
    let task = session.task(&key);
    let condition = task.condition.unwrap_or_else(|| panic!("{how}: {:?}", task.state));
    let end = worker.end.unwrap();
    if end.kind != EndKind::Returned {
        assert_eq!(condition.kind, end.kind.as_str());
    }
    end
}

pub(crate) fn a_loop_that_returns(language: &Language) {
    assert_eq!(end(language, "return").kind, EndKind::Returned);
}

pub(crate) fn a_loop_that_returns_an_error(language: &Language) {
    let end = end(language, "error");
    assert_eq!(end.kind, EndKind::Error);
    assert!(end.message.contains("the kernel matrix is singular \u{1f980}"), "{end:?}");
}

pub(crate) fn a_loop_that_traps(language: &Language) {
    let end = end(language, "trap");
    assert_eq!(end.kind, EndKind::Trap, "{end:?}");
}

/// Nothing that it does counts any more, so its loop ends, whatever it is at.
pub(crate) fn a_worker_that_was_buried_ends(language: &Language) {
    let session = Session::start(language);
    let id = session.worker_id();
    session.block_on(session.network.bury(&id, None, "its machine is gone"));
    session.scene.nothing_is_left();
    assert_eq!(session.wait_for_end().state, WorkerState::Lost);
}
