//! Reads the structure of a component: everything is validated but the bodies of functions, which the compiler validates.

use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{Types, TypesRef};
use wasmparser::{
    BinaryReaderError, Chunk, ComponentExternalKind, Instance, Parser, Payload, PrimitiveValType,
    ValidPayload, Validator,
};

use super::plugin::Found;
use super::{Interface, Needs};
use crate::component_error::Problem;
use crate::engine::FEATURES;

/// Components in components in components …; each level holds a parser.
const MAX_DEPTH: usize = 64;
const PAGE: u64 = 64 << 10;

pub(super) fn read(bytes: &[u8]) -> Result<Found, Problem> {
    structure(bytes).map(Structure::found)
}

/// Names at the root, and the types that belong to them.
struct Structure {
    types: Types,
    imports: Vec<String>,
    exports: Vec<String>,
    needs: Needs,
}

fn structure(bytes: &[u8]) -> Result<Structure, Problem> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut parents = Vec::new();
    let (mut imports, mut exports, mut needs) = (Vec::new(), Vec::new(), Needs::default());
    let mut rest = bytes;
    loop {
        let (consumed, payload) = match parser.parse(rest, false).map_err(|error| malformed(&error))? {
            Chunk::NeedMoreData(_) => return Err(Problem::Truncated { size: bytes.len() }),
            Chunk::Parsed { consumed, payload } => (consumed, payload),
        };
        rest = &rest[consumed..];
        count(&payload, &mut needs).map_err(|error| malformed(&error))?;
        if parents.is_empty() {
            names(&payload, &mut imports, &mut exports).map_err(|error| malformed(&error))?;
        }
        match validator.payload(&payload).map_err(|error| malformed(&error))? {
            ValidPayload::Parser(nested) => {
                if parents.len() == MAX_DEPTH {
                    return Err(Problem::Malformed {
                        detail: format!("components are nested more than {MAX_DEPTH} deep"),
                        offset: bytes.len() - rest.len(),
                    });
                }
                parents.push(std::mem::replace(&mut parser, nested));
            }
            ValidPayload::End(types) => match parents.pop() {
                Some(parent) => parser = parent,
                None if rest.is_empty() => return Ok(Structure { types, imports, exports, needs }),
                None => {
                    let offset = bytes.len() - rest.len();
                    let detail = format!("{} bytes follow the end of the component", rest.len());
                    return Err(Problem::Malformed { detail, offset });
                }
            },
            ValidPayload::Ok | ValidPayload::Func(..) => {}
        }
        // A binary component has no end mark: it ends where the file does.
        if rest.is_empty() && parents.is_empty() {
            let Chunk::Parsed { payload, .. } =
                parser.parse(rest, true).map_err(|error| malformed(&error))?
            else {
                return Err(Problem::Truncated { size: bytes.len() });
            };
            return match validator.payload(&payload).map_err(|error| malformed(&error))? {
                ValidPayload::End(types) => Ok(Structure { types, imports, exports, needs }),
                _ => Err(Problem::Truncated { size: bytes.len() }),
            };
        }
    }
}

fn malformed(error: &BinaryReaderError) -> Problem {
    Problem::Malformed { detail: error.message().to_owned(), offset: error.offset() }
}

fn names(
    payload: &Payload<'_>,
    imports: &mut Vec<String>,
    exports: &mut Vec<String>,
) -> Result<(), BinaryReaderError> {
    match payload {
        Payload::ComponentImportSection(section) => {
            for import in section.clone() {
                imports.push(import?.name.name.to_owned());
            }
        }
        Payload::ComponentExportSection(section) => {
            for export in section.clone() {
                let export = export?;
                // Types that stand beside functions are no interface.
                if export.kind != ComponentExternalKind::Type {
                    exports.push(export.name.name.to_owned());
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Every definition is counted once. A nested component that is instantiated twice takes more; the runtime's limits hold then.
fn count(payload: &Payload<'_>, needs: &mut Needs) -> Result<(), BinaryReaderError> {
    match payload {
        Payload::InstanceSection(section) => {
            for instance in section.clone() {
                if let Instance::Instantiate { .. } = instance? {
                    needs.core_instances = needs.core_instances.saturating_add(1);
                }
            }
        }
        Payload::MemorySection(section) => {
            for memory in section.clone() {
                let memory = memory?;
                let page = memory.page_size_log2.map_or(PAGE, |log2| 1 << log2.min(16));
                needs.memories = needs.memories.saturating_add(1);
                needs.memory = needs.memory.saturating_add(memory.initial.saturating_mul(page));
            }
        }
        Payload::TableSection(section) => {
            for table in section.clone() {
                needs.tables = needs.tables.saturating_add(1);
                needs.table_elements = needs.table_elements.max(table?.ty.initial);
            }
        }
        _ => {}
    }
    Ok(())
}

impl Structure {
    fn found(self) -> Found {
        let types = self.types.as_ref();
        let imports = self.imports.into_iter().filter_map(|name| {
            let ty = types.component_item_for_import(&name)?.ty;
            // An imported type is an alias of one of an imported interface.
            (!matches!(ty, ComponentEntityType::Type { .. }))
                .then(|| Interface { items: items(types, ty), name })
        });
        let exports = self.exports.into_iter().map(|name| {
            let ty = types.component_item_for_export(&name).map(|item| item.ty);
            Interface { items: ty.map(|ty| items(types, ty)).unwrap_or_default(), name }
        });
        let run = types.component_item_for_export("run").map(|item| item.ty);
        Found {
            imports: imports.collect(),
            exports: exports.collect(),
            needs: self.needs,
            run_fits: run.is_some_and(|ty| is_run(types, ty)),
        }
    }
}

/// Functions by name, resources by name; methods of a resource are not told apart from it.
fn items(types: TypesRef<'_>, ty: ComponentEntityType) -> Vec<String> {
    let ComponentEntityType::Instance(id) = ty else { return Vec::new() };
    let mut items: Vec<String> = Vec::new();
    for (name, item) in &types[id].exports {
        let item = match item.ty {
            ComponentEntityType::Func(_) => resource_of(name).unwrap_or(name),
            ComponentEntityType::Type {
                referenced: wasmparser::component_types::ComponentAnyTypeId::Resource(_),
                ..
            } => name,
            _ => continue,
        };
        if !items.iter().any(|known| known == item) {
            items.push(item.to_owned());
        }
    }
    items
}

/// `[method]table.len` belongs to `table`.
fn resource_of(function: &str) -> Option<&str> {
    let (_, path) = function.strip_prefix('[')?.split_once(']')?;
    Some(path.split_once('.').map_or(path, |(resource, _)| resource))
}

/// `func() -> result<_, string>`
fn is_run(types: TypesRef<'_>, ty: ComponentEntityType) -> bool {
    use wasmparser::component_types::{ComponentDefinedType, ComponentValType};
    let ComponentEntityType::Func(id) = ty else { return false };
    let function = &types[id];
    let Some(ComponentValType::Type(result)) = function.result else { return false };
    let string = |ty: &ComponentValType| matches!(ty, ComponentValType::Primitive(PrimitiveValType::String));
    function.params.is_empty()
        && !function.async_
        && matches!(&types[result], ComponentDefinedType::Result { ok: None, err: Some(err), .. } if string(err))
}
