//! Tables: every kind of column, every look, every part.

use rush_network::{Condition, FailedTask, Field, Fields, FinishedTask, Value, fields};

use super::{
    Language,
    answer::Answer,
    model::{alone, assert_same, hard_values, same},
    session::Session,
};

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|&text| text.to_owned()).collect()
}

/// Fetches finished tasks. Commands that were performed before are finished, too, so they are forgotten first.
fn fetch_finished(session: &Session, tasks: &[FinishedTask], parts: &[&str], looks: &[&str]) -> Answer {
    session.forget_tasks();
    session.block_on(session.network.push_finished(tasks));
    let operands =
        fields! { "states" => texts(&["finished"]), "parts" => texts(parts), "look" => texts(looks) };
    session.ask("fetch", operands)
}

fn with_xs(xs: Fields) -> FinishedTask {
    FinishedTask { xs, ..FinishedTask::default() }
}

pub(crate) fn columns_have_kinds(language: &Language) {
    let session = Session::start(language);
    // The second task has none of them.
    let tasks = [with_xs(hard_values()), with_xs(Fields::new())];
    let mut looks = texts(&["columns"]);
    for Field { name, value } in hard_values() {
        looks.extend([format!("values:{name}"), format!("valid:{name}")]);
        looks.extend(match value {
            Value::Number(_) => vec![format!("numbers:{name}")],
            Value::Integer(_) => vec![format!("integers:{name}"), format!("numbers:{name}")],
            Value::Boolean(_) => vec![format!("booleans:{name}")],
            Value::Text(_) => vec![format!("texts:{name}")],
            _ => vec![],
        });
    }
    let looks: Vec<&str> = looks.iter().map(String::as_str).collect();
    let answer = fetch_finished(&session, &tasks, &["xs"], &looks);
    let names: Vec<_> = hard_values().into_iter().map(|field| field.name).collect();
    answer.has("columns", names);
    let kind = |value: &Value| match value {
        Value::Boolean(_) => "boolean",
        Value::Integer(_) => "integer",
        Value::Number(_) => "number",
        Value::Text(_) => "text",
        _ => "mixed",
    };
    answer.has("kinds", hard_values().iter().map(|field| kind(&field.value).to_owned()).collect::<Vec<_>>());
    for Field { name, value } in hard_values() {
        answer
            .has(&format!("values:{name}:0"), alone(language, value.clone()))
            .has(&format!("values:{name}:1"), Value::Null);
        answer.lacks(&format!("values:{name}:2"));
        answer.has(&format!("valid:{name}"), vec![i64::from(value != Value::Null), 0]);
        match value {
            Value::Number(number) => {
                answer.has(&format!("numbers:{name}"), vec![number, f64::NAN]);
            }
            Value::Integer(integer) => {
                answer.has(&format!("integers:{name}"), vec![integer, 0]);
                #[expect(clippy::cast_precision_loss, reason = "the nearest number is what was asked for")]
                answer.has(&format!("numbers:{name}"), vec![integer as f64, f64::NAN]);
            }
            Value::Boolean(boolean) => {
                answer.has(&format!("booleans:{name}"), vec![i64::from(boolean), 0]);
            }
            Value::Text(text) => {
                answer
                    .has(&format!("levels:{name}"), vec![text])
                    .has(&format!("codes:{name}"), vec![0_i64, -1]);
            }
            _ => {}
        }
    }
}

pub(crate) fn every_look_at_a_table(language: &Language) {
    let session = Session::start(language);
    let task = |x: Value, name: &str, flag: Value, y: f64| FinishedTask {
        xs: fields! { "x" => x, "name" => name, "flag" => flag },
        ys: fields! { "y" => y, "w" => vec![y, 1.0] },
        ..FinishedTask::default()
    };
    let tasks = [
        task(Value::Integer(1), "b", Value::Boolean(true), f64::NAN),
        task(Value::Number(2.5), "a", Value::Null, f64::INFINITY),
        task(Value::Null, "b", Value::Boolean(false), -1.5),
    ];
    let looks = [
        "len",
        "columns",
        "keys",
        "states",
        "numbers:x",
        "booleans:flag",
        "texts:name",
        "valid:x",
        "valid:flag",
        "values:x",
        "numbers:y",
        "valid:y",
        "values:w",
        "json",
    ];
    let answer = fetch_finished(&session, &tasks, &["xs", "ys"], &looks);
    answer.has("len", 3).has("columns", texts(&["x", "name", "flag", "y", "w"]));
    answer.has("kinds", texts(&["number", "text", "boolean", "number", "mixed"]));
    answer.has("states", texts(&["finished"; 3])).has("numbers:x", vec![1.0, 2.5, f64::NAN]);
    answer.has("booleans:flag", vec![1_i64, 0, 0]).has("valid:flag", vec![1_i64, 0, 1]);
    answer.has("levels:name", texts(&["b", "a"])).has("codes:name", vec![0_i64, 1, 0]);
    answer.has("valid:x", vec![1_i64, 1, 0]).has("valid:y", vec![1_i64; 3]);
    answer
        .has("values:x:0", alone(language, Value::Integer(1)))
        .has("values:x:1", 2.5)
        .has("values:x:2", Value::Null);
    answer.has("numbers:y", vec![f64::NAN, f64::INFINITY, -1.5]).has("values:w:1", vec![f64::INFINITY, 1.0]);
    let keys = answer.texts("keys");
    let row = |i: usize, x: &str, name: &str, flag: &str, y: &str| {
        let key = &keys[i];
        format!(
            r#"{{"key":"{key}","state":"finished","x":{x},"name":"{name}","flag":{flag},"y":{y},"w":[{y},1.0]}}"#
        )
    };
    let json = [
        row(0, "1", "b", "true", "\"NaN\""),
        row(1, "2.5", "a", "null", "\"Inf\""),
        row(2, "null", "b", "false", "-1.5"),
    ];
    let (is, should) = (Value::Json(answer.text("json")), Value::Json(format!("[{}]", json.join(","))));
    assert!(same(&is, &should), "{is:?} instead of {should:?}");

    // A table of nothing; no states, and no parts.
    session.forget_tasks();
    for operands in [
        fields! { "states" => texts(&["queued", "failed"]), "parts" => texts(&["xs", "ys"]) },
        fields! { "parts" => texts(&["xs", "ys"]) },
        fields! { "states" => texts(&["queued"]) },
    ] {
        let mut operands = operands;
        let looks = texts(&["len", "columns", "keys", "states", "json", "rows:0:10"]);
        operands.extend(fields! { "look" => looks });
        let empty = session.ask("fetch", operands);
        empty.has("len", 0).has("columns", texts(&[])).has("kinds", texts(&[])).has("keys", texts(&[]));
        empty.has("states", texts(&[])).has("json", "[]").lacks("row:0:key");
    }
}

pub(crate) fn rows_have_all_parts(language: &Language) {
    let session = Session::start(language);
    let all = ["xs", "ys", "xs-extra", "ys-extra", "condition", "worker-id"];
    let task = FinishedTask {
        xs: hard_values(),
        ys: fields! { "y" => hard_values()[3].value.clone() },
        xs_extra: fields! { "a" => Value::Null },
        ys_extra: hard_values(),
    };
    let answer =
        fetch_finished(&session, &[task.clone(), FinishedTask::default()], &all, &["rows:0:5", "columns"]);
    answer.has("row:0:state", "finished").has("row:0:attempt", 0).has("row:0:worker-id", Value::Null);
    for (part, fields) in
        [("xs", &task.xs), ("ys", &task.ys), ("xs-extra", &task.xs_extra), ("ys-extra", &task.ys_extra)]
    {
        assert_same(part, &answer.fields(&format!("row:0:{part}.")), fields);
        assert!(answer.fields(&format!("row:1:{part}.")).is_empty(), "{answer}");
    }
    answer.lacks("row:0:message").lacks("row:2:key");
    let some = fetch_finished(&session, &vec![task; 4], &["ys"], &["rows:1:2", "rows:4:1"]);
    some.has("row:1:ys.y", hard_values()[3].value.clone()).lacks("row:2:key").lacks("row:0:xs.true");

    // Failed and running tasks have more.
    let condition = Condition { details: hard_values(), ..Condition::new("own", "line one\nline two") };
    let failed = FailedTask { xs: fields! { "x" => 1 }, xs_extra: Fields::new(), condition: Some(condition) };
    let keys = session.block_on(session.network.push_failed(&[failed]));
    let operands = fields! {
        "states" => texts(&["failed"]), "parts" => texts(&["xs", "condition"]),
        "look" => texts(&["rows:0:1", "texts:condition", "states"]),
    };
    let answer = session.ask("fetch", operands);
    answer.has("row:0:key", keys[0].as_str()).has("row:0:state", "failed").has("row:0:xs.x", 1);
    answer
        .has("row:0:kind", "own")
        .has("row:0:message", "line one\nline two")
        .has("states", texts(&["failed"]));
    assert_same("details", &answer.fields("row:0:details."), &hard_values());
    answer.has("levels:condition", texts(&["line one\nline two"]));

    let operands = fields! {
        "states" => texts(&["running"]), "parts" => texts(&["xs", "worker-id"]),
        "look" => texts(&["len", "rows:0:1", "texts:worker_id"]),
    };
    let answer = session.ask("fetch", operands);
    let id = session.worker_id();
    answer.has("len", 1).has("row:0:attempt", 1).has("row:0:worker-id", id.as_str());
    answer.has("row:0:xs.call", "fetch").has("levels:worker_id", texts(&[id.as_str()]));
}

pub(crate) fn names_that_collide_are_told_apart(language: &Language) {
    let session = Session::start(language);
    let task = FinishedTask {
        xs: fields! { "y" => 1, "only x" => 1 },
        ys: fields! { "y" => 2, "only y" => 2 },
        xs_extra: fields! { "y" => 3, "worker_id" => 5 },
        ys_extra: fields! { "y" => 4 },
    };
    let names = [
        "xs.y",
        "only x",
        "ys.y",
        "only y",
        "xs_extra.y",
        "xs_extra.worker_id",
        "ys_extra.y",
        "condition",
        "task.worker_id",
    ];
    let looks = [
        "columns",
        "integers:xs.y",
        "integers:ys.y",
        "integers:xs_extra.y",
        "integers:ys_extra.y",
        "integers:xs_extra.worker_id",
    ];
    let all = ["xs", "ys", "xs-extra", "ys-extra", "condition", "worker-id"];
    let answer = fetch_finished(&session, &[task], &all, &looks);
    answer.has("columns", texts(&names));
    for (name, value) in looks[1..].iter().zip([1_i64, 2, 3, 4, 5]) {
        answer.has(name, vec![value]);
    }
}

pub(crate) fn new_tasks_are_given_once(language: &Language) {
    let session = Session::start(language);
    let new = |look: &[&str], timeout: i32| {
        session.ask(
            "fetch-new",
            fields! { "parts" => texts(&["xs"]), "look" => texts(look), "timeout" => timeout },
        )
    };
    new(&["len"], 0).has("len", 0);
    let push = |range: std::ops::Range<i32>| {
        let tasks: Vec<_> = range.map(|x| with_xs(fields! { "x" => x })).collect();
        let keys = session.block_on(session.network.push_finished(&tasks));
        keys.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    // The command before is new, too.
    let keys = push(0..3);
    let first = new(&["len", "keys", "values:x"], 0);
    first.has("len", 4).has("values:x:1", alone(language, Value::Integer(0)));
    first.has("values:x:3", alone(language, Value::Integer(2)));
    assert_eq!(first.texts("keys")[1..], keys);
    new(&["len"], 0).has("len", 1);
    let more = push(3..5);
    assert_eq!(new(&["keys"], 30_000).texts("keys")[1..], more);

    // From the beginning: all tasks, the command that asked for it included.
    session.ask("reset-cache", fields! {}).is_empty();
    let again = new(&["len", "keys"], 0);
    again.has("len", 10);
    let told = again.texts("keys");
    assert!(keys.iter().chain(&more).all(|key| told.contains(key)), "{again}");

    // Nothing is new while nothing is finished; a finished task ends the wait.
    let command = session.command(
        "fetch-new",
        fields! { "parts" => texts(&["xs"]), "look" => texts(&["len"]), "timeout" => 0 },
    );
    session.wait_for(&command);
    let waits = fields! { "parts" => texts(&["xs"]), "look" => texts(&["len"]), "timeout" => 20 };
    session.ask("fetch-new", waits).has("len", 1);
}
