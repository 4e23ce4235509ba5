//! Makes the calls that queued tasks name, and finishes each with what it saw: the worker loop of the conformance suite in Rust. Those of
//! other languages are in `tests/guests/LANGUAGE`; what is expected of all of them stands in `tests/e2e/conformance`.

use rush_worker::{Fields, HashKey, Value, WorkerRng, prelude::*};

#[path = "../src/checks.rs"]
#[expect(dead_code, reason = "guests that check their host need more of it")]
mod checks;
#[path = "../src/conformance/mod.rs"]
mod conformance;
#[path = "../src/conformance/looks.rs"]
mod looks;

use conformance::{
    answers::{Answer, booleans, key_texts, name, refusal},
    given,
    operands::{self, Operands},
};
use looks::{integer, look};

/// Works on commands until the loop is told to end.
pub(crate) fn performs_commands(worker: &mut Worker) -> Result<()> {
    while !worker.terminated() {
        let Some(task) = worker.pop(Duration::from_secs(1))? else { continue };
        let operands = Operands(task.xs);
        if operands.text("call")? == "end" {
            return end(&operands);
        }
        let seen = match perform(worker, &operands) {
            Ok(answer) => answer.0,
            Err(error) => refusal(error)?,
        };
        worker.finish_one(&task.key, &Row::from_fields(seen))?;
    }
    Ok(())
}

fn end(operands: &Operands) -> Result<()> {
    let message = operands.optional_text("message").unwrap_or_default();
    match operands.text("how")? {
        "return" => Ok(()),
        "error" => Err(Error::message(message)),
        _ => panic!("{message}"),
    }
}

fn perform(worker: &mut Worker, operands: &Operands) -> Result<Answer> {
    let call = operands.text("call")?;
    let keys = operands.keys();
    let (xs, ys) = (|| operands.rows("xs", operands.n()), || operands.rows("ys", keys.len()));
    let of_keys = |keys| Answer::of_keys("keys", keys);
    let of_refused = |keys| Answer::of_keys("refused", keys);
    Ok(match call {
        "echo" => of_fields("xs", operands.fields("xs")),
        "literals" => of_fields("xs", checks::hard_values()),
        "push" => match operands.optional_text("worker") {
            Some(id) => of_keys(worker.push_to(id, &xs())?),
            None => of_keys(worker.push(&xs())?),
        },
        "push-running" => of_keys(worker.push_running(&xs())?),
        "push-finished" => of_keys(worker.push_finished(&xs(), &operands.rows("ys", operands.n()))?),
        "push-failed" => of_keys(worker.push_failed(&xs(), &operands.conditions(operands.n()))?),
        "pop" => {
            let task = worker.pop(operands.timeout().unwrap_or_default())?;
            let mut answer = Answer::default().with("found", Value::Boolean(task.is_some()));
            if let Some(task) = task {
                answer.add_task("", task);
            }
            answer
        }
        "finish" => of_refused(worker.finish(&keys, &ys())?),
        "fail" => of_refused(worker.fail(&keys, &operands.conditions(keys.len()))?),
        "finish-and-push-running" => of_keys(worker.finish_and_push_running(&keys, &ys(), &xs())?),
        "fetch" => looked(operands, &worker.fetch(&operands.states()?, operands.parts()?)?)?,
        "fetch-new" => {
            let timeout = operands.timeout().unwrap_or_default();
            looked(operands, &worker.fetch_new(operands.parts()?, timeout)?)?
        }
        "reset-cache" => {
            worker.reset_cache();
            Answer::default()
        }
        "count" => {
            let counts = worker.count()?;
            let count = |count| Value::Integer(i64::try_from(count).unwrap_or(i64::MAX));
            Answer::default()
                .with("queued", count(counts.queued))
                .with("running", count(counts.running))
                .with("finished", count(counts.finished))
                .with("failed", count(counts.failed))
        }
        "keys" => {
            let mut answer = Answer::default();
            for (state, keys) in worker.keys(&operands.states()?)? {
                answer.add(name(state), key_texts(keys));
            }
            answer
        }
        "has-state" => {
            let state = operands::state(operands.text("state")?)?;
            Answer::default().with("has", booleans(&worker.has_state(&keys, state)?))
        }
        "wait" => Answer::default().with("done", Value::Boolean(worker.wait(&keys, operands.timeout())?)),
        "empty-queue" => {
            Answer::default().with("n", integer(usize::try_from(worker.empty_queue()?).unwrap_or(usize::MAX)))
        }
        "write-hashes" => write_hashes(worker, operands)?,
        "read-hashes" => read_hashes(worker, operands)?,
        "worker" => Answer::default()
            .with("id", Value::Text(worker.id()))
            .with("network-id", Value::Text(worker.network_id()))
            .with("terminated", Value::Boolean(worker.terminated()))
            .with("running-workers", Value::Texts(worker.running_workers()?)),
        "context" => given::context(operands, worker.seed(), |name| worker.data(name)),
        "log" => {
            given::say(operands)?;
            Answer::default()
        }
        "evaluate" => {
            let mut answer = Answer::default();
            match worker.evaluate_fields(&operands.fields("xs")) {
                Ok(ys) => answer.add_fields("ys", ys),
                Err(condition) => answer.add_condition("", condition),
            }
            answer
        }
        "random" => random(worker.seed(), operands.n()),
        other => return Err(Error::message(format!("`{other}` is no call"))),
    })
}

fn of_fields(prefix: &str, fields: Fields) -> Answer {
    let mut answer = Answer::default();
    answer.add_fields(prefix, fields);
    answer
}

fn looked(operands: &Operands, table: &Table) -> Result<Answer> {
    let mut answer = Answer::default();
    for how in operands.texts("look") {
        look(&mut answer, table, how)?;
    }
    Ok(answer)
}

fn write_hashes(worker: &Worker, operands: &Operands) -> Result<Answer> {
    let value = operands.fields("xs");
    let entries = operands.texts("names").iter().map(|name| (name.clone(), value.clone())).collect();
    let keys = worker.write_entries(&vec![entries; operands.n()])?;
    let keys = keys.into_iter().map(String::from).collect();
    Ok(Answer::default().with("keys", Value::Texts(keys)))
}

fn read_hashes(worker: &Worker, operands: &Operands) -> Result<Answer> {
    let keys: Vec<HashKey> = operands.texts("keys").iter().cloned().map(HashKey::from).collect();
    let names: Vec<&str> = operands.texts("names").iter().map(String::as_str).collect();
    let hashes = worker.read_entries(&keys, &names)?;
    let found: Vec<bool> = hashes.iter().map(Option::is_some).collect();
    let mut answer = Answer::default().with("found", booleans(&found));
    for (index, entries) in hashes.into_iter().enumerate() {
        for (name, value) in entries.into_iter().flatten() {
            for field in value {
                answer.add(format!("{index}:{name}:{}", field.name), field.value);
            }
        }
    }
    Ok(answer)
}

fn random(seed: u64, n: usize) -> Answer {
    let mut rng = WorkerRng::new(seed);
    let uniform = (0..n).map(|_| rng.uniform(-5.0, 10.0)).collect();
    let integer = (0..n).map(|_| rng.integer(-3, 17)).collect();
    let huge = (0..n).map(|_| rng.integer(i64::MIN, i64::MAX)).collect();
    let choice = (0..n).map(|_| (*rng.choice(&["a", "b", "c"])).to_owned()).collect();
    Answer::default()
        .with("uniform", Value::Numbers(uniform))
        .with("integer", Value::Integers(integer))
        .with("huge", Value::Integers(huge))
        .with("choice", Value::Texts(choice))
}

rush_worker::main!(performs_commands);
