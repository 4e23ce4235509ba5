//! What belongs to one worker loop: the data of its store.

use rush_network::{Table, Worker};
use wasmtime::component::Resource;

use crate::imports::{Left, Room};
use crate::objective::Evaluator;
use crate::surroundings::{Surrounded, Surroundings};
use crate::tables::{NoRoom, Tables};

/// The data of a worker loop's store.
pub(crate) struct Guest {
    pub(crate) worker: Worker,
    /// The objective. Taken out while it evaluates.
    pub(crate) evaluator: Option<Evaluator>,
    /// For what the objective answers.
    pub(crate) room: Room,
    surroundings: Surroundings,
    tables: Tables,
}

impl Guest {
    pub(crate) fn new(worker: Worker, surroundings: Surroundings, evaluator: Option<Evaluator>) -> Self {
        Self { worker, evaluator, room: Room::default(), surroundings, tables: Tables::default() }
    }

    /// Bytes of memory that the guest may have; what it keeps alive in the host is measured by the same.
    pub(crate) fn memory_limit(&self) -> u64 {
        self.surroundings.limiter.memory_limit()
    }

    /// What it may still use.
    pub(crate) fn left(&self) -> Left {
        let limiter = &self.surroundings.limiter;
        let (memory, of_memory) = (limiter.memory_left(), limiter.memory_limit());
        Left { memory, of_memory, host_call: limiter.host_call() }
    }

    /// Asked before the guest gets another table.
    pub(crate) fn room_for_a_table(&self) -> Result<(), NoRoom> {
        self.tables.check_room(self.memory_limit())
    }

    /// Keeps a table until the guest drops its handle.
    pub(crate) fn hold(&mut self, table: Table) -> wasmtime::Result<Resource<Table>> {
        self.tables.add(&table);
        Ok(self.surroundings.table().push(table)?)
    }

    /// The table of a handle.
    pub(crate) fn held(&self, handle: &Resource<Table>) -> wasmtime::Result<&Table> {
        Ok(self.surroundings.table_ref().get(handle)?)
    }

    /// The guest dropped its handle.
    pub(crate) fn drop_table(&mut self, handle: Resource<Table>) -> wasmtime::Result<()> {
        let table = self.surroundings.table().delete(handle)?;
        self.tables.remove(&table);
        Ok(())
    }
}

impl Surrounded for Guest {
    fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    fn surroundings_mut(&mut self) -> &mut Surroundings {
        &mut self.surroundings
    }
}
