//! The host: each call is an import of the component.

use super::{BackendTable, Calls};
use crate::bindings::rush::worker::{
    context, evaluator,
    hashes::{self, Entry},
    tasks::{self, Parts},
    types::{
        Condition, Counts, Error, FailedTask, Failure, Fields, FinishedTask, NewTask, Outcome, State, Task,
    },
    worker,
};

#[derive(Debug, Clone)]
pub(crate) struct Host;

impl Calls for Host {
    fn push(&self, new: &[NewTask], worker: Option<&str>) -> Result<Vec<String>, Error> {
        tasks::push(new, worker)
    }
    fn push_running(&self, new: &[NewTask]) -> Result<Vec<String>, Error> {
        tasks::push_running(new)
    }
    fn push_finished(&self, finished: &[FinishedTask]) -> Result<Vec<String>, Error> {
        tasks::push_finished(finished)
    }
    fn push_failed(&self, failed: &[FailedTask]) -> Result<Vec<String>, Error> {
        tasks::push_failed(failed)
    }
    fn pop(&self, timeout_ms: u32) -> Result<Option<Task>, Error> {
        tasks::pop(timeout_ms)
    }
    fn finish(&self, outcomes: &[Outcome]) -> Result<Vec<String>, Error> {
        tasks::finish(outcomes)
    }
    fn fail(&self, failures: &[Failure]) -> Result<Vec<String>, Error> {
        tasks::fail(failures)
    }
    fn finish_and_push_running(&self, outcomes: &[Outcome], next: &[NewTask]) -> Result<Vec<String>, Error> {
        tasks::finish_and_push_running(outcomes, next)
    }
    fn fetch(&self, states: &[State], parts: Parts) -> Result<BackendTable, Error> {
        tasks::fetch(states, parts)
    }
    fn fetch_new(&self, parts: Parts, timeout_ms: u32) -> Result<BackendTable, Error> {
        tasks::fetch_new(parts, timeout_ms)
    }
    fn reset_cache(&self) {
        tasks::reset_cache();
    }
    fn count(&self) -> Result<Counts, Error> {
        tasks::count()
    }
    fn keys(&self, states: &[State]) -> Result<Vec<(State, Vec<String>)>, Error> {
        tasks::keys(states)
    }
    fn has_state(&self, keys: &[String], state: State) -> Result<Vec<bool>, Error> {
        tasks::has_state(keys, state)
    }
    fn wait(&self, keys: &[String], timeout_ms: Option<u32>) -> Result<bool, Error> {
        tasks::wait(keys, timeout_ms)
    }
    fn empty_queue(&self) -> Result<u64, Error> {
        tasks::empty_queue()
    }
    fn refused(&self) {
        // A guest has no clock; the host took its time before it refused.
    }

    fn write_hashes(&self, hashes: &[Vec<Entry>]) -> Result<Vec<String>, Error> {
        hashes::write(hashes)
    }
    fn read_hashes(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Vec<Entry>>>, Error> {
        hashes::read(keys, names)
    }

    fn id(&self) -> String {
        worker::id()
    }
    fn network_id(&self) -> String {
        worker::network_id()
    }
    fn terminated(&self) -> bool {
        worker::terminated()
    }
    fn running_workers(&self) -> Result<Vec<String>, Error> {
        worker::running_workers()
    }

    fn evaluate(&self, xs: &Fields) -> Result<Fields, Condition> {
        evaluator::evaluate(xs)
    }

    fn args(&self) -> String {
        context::args()
    }
    fn data(&self, name: &str) -> Option<Vec<u8>> {
        context::data(name)
    }
    fn seed(&self) -> u64 {
        context::seed()
    }
}
