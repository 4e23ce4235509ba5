//! Tasks as blocks of lines: what does not fit into a row of a table.

use rush_network::{Condition, Field, Task, Value, value_to_json};

use crate::print::{
    records,
    text::{counted, harmless},
};

/// A task in full.
pub(crate) fn block(task: &Task) -> String {
    let mut out = format!("{}\n  state: {}\n", task.key, task.state);
    if let Some(worker) = &task.worker_id {
        out += &format!("  worker: {}\n", harmless(worker.as_str()));
    }
    if task.attempt > 0 {
        out += &format!("  popped: {}\n", counted(task.attempt.into(), "time"));
    }
    let lists =
        [("xs", &task.xs), ("xs_extra", &task.xs_extra), ("ys", &task.ys), ("ys_extra", &task.ys_extra)];
    for (name, fields) in lists {
        if !fields.is_empty() {
            let lines =
                fields.iter().map(|field| format!("    {} = {}\n", harmless(&field.name), value(field)));
            out += &format!("  {name}:\n{}", lines.collect::<String>());
        }
    }
    if let Some(condition) = &task.condition {
        out += "  condition:\n";
        out.extend(lines(condition).into_iter().map(|line| format!("    {line}\n")));
    }
    out
}

/// Why a task failed, line by line: the kind and the message, then whatever else is known, e.g. the backtrace.
pub(crate) fn lines(condition: &Condition) -> Vec<String> {
    let mut out = Vec::new();
    let mut add = |text: &str, indent: &str| {
        out.extend(text.lines().map(|line| format!("{indent}{}", harmless(line))));
    };
    add(&summary(&condition.kind, &condition.message), "");
    for field in &condition.details {
        let name = field.name.replace(['_', '-'], " ");
        match &field.value {
            Value::Texts(lines) => {
                add(&format!("{name}:"), "");
                for line in lines {
                    add(line, "  ");
                }
            }
            // E.g. the traceback of a language.
            Value::Text(text) if text.contains('\n') => {
                add(&format!("{name}:"), "");
                add(text, "  ");
            }
            _ => add(&format!("{name}: {}", value(field)), ""),
        }
    }
    out
}

/// The kind and the message of a condition.
pub(crate) fn summary(kind: &str, message: &str) -> String {
    if message.is_empty() { kind.to_owned() } else { format!("{kind}: {message}") }
}

fn value(field: &Field) -> String {
    match &field.value {
        Value::Null => "missing".to_owned(),
        // The end of a line becomes a visible character, too: nothing is left out.
        Value::Text(text) | Value::Json(text) => harmless(text).into_owned(),
        value => harmless(&records::cell(Some(&value_to_json(value)))).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use rush_network::{State, TaskKey, WorkerId, fields};

    use super::*;

    #[test]
    fn a_failed_task_is_shown_whole_and_a_terminal_obeys_nothing_in_it() {
        let mut condition = Condition::new("time-limit", "It ran for longer than 5s\nwell, \x1b[2Jit did");
        let backtrace = vec!["0: branin!spin".to_owned(), "1: branin!evaluate\x07".to_owned()];
        condition.details = fields! {
            "backtrace" => backtrace,
            "traceback" => "File \"a.py\"\n  KeyError\x07\n",
            "core_dump" => "/tmp/branin.core",
        };
        let task = Task {
            key: TaskKey::parse("2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001", "").unwrap(),
            state: State::Failed,
            xs: fields! { "x1" => 1.5, "x\x1b2" => Value::Null, "s" => "a\nb", "tags" => vec!["a".to_owned()] },
            ys: Vec::new(),
            xs_extra: Vec::new(),
            ys_extra: Vec::new(),
            condition: Some(condition),
            worker_id: Some(WorkerId::parse("calm_otter").unwrap()),
            attempt: 2,
        };
        assert_eq!(
            block(&task),
            "2d9d5a0c-0f3a-4f10-9e64-94a2c3a3a001
  state: failed
  worker: calm_otter
  popped: 2 times
  xs:
    x1 = 1.500000
    x␛2 = missing
    s = a␊b
    tags = [\"a\"]
  condition:
    time-limit: It ran for longer than 5s
    well, ␛[2Jit did
    backtrace:
      0: branin!spin
      1: branin!evaluate␇
    traceback:
      File \"a.py\"
        KeyError␇
    core dump: /tmp/branin.core
"
        );
    }

    #[test]
    fn what_has_no_message_has_a_kind() {
        assert_eq!(lines(&Condition::new("killed", "")), ["killed"]);
    }
}
