//! Tasks: pushed, taken, ended, told.

use rush_network::{Condition, Fields, FinishedTask, State, Value, fields};

use super::{Language, session::Session};

pub(crate) fn queued_tasks_are_taken_in_their_order(language: &Language) {
    let session = Session::start(language);
    let none = session.ask("pop", fields! { "timeout" => 0 });
    none.has("found", false).lacks("key");
    session.ask("pop", fields! { "timeout" => 20 }).has("found", false);

    // A queue of its own comes first; and what is queued for nobody is a command, too.
    let own = session.worker_id();
    let command = fields! { "n" => 3, "worker" => own.as_str(), "xs.call" => "echo", "xs.xs.a" => 1, "xs-extra.b" => true };
    let keys = session.ask("push", command).texts("keys");
    assert_eq!(keys.len(), 3);
    for key in &keys {
        let task = session.wait_for(&session.network.parse_key(key).unwrap());
        assert_eq!((task.ys, task.attempt), (fields! { "xs.a" => 1 }, 1));
        assert_eq!(task.xs_extra, fields! { "b" => true });
        assert_eq!(task.worker_id.as_ref(), Some(&own));
    }
    let keys = session.ask("push", fields! { "xs.call" => "echo", "xs.xs.c" => Value::Null }).texts("keys");
    let task = session.wait_for(&session.network.parse_key(&keys[0]).unwrap());
    assert_eq!(task.ys, fields! { "xs.c" => Value::Null });

    let [first, second] = [1, 2].map(|x| fields! { "x" => x }.into());
    let (popped, keys) = session.ask_then_push("pop", fields! { "timeout" => 30_000 }, &[first]);
    popped.has("found", true).has("key", keys[0].as_str()).has("xs.x", 1).has("attempt", 1);
    // A task without elements.
    let (popped, keys) =
        session.ask_then_push("pop", fields! { "timeout" => 30_000 }, &[Fields::new().into()]);
    popped.has("key", keys[0].as_str());
    assert!(popped.fields("xs.").is_empty(), "{popped}");
    let (popped, _) = session.ask_then_push("pop", fields! { "timeout" => 30_000 }, &[second]);
    popped.has("xs.x", 2);
}

pub(crate) fn tasks_are_ended_once(language: &Language) {
    let session = Session::start(language);
    let keys = session.ask("push-running", fields! { "n" => 5, "xs.x" => 1 }).texts("keys");
    assert_eq!(keys.len(), 5);
    let parsed: Vec<_> = keys.iter().map(|key| session.network.parse_key(key).unwrap()).collect();
    let some = |range: std::ops::Range<usize>| keys[range].to_vec();

    // Somebody settles the first, so the worker's result for it is refused.
    session.block_on(session.network.cancel(&parsed[..1]));
    let answer = session.ask("finish", fields! { "keys" => some(0..2), "ys.y" => 1.5, "ys-extra.z" => "a" });
    answer.has("refused", some(0..1));
    let answer = session
        .ask("fail", fields! { "keys" => some(1..4), "message" => "why", "kind" => "own", "details.d" => 7 });
    answer.has("refused", some(1..2));
    let answer = session.ask("fail", fields! { "keys" => some(4..5) });
    answer.has("refused", Vec::<String>::new());

    let tasks = session.tasks(&keys);
    let conditions: Vec<_> = tasks.iter().map(|task| task.condition.clone()).collect();
    assert_eq!(conditions[0].as_ref().map(|condition| condition.kind.as_str()), Some("cancelled"));
    assert!(tasks[0].ys.is_empty() && tasks[0].ys_extra.is_empty(), "{:?}", tasks[0]);
    assert_eq!((tasks[1].state, &tasks[1].ys), (State::Finished, &fields! { "y" => 1.5 }));
    assert_eq!(tasks[1].ys_extra, fields! { "z" => "a" });
    let own = Condition { details: fields! { "d" => 7 }, ..Condition::new("own", "why") };
    assert_eq!(conditions[2..4], [Some(own.clone()), Some(own)]);
    assert_eq!(conditions[4], Some(Condition::task_failed()));

    // In one step with what comes next; not, if the finish is refused.
    let running = session.ask("push-running", fields! { "n" => 2, "xs.x" => 2 }).texts("keys");
    let next = session.ask(
        "finish-and-push-running",
        fields! { "keys" => running.clone(), "ys.y" => 2.5, "ys-extra.e" => 1, "n" => 3, "xs.x" => 3, "xs-extra.f" => 2 },
    );
    let next = next.texts("keys");
    assert_eq!(next.len(), 3);
    for task in session.tasks(&running) {
        assert_eq!(
            (task.state, task.ys, task.ys_extra),
            (State::Finished, fields! { "y" => 2.5 }, fields! { "e" => 1 })
        );
    }
    for task in session.tasks(&next) {
        assert_eq!(
            (task.state, task.xs, task.xs_extra),
            (State::Running, fields! { "x" => 3 }, fields! { "f" => 2 })
        );
    }
    session.block_on(session.network.cancel(&[session.network.parse_key(&next[0]).unwrap()]));
    let refused = fields! { "keys" => next[..1].to_vec(), "ys.y" => 1, "n" => 1, "xs.x" => 4 };
    session.ask("finish-and-push-running", refused).has("keys", Vec::<String>::new());
    // Nothing in, nothing out.
    for (call, answer) in [("finish", "refused"), ("fail", "refused"), ("finish-and-push-running", "keys")] {
        session.ask(call, fields! { "n" => 0 }).has(answer, Vec::<String>::new());
    }
}

pub(crate) fn tasks_are_pushed_in_every_state(language: &Language) {
    let session = Session::start(language);
    for call in ["push", "push-running", "push-finished", "push-failed"] {
        session.ask(call, fields! { "n" => 0, "xs.x" => 1 }).has("keys", Vec::<String>::new());
    }
    let parts = fields! { "n" => 2, "xs.x" => 1, "ys.y" => 2, "xs-extra.a" => 3, "ys-extra.b" => 4 };
    let finished = session.ask("push-finished", parts.clone()).texts("keys");
    for task in session.tasks(&finished) {
        assert_eq!((task.state, task.attempt, task.worker_id), (State::Finished, 0, None));
        assert_eq!((task.xs, task.ys), (fields! { "x" => 1 }, fields! { "y" => 2 }));
        assert_eq!((task.xs_extra, task.ys_extra), (fields! { "a" => 3 }, fields! { "b" => 4 }));
    }
    for message in [None, Some("singular")] {
        let mut operands = parts.clone();
        if let Some(message) = message {
            operands.extend(fields! { "message" => message, "kind" => "error", "details.row" => 1 });
        }
        let failed = session.ask("push-failed", operands).texts("keys");
        assert_eq!(failed.len(), 2);
        for task in session.tasks(&failed) {
            assert_eq!(
                (task.state, task.xs, task.xs_extra),
                (State::Failed, fields! { "x" => 1 }, fields! { "a" => 3 })
            );
            assert!(task.ys.is_empty(), "{:?}", task.ys);
            let condition = message.map_or(Condition::task_failed(), |message| Condition {
                details: fields! { "row" => 1 },
                ..Condition::new("error", message)
            });
            assert_eq!(task.condition, Some(condition));
        }
    }
    let running = session.ask("push-running", parts).texts("keys");
    for task in session.tasks(&running) {
        assert_eq!((task.state, task.attempt), (State::Running, 0));
        assert_eq!(task.worker_id, Some(session.worker_id()));
        assert_eq!((task.xs, task.xs_extra), (fields! { "x" => 1 }, fields! { "a" => 3 }));
    }
}

pub(crate) fn states_are_told(language: &Language) {
    let session = Session::start(language);
    let bystander = session.bystander();
    let queued = session.ask("push", fields! { "n" => 4, "worker" => bystander.id() }).texts("keys");
    let failed = session.ask("push-failed", fields! { "n" => 3, "xs.x" => 1 }).texts("keys");
    let running = session.ask("push-running", fields! { "n" => 2, "xs.x" => 1 }).texts("keys");
    let finished = session.block_on(session.network.push_finished(&vec![FinishedTask::default(); 2]));
    // The commands before this one are finished, this one is running.
    session.ask("count", fields! {}).has("queued", 4).has("running", 3).has("finished", 5).has("failed", 3);

    let all = ["failed", "queued", "running", "finished"].map(str::to_owned);
    let keys = session.ask("keys", fields! { "states" => all.to_vec() });
    let names: Vec<_> = keys.0.iter().map(|field| field.name.clone()).collect();
    assert_eq!(names, all, "{keys}");
    keys.has("queued", queued.clone());
    assert_eq!(sorted(keys.texts("failed")), sorted(failed.clone()), "{keys}");
    let told = keys.texts("running");
    assert!(running.iter().all(|key| told.contains(key)) && told.len() == 3, "{keys}");
    assert_eq!(keys.texts("finished").len(), 6, "{keys}");
    session.ask("keys", fields! { "states" => Vec::<String>::new() }).is_empty();

    let some = [&queued[..1], &failed[..1], &running[..1], &[finished[0].to_string()]].concat();
    for (index, state) in ["queued", "failed", "running", "finished"].into_iter().enumerate() {
        let has: Vec<i64> = (0..4).map(|other| (other == index).into()).collect();
        session.ask("has-state", fields! { "keys" => some.clone(), "state" => state }).has("has", has);
    }
    session.ask("has-state", fields! { "state" => "queued" }).has("has", Vec::<i64>::new());

    // Waiting: for what has ended, for what nobody ends, and for nothing.
    let ended = [&failed[..], &[finished[1].to_string()]].concat();
    session.ask("wait", fields! { "keys" => ended.clone() }).has("done", true);
    session.ask("wait", fields! { "keys" => queued.clone(), "timeout" => 20 }).has("done", false);
    session.ask("wait", fields! { "timeout" => 0 }).has("done", true);
    session.ask("empty-queue", fields! {}).has("n", 4);
    for task in session.tasks(&queued) {
        assert_eq!(task.state, State::Failed);
        assert_eq!(task.condition.unwrap().message, "Removed from queue");
    }
    session.ask("empty-queue", fields! {}).has("n", 0);
}

/// Failed tasks have no order.
fn sorted(mut keys: Vec<String>) -> Vec<String> {
    keys.sort();
    keys
}
