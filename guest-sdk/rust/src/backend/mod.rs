//! Who answers a worker's calls: the host, or natively a network in memory.

#[cfg(target_arch = "wasm32")]
mod host;
#[cfg(target_arch = "wasm32")]
pub(crate) use host::Host as Backend;
#[cfg(target_arch = "wasm32")]
pub(crate) type BackendTable = crate::bindings::rush::worker::tasks::Table;

#[cfg(not(target_arch = "wasm32"))]
mod memory;
#[cfg(not(target_arch = "wasm32"))]
mod memory_hashes;
#[cfg(not(target_arch = "wasm32"))]
mod memory_network;
#[cfg(not(target_arch = "wasm32"))]
mod memory_table;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory::Memory as Backend;
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory_network::{Network, Objective, Settings};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use memory_table::MemoryTable as BackendTable;

use crate::bindings::rush::worker::{
    hashes::Entry,
    tasks::Parts,
    types::{
        Condition, Counts, Error, FailedTask, Failure, Fields, FinishedTask, NewTask, Outcome, State, Task,
    },
};

/// The calls of the contract, one function each. Always called statically: what a loop does not call must not become
/// an import of its component, so nothing may take the address of them all.
pub(crate) trait Calls {
    fn push(&self, tasks: &[NewTask], worker: Option<&str>) -> Result<Vec<String>, Error>;
    fn push_running(&self, tasks: &[NewTask]) -> Result<Vec<String>, Error>;
    fn push_finished(&self, tasks: &[FinishedTask]) -> Result<Vec<String>, Error>;
    fn push_failed(&self, tasks: &[FailedTask]) -> Result<Vec<String>, Error>;
    fn pop(&self, timeout_ms: u32) -> Result<Option<Task>, Error>;
    fn finish(&self, outcomes: &[Outcome]) -> Result<Vec<String>, Error>;
    fn fail(&self, failures: &[Failure]) -> Result<Vec<String>, Error>;
    fn finish_and_push_running(&self, outcomes: &[Outcome], next: &[NewTask]) -> Result<Vec<String>, Error>;
    fn fetch(&self, states: &[State], parts: Parts) -> Result<BackendTable, Error>;
    fn fetch_new(&self, parts: Parts, timeout_ms: u32) -> Result<BackendTable, Error>;
    fn reset_cache(&self);
    fn count(&self) -> Result<Counts, Error>;
    fn keys(&self, states: &[State]) -> Result<Vec<(State, Vec<String>)>, Error>;
    fn has_state(&self, keys: &[String], state: State) -> Result<Vec<bool>, Error>;
    fn wait(&self, keys: &[String], timeout_ms: Option<u32>) -> Result<bool, Error>;
    fn empty_queue(&self) -> Result<u64, Error>;
    /// A call was refused for want of room, and will be made again.
    fn refused(&self);

    fn write_hashes(&self, hashes: &[Vec<Entry>]) -> Result<Vec<String>, Error>;
    fn read_hashes(&self, keys: &[String], names: &[String]) -> Result<Vec<Option<Vec<Entry>>>, Error>;

    fn id(&self) -> String;
    fn network_id(&self) -> String;
    fn terminated(&self) -> bool;
    fn running_workers(&self) -> Result<Vec<String>, Error>;

    fn evaluate(&self, xs: &Fields) -> Result<Fields, Condition>;

    fn args(&self) -> String;
    fn data(&self, name: &str) -> Option<Vec<u8>>;
    fn seed(&self) -> u64;
}
