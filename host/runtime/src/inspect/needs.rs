//! Counts what one instance of a component takes, without making one.

use std::collections::HashMap;

use wasmparser::component_types::{ComponentCoreModuleTypeId, ComponentTypeId};
use wasmparser::{BinaryReaderError, ComponentInstance, Instance, Payload, Validator};

const PAGE: u64 = 64 << 10;

/// What one instance of a component takes, counted without running it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needs {
    /// Component instances in it, nested ones included.
    pub instances: u32,
    /// Core instances, those of nested components included.
    pub core_instances: u32,
    /// Memories.
    pub memories: u32,
    /// Tables.
    pub tables: u32,
    /// The size of the largest table at the beginning.
    pub table_elements: u64,
    /// Elements of all tables at the beginning.
    pub all_table_elements: u64,
    /// Bytes of all memories at the beginning.
    pub memory: u64,
}

impl Needs {
    fn add(&mut self, other: Self) {
        self.instances = self.instances.saturating_add(other.instances);
        self.core_instances = self.core_instances.saturating_add(other.core_instances);
        self.memories = self.memories.saturating_add(other.memories);
        self.tables = self.tables.saturating_add(other.tables);
        self.table_elements = self.table_elements.max(other.table_elements);
        self.all_table_elements = self.all_table_elements.saturating_add(other.all_table_elements);
        self.memory = self.memory.saturating_add(other.memory);
    }
}

/// What each definition takes that was read so far. A component that is instantiated ten times, by one that is instantiated ten times,
/// counts a hundredfold: so small files can become large programs.
///
/// What a nested component gets handed in to instantiate counts as an instance of nothing; the runtime's limits hold then.
#[derive(Default)]
pub(super) struct Definitions {
    modules: HashMap<ComponentCoreModuleTypeId, Needs>,
    components: HashMap<ComponentTypeId, Needs>,
}

impl Definitions {
    /// Adds what a section takes to what its module or component takes. Comes after the section was validated.
    pub(super) fn count(
        &self,
        payload: &Payload<'_>,
        validator: &Validator,
        needs: &mut Needs,
    ) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::InstanceSection(section) => {
                let Some(types) = validator.types(0) else { return Ok(()) };
                for instance in section.clone() {
                    if let Instance::Instantiate { module_index, .. } = instance? {
                        let module = self.modules.get(&types.module_at(module_index));
                        needs.add(Needs { core_instances: 1, ..module.copied().unwrap_or_default() });
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                let Some(types) = validator.types(0) else { return Ok(()) };
                for instance in section.clone() {
                    if let ComponentInstance::Instantiate { component_index, .. } = instance? {
                        let component = self.components.get(&types.component_at(component_index));
                        needs.add(component.copied().unwrap_or_default());
                        needs.instances = needs.instances.saturating_add(1);
                    }
                }
            }
            Payload::MemorySection(section) => {
                for memory in section.clone() {
                    let memory = memory?;
                    let page = memory.page_size_log2.map_or(PAGE, |log2| 1 << log2.min(16));
                    let memory = memory.initial.saturating_mul(page);
                    needs.add(Needs { memories: 1, memory, ..Needs::default() });
                }
            }
            Payload::TableSection(section) => {
                for table in section.clone() {
                    let elements = table?.ty.initial;
                    needs.add(Needs {
                        tables: 1,
                        table_elements: elements,
                        all_table_elements: elements,
                        ..Needs::default()
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps what a module or a component takes that has just ended, within the component that `validator` is in again.
    pub(super) fn ended(&mut self, what: Definition, validator: &Validator, needs: Needs) {
        let Some(types) = validator.types(0) else { return };
        match what {
            Definition::Module => {
                if let Some(last) = types.module_count().checked_sub(1) {
                    self.modules.insert(types.module_at(last), needs);
                }
            }
            Definition::Component => {
                if let Some(last) = types.component_count().checked_sub(1) {
                    self.components.insert(types.component_at(last), needs);
                }
            }
        }
    }
}

/// What can be defined within a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Definition {
    Module,
    Component,
}
