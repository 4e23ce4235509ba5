//! Makes every call of the contract that changes tasks or asks for them one by one, with values that are hard to carry, and checks what
//! comes back. Ends with an error that names the first promise that was not kept. Wants a network of its own.

use std::slice;

use rush_worker::{Value, prelude::*};

#[path = "../src/checks.rs"]
mod checks;
use checks::{broken, check, check_equal, check_fields, field, hard_values};

/// Every call, in an order in which each finds what it needs.
pub(crate) fn every_call(worker: &mut Worker) -> Result<()> {
    who_we_are(worker)?;
    let before = worker.count()?;
    check("a network of its own", [before.queued, before.running, before.finished, before.failed] == [0; 4])?;
    empty_lists_are_no_calls(worker)?;
    queued_tasks(worker)?;
    running_tasks(worker)?;
    tasks_that_ended_elsewhere(worker)?;
    waiting(worker)?;
    what_makes_no_sense(worker)?;

    // Finished: 2 queued, 2 running, 1 pushed. Failed: 1 queued, 1 running, 2 pushed, 1 removed.
    let Counts { queued, running, finished, failed } = worker.count()?;
    check_equal("counts at the end", &[queued, running, finished, failed], &[0, 0, 5, 5])?;
    states_are_disjoint(worker)
}

fn who_we_are(worker: &mut Worker) -> Result<()> {
    check("worker.id", !worker.id().is_empty())?;
    check("worker.network-id", !worker.network_id().is_empty())?;
    check("worker.terminated at the start", !worker.terminated())?;
    check("worker.running-workers", worker.running_workers()?.contains(&worker.id()))?;
    check("context.seed twice", worker.seed() == worker.seed())?;
    check("context.data of a name that does not exist", worker.data("no such file").is_none())?;
    let _: serde::de::IgnoredAny = worker.args()?;
    Ok(())
}

fn empty_lists_are_no_calls(worker: &Worker) -> Result<()> {
    const NONE: [Row; 0] = [];
    check("tasks.push of nothing", worker.push(&NONE)?.is_empty())?;
    check("tasks.push-running of nothing", worker.push_running(&NONE)?.is_empty())?;
    check("tasks.push-finished of nothing", worker.push_finished(&NONE, &NONE)?.is_empty())?;
    check("tasks.push-failed of nothing", worker.push_failed(&NONE, &[])?.is_empty())?;
    check("tasks.finish of nothing", worker.finish(&[], &NONE)?.is_empty())?;
    check("tasks.fail of nothing", worker.fail(&[], &[])?.is_empty())?;
    check(
        "tasks.finish-and-push-running of nothing",
        worker.finish_and_push_running(&[], &NONE, &NONE)?.is_empty(),
    )?;
    check("tasks.keys of no states", worker.keys(&[])?.is_empty())?;
    check("tasks.has-state of no keys", worker.has_state(&[], State::Queued)?.is_empty())
}

#[derive(Serialize)]
struct Origin {
    from: &'static str,
}

fn queued_tasks(worker: &Worker) -> Result<()> {
    let hard = Row::from_fields(hard_values()).with_extra(&Origin { from: "every call" })?;
    let keys = worker.push(&[hard, Row::default()])?;
    check("tasks.push gives a key for each", keys.len() == 2 && keys[0] != keys[1])?;
    let own = worker.push_to(&worker.id(), &[Row::from_fields(vec![field("x", Value::Integer(3))])])?;
    check_equal("tasks.has-state", &worker.has_state(&keys, State::Queued)?, &[true, true])?;
    check_equal(
        "tasks.has-state of another state",
        &worker.has_state(&keys, State::Failed)?,
        &[false, false],
    )?;
    check("tasks.keys of queued tasks", worker.keys(&[State::Queued])?[0].1.len() == 3)?;

    let task = popped(worker, "the worker's own queue")?;
    check_equal("tasks.pop takes from the worker's own queue first", slice::from_ref(&task.key), &own)?;
    check("a condition is optional", worker.fail(&[task.key], &[])?.is_empty())?;

    let task = popped(worker, "the queue")?;
    check_equal("tasks.pop takes the oldest", &[&task.key], &[&keys[0]])?;
    check_fields("xs of a popped task", &task.xs, &hard_values())?;
    check("extras of a popped task", task.xs_extra == [field("from", Value::Text("every call".into()))])?;
    check("state of a popped task", task.state == State::Running && task.attempt == 1)?;
    check("owner of a popped task", task.worker_id == Some(worker.id()))?;
    check("no result yet", task.ys.is_empty() && task.ys_extra.is_empty() && task.condition.is_none())?;
    let ys = Row::from_fields(hard_values());
    check("tasks.finish", worker.finish(slice::from_ref(&task.key), &[ys])?.is_empty())?;
    check_equal("state of a finished task", &worker.has_state(&[task.key], State::Finished)?, &[true])?;

    let task = popped(worker, "the queue")?;
    check("a task without elements", task.key == keys[1] && task.xs.is_empty())?;
    check("tasks.pop of an empty queue", worker.pop(Duration::ZERO)?.is_none())?;
    check("tasks.pop waits", worker.pop(Duration::from_millis(20))?.is_none())?;
    check("tasks.finish without elements", worker.finish_one(&task.key, &Row::default())?)
}

fn running_tasks(worker: &Worker) -> Result<()> {
    let hard = Row::from_fields(hard_values());
    let keys = worker.push_running(&[hard.clone(), hard.clone()])?;
    check_equal("tasks.push-running", &worker.has_state(&keys, State::Running)?, &[true, true])?;
    let next = worker.finish_and_push_running(&keys[..1], slice::from_ref(&hard), slice::from_ref(&hard))?;
    check("tasks.finish-and-push-running", next.len() == 1)?;
    check_equal("the finish in it", &worker.has_state(&keys[..1], State::Finished)?, &[true])?;
    check_equal("the push in it", &worker.has_state(&next, State::Running)?, &[true])?;

    let mut condition = Condition::new("line one\nline two \u{1f980}").with_kind("error");
    condition.details = hard_values();
    check("tasks.fail", worker.fail(&keys[1..], &[condition])?.is_empty())?;
    check_equal("state of a failed task", &worker.has_state(&keys[1..], State::Failed)?, &[true])?;
    check("tasks.finish of what was pushed with a finish", worker.finish_one(&next[0], &hard)?)
}

fn tasks_that_ended_elsewhere(worker: &Worker) -> Result<()> {
    let hard = Row::from_fields(hard_values());
    let finished = worker.push_finished(slice::from_ref(&hard), slice::from_ref(&hard))?;
    check_equal("tasks.push-finished", &worker.has_state(&finished, State::Finished)?, &[true])?;
    let failed = worker.push_failed(slice::from_ref(&hard), &[Condition::new("")])?;
    let without = worker.push_failed(&[hard], &[])?;
    check_equal(
        "tasks.push-failed",
        &worker.has_state(&[failed[0].clone(), without[0].clone()], State::Failed)?,
        &[true, true],
    )
}

fn waiting(worker: &Worker) -> Result<()> {
    let ended = all_keys(worker, &[State::Finished, State::Failed])?;
    check("tasks.wait for what has ended", worker.wait(&ended, None)?)?;
    let queued = worker.push(&[Row::default()])?;
    check("tasks.wait gives up", !worker.wait(&queued, Some(Duration::from_millis(20)))?)?;
    check("tasks.empty-queue", worker.empty_queue()? == 1)?;
    check_equal("a removed task has failed", &worker.has_state(&queued, State::Failed)?, &[true])?;
    check("tasks.empty-queue of an empty queue", worker.empty_queue()? == 0)
}

fn what_makes_no_sense(worker: &Worker) -> Result<()> {
    let twice = Row::from_fields(vec![field("x", Value::Null), field("x", Value::Null)]);
    check("names must not repeat", matches!(worker.push(&[twice]), Err(Error::Invalid(_))))?;
    let unknown = Key::from("00000000-0000-4000-8000-ffffffffffff".to_owned());
    check("keys must be known", matches!(worker.fail_one(&unknown, "?"), Err(Error::Invalid(_))))?;
    let nonsense = Key::from("all_tasks".to_owned());
    let finished = worker.finish_one(&nonsense, &Row::default());
    check("keys must be keys", matches!(finished, Err(Error::Invalid(_))))
}

fn states_are_disjoint(worker: &Worker) -> Result<()> {
    let mut keys = all_keys(worker, &[State::Queued, State::Running, State::Finished, State::Failed])?;
    let total = keys.len();
    keys.sort();
    keys.dedup();
    check("every task is in one state", total == keys.len() && total == 10)
}

fn all_keys(worker: &Worker, states: &[State]) -> Result<Vec<Key>> {
    Ok(worker.keys(states)?.into_iter().flat_map(|(_, keys)| keys).collect())
}

fn popped(worker: &Worker, from: &str) -> Result<Task> {
    worker.pop(Duration::from_secs(1))?.ok_or_else(|| broken(&format!("tasks.pop finds a task in {from}")))
}

rush_worker::main!(every_call);
