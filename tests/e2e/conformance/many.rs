//! As many tasks in one call as a loop ever has.

use rush_network::{FinishedTask, State, fields};

use super::{Language, session::Session};

const MANY: i64 = 10_000;

pub(crate) fn ten_thousand_tasks_in_one_call(language: &Language) {
    let session = Session::start(language);
    let count = usize::try_from(MANY).unwrap();
    let bystander = session.bystander();
    let assert_all = |keys: &[String], state| {
        assert_eq!(keys.len(), count);
        let parsed: Vec<_> = keys.iter().map(|key| session.network.parse_key(key).unwrap()).collect();
        let states = session.block_on(session.network.states(&parsed));
        assert!(states.iter().all(|found| *found == Some(state)), "not all are {state:?}");
    };

    let push = fields! { "n" => MANY, "xs.x" => 0.5, "xs.name" => "rbf", "worker" => bystander.id() };
    let queued = session.ask("push", push).texts("keys");
    assert_all(&queued, State::Queued);
    let has = session.ask("has-state", fields! { "keys" => queued.clone(), "state" => "queued" });
    assert_eq!(has.integers("has"), vec![1; count]);
    session.ask("keys", fields! { "states" => vec!["queued".to_owned()] }).has("queued", queued.clone());
    session.ask("empty-queue", fields! {}).has("n", MANY);
    session.ask("wait", fields! { "keys" => queued }).has("done", true);

    let xs = fields! { "n" => MANY, "xs.x" => 0.5, "xs.name" => "rbf" };
    let running = session.ask("push-running", xs.clone()).texts("keys");
    assert_all(&running, State::Running);
    let finish = fields! { "keys" => running.clone(), "ys.y" => 1.5 };
    session.ask("finish", finish).has("refused", Vec::<String>::new());
    assert_all(&running, State::Finished);

    let running = session.ask("push-running", xs.clone()).texts("keys");
    let mut step = fields! { "keys" => running.clone(), "ys.y" => 1.5 };
    step.extend(xs.clone());
    let next = session.ask("finish-and-push-running", step).texts("keys");
    assert_all(&running, State::Finished);
    assert_all(&next, State::Running);
    session
        .ask("fail", fields! { "keys" => next.clone(), "message" => "?" })
        .has("refused", Vec::<String>::new());
    assert_all(&next, State::Failed);
    let failed = session.ask("push-failed", xs.clone()).texts("keys");
    assert_all(&failed, State::Failed);
    let mut finished = xs;
    finished.extend(fields! { "ys.y" => 2.5 });
    let finished = session.ask("push-finished", finished).texts("keys");
    assert_all(&finished, State::Finished);

    // Fetched as columns, without the commands.
    session.forget_tasks();
    let task = |x: f64| FinishedTask {
        xs: fields! { "x" => x, "name" => if x < 9.0 { "few" } else { "many" } },
        ys: fields! { "y" => 2.0 * x },
        ..FinishedTask::default()
    };
    let tasks: Vec<_> = (0..10_000).map(|x| task(f64::from(x))).collect();
    let keys = session.block_on(session.network.push_finished(&tasks));
    let looks = ["len", "keys", "numbers:x", "numbers:y", "texts:name", "valid:y", "rows:9998:10"];
    let fetched = session.ask(
        "fetch",
        fields! {
            "states" => vec!["finished".to_owned()],
            "parts" => vec!["xs".to_owned(), "ys".to_owned()],
            "look" => looks.map(str::to_owned).to_vec(),
        },
    );
    fetched.has("len", MANY).has("valid:y", vec![1_i64; count]);
    assert_eq!(fetched.texts("keys"), keys.iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(fetched.numbers("numbers:x"), (0..10_000).map(f64::from).collect::<Vec<_>>());
    assert_eq!(fetched.numbers("numbers:y"), (0..10_000).map(|x| 2.0 * f64::from(x)).collect::<Vec<_>>());
    fetched.has("levels:name", vec!["few".to_owned(), "many".to_owned()]);
    let codes: Vec<i64> = (0..MANY).map(|x| (x >= 9).into()).collect();
    fetched.has("codes:name", codes).has("row:0:xs.x", 9998.0).has("row:1:ys.y", 19_998.0);
    fetched.lacks("row:2:key");
}
