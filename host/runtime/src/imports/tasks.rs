//! `rush:worker/tasks`: one round trip per call, whatever the length of its lists.

use std::time::Duration;

use rush_network::{Error, Worker};
use wasmtime::StoreContextMut;
use wasmtime::component::{ComponentNamedList, Lift, Linker, LinkerInstance, Lower};

use super::{convert, fetch, refusal::refusal, table};
use crate::bindings::rush::worker::types as wit;
use crate::guest::Guest;

type Keys = Vec<String>;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    let tasks = &mut linker.instance("rush:worker/tasks@0.1.0")?;
    call(tasks, "push", push)?;
    call(tasks, "push-running", push_running)?;
    call(tasks, "push-finished", push_finished)?;
    call(tasks, "push-failed", push_failed)?;
    call(tasks, "pop", pop)?;
    call(tasks, "finish", finish)?;
    call(tasks, "fail", fail)?;
    call(tasks, "finish-and-push-running", finish_and_push_running)?;
    fetch::add_to_linker(tasks)?;
    table::add_to_linker(tasks)?;
    call(tasks, "count", count)?;
    call(tasks, "keys", keys)?;
    call(tasks, "has-state", has_state)?;
    call(tasks, "wait", wait)?;
    call(tasks, "empty-queue", empty_queue)
}

/// Links a function that is `async` here and plain for the guest. Its errors reach the guest as values.
fn call<Arguments, Answer, Function, Running>(
    tasks: &mut LinkerInstance<'_, Guest>,
    name: &str,
    function: Function,
) -> wasmtime::Result<()>
where
    Function: Fn(Worker, Arguments) -> Running + Send + Sync + Copy + 'static,
    Running: Future<Output = Result<Answer, Error>> + Send + 'static,
    Arguments: ComponentNamedList + Lift + Send + 'static,
    Answer: Lower + Send + 'static,
    (Result<Answer, wit::Error>,): ComponentNamedList + Lower,
{
    tasks.func_wrap_async(name, move |store: StoreContextMut<'_, Guest>, arguments: Arguments| {
        // Called inside the box: a future that is made before is moved three times on its way, and it has a few kilobytes.
        let worker = store.data().worker.clone();
        Box::new(async move {
            Ok((match function(worker.clone(), arguments).await {
                Ok(answer) => Ok(answer),
                Err(error) => Err(refusal(&worker, error).await),
            },))
        })
    })
}

async fn push(worker: Worker, (tasks, to): (Vec<wit::NewTask>, Option<String>)) -> Result<Keys, Error> {
    let to = convert::worker_id(to)?;
    worker.push(&convert::new_tasks(tasks), to.as_ref()).await.map(convert::wit_keys)
}

async fn push_running(worker: Worker, (tasks,): (Vec<wit::NewTask>,)) -> Result<Keys, Error> {
    worker.push_running(&convert::new_tasks(tasks)).await.map(convert::wit_keys)
}

async fn push_finished(worker: Worker, (tasks,): (Vec<wit::FinishedTask>,)) -> Result<Keys, Error> {
    worker.push_finished(&convert::finished_tasks(tasks)).await.map(convert::wit_keys)
}

async fn push_failed(worker: Worker, (tasks,): (Vec<wit::FailedTask>,)) -> Result<Keys, Error> {
    worker.push_failed(&convert::failed_tasks(tasks)).await.map(convert::wit_keys)
}

async fn pop(worker: Worker, (timeout_ms,): (u32,)) -> Result<Option<wit::Task>, Error> {
    Ok(worker.pop(milliseconds(timeout_ms)).await?.map(convert::wit_task))
}

async fn finish(worker: Worker, (outcomes,): (Vec<wit::Outcome>,)) -> Result<Keys, Error> {
    worker.finish(&convert::outcomes(&worker, outcomes)?).await.map(convert::wit_keys)
}

async fn fail(worker: Worker, (failures,): (Vec<wit::Failure>,)) -> Result<Keys, Error> {
    worker.fail(&convert::failures(&worker, failures)?).await.map(convert::wit_keys)
}

async fn finish_and_push_running(
    worker: Worker,
    (outcomes, next): (Vec<wit::Outcome>, Vec<wit::NewTask>),
) -> Result<Keys, Error> {
    let outcomes = convert::outcomes(&worker, outcomes)?;
    worker.finish_and_push_running(&outcomes, &convert::new_tasks(next)).await.map(convert::wit_keys)
}

async fn count(worker: Worker, (): ()) -> Result<wit::Counts, Error> {
    worker.count().await.map(convert::wit_counts)
}

async fn keys(worker: Worker, (states,): (Vec<wit::State>,)) -> Result<Vec<(wit::State, Keys)>, Error> {
    let states: Vec<_> = states.into_iter().map(convert::state).collect();
    let keys = worker.keys(&states).await?;
    Ok(keys.into_iter().map(|(state, keys)| (convert::wit_state(state), convert::wit_keys(keys))).collect())
}

async fn has_state(worker: Worker, (keys, state): (Keys, wit::State)) -> Result<Vec<bool>, Error> {
    worker.has_state(&convert::keys(&worker, keys)?, convert::state(state)).await
}

async fn wait(worker: Worker, (keys, timeout_ms): (Keys, Option<u32>)) -> Result<bool, Error> {
    worker.wait(&convert::keys(&worker, keys)?, timeout_ms.map(milliseconds)).await
}

async fn empty_queue(worker: Worker, (): ()) -> Result<u64, Error> {
    worker.empty_queue().await
}

fn milliseconds(milliseconds: u32) -> Duration {
    Duration::from_millis(milliseconds.into())
}
