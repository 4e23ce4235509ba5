//! Reads the structure of a component: everything is validated but the bodies of functions, which the compiler validates.

use std::collections::BTreeSet;

use wasmparser::component_types::ComponentEntityType;
use wasmparser::types::{Types, TypesRef};
use wasmparser::{BinaryReaderError, Chunk, ComponentExternalKind, Parser, Payload, ValidPayload, Validator};

use super::needs::{Definition, Definitions};
use super::plugin::Found;
use super::producers::{self, Producer};
use super::{Interface, Needs, contract};
use crate::component_error::Problem;
use crate::engine::FEATURES;

/// Components in components in components …; each level holds a parser.
const MAX_DEPTH: usize = 64;

pub(super) fn read(bytes: &[u8]) -> Result<Found, Problem> {
    structure(bytes).map(Structure::found)
}

/// Names at the root, and the types that belong to them.
struct Structure {
    types: Types,
    names: Names,
    needs: Needs,
    producers: BTreeSet<Producer>,
}

/// What the root imports and exports.
#[derive(Default)]
struct Names {
    imports: Vec<String>,
    exports: Vec<String>,
}

/// A component that waits until what is defined in it has been read.
struct Outer {
    parser: Parser,
    needs: Needs,
    inner: Definition,
}

fn structure(bytes: &[u8]) -> Result<Structure, Problem> {
    let mut validator = Validator::new_with_features(FEATURES);
    let mut parser = Parser::new(0);
    parser.set_features(FEATURES);
    let mut outer: Vec<Outer> = Vec::new();
    let (mut names, mut needs, mut producers) = (Names::default(), Needs::default(), BTreeSet::new());
    let mut definitions = Definitions::default();
    let mut rest = bytes;
    loop {
        // A binary component has no end mark: it ends where the file does.
        let is_end = rest.is_empty();
        let (consumed, payload) = match parser.parse(rest, is_end).map_err(|error| malformed(&error))? {
            Chunk::NeedMoreData(_) => return Err(Problem::Truncated { size: bytes.len() }),
            Chunk::Parsed { consumed, payload } => (consumed, payload),
        };
        rest = &rest[consumed..];
        let valid = validator.payload(&payload).map_err(|error| malformed(&error))?;
        definitions.count(&payload, &validator, &mut needs).map_err(|error| malformed(&error))?;
        if outer.is_empty() {
            names.add(&payload).map_err(|error| malformed(&error))?;
        }
        if let Payload::CustomSection(section) = &payload {
            producers::add(&mut producers, section);
        }
        match valid {
            ValidPayload::Parser(nested) => {
                if outer.len() == MAX_DEPTH {
                    return Err(Problem::Malformed {
                        detail: format!("components are nested more than {MAX_DEPTH} deep"),
                        offset: bytes.len() - rest.len(),
                    });
                }
                let is_module = matches!(payload, Payload::ModuleSection { .. });
                if let Payload::ModuleSection { unchecked_range, .. }
                | Payload::ComponentSection { unchecked_range, .. } = &payload
                    && unchecked_range.end > bytes.len()
                {
                    // What is in it could end in between and look whole.
                    return Err(Problem::Truncated { size: bytes.len() });
                }
                outer.push(Outer {
                    parser: std::mem::replace(&mut parser, nested),
                    needs: std::mem::take(&mut needs),
                    inner: if is_module { Definition::Module } else { Definition::Component },
                });
            }
            ValidPayload::End(types) => match outer.pop() {
                Some(outer) => {
                    parser = outer.parser;
                    let inner = std::mem::replace(&mut needs, outer.needs);
                    definitions.ended(outer.inner, &validator, inner);
                }
                None if rest.is_empty() => return Ok(Structure { types, names, needs, producers }),
                None => {
                    let offset = bytes.len() - rest.len();
                    let detail = format!("{} bytes follow the end of the component", rest.len());
                    return Err(Problem::Malformed { detail, offset });
                }
            },
            ValidPayload::Ok | ValidPayload::Func(..) => {}
        }
    }
}

fn malformed(error: &BinaryReaderError) -> Problem {
    Problem::Malformed { detail: error.message().to_owned(), offset: error.offset() }
}

impl Names {
    fn add(&mut self, payload: &Payload<'_>) -> Result<(), BinaryReaderError> {
        match payload {
            Payload::ComponentImportSection(section) => {
                for import in section.clone() {
                    self.imports.push(import?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section.clone() {
                    let export = export?;
                    // Types that stand beside functions are no interface.
                    if export.kind != ComponentExternalKind::Type {
                        self.exports.push(export.name.name.to_owned());
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Structure {
    fn found(self) -> Found {
        let types = self.types.as_ref();
        let imports = self.names.imports.into_iter().filter_map(|name| {
            let ty = types.component_item_for_import(&name)?.ty;
            // An imported type is an alias of one of an imported interface.
            (!matches!(ty, ComponentEntityType::Type { .. }))
                .then(|| Interface { items: items(types, ty), name })
        });
        let exports = self.names.exports.iter().map(|name| {
            let ty = types.component_item_for_export(name).map(|item| item.ty);
            Interface { items: ty.map(|ty| items(types, ty)).unwrap_or_default(), name: name.clone() }
        });
        Found {
            imports: imports.collect(),
            run_fits: runs(types),
            evaluate_fits: evaluates(types, &self.names.exports),
            exports: exports.collect(),
            needs: self.needs,
            producers: self.producers.into_iter().collect(),
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

fn runs(types: TypesRef<'_>) -> bool {
    let run = types.component_item_for_export(contract::RUN);
    run.is_some_and(|item| contract::RUN_TYPE.fits(types, item.ty))
}

fn evaluates(types: TypesRef<'_>, exports: &[String]) -> bool {
    let evaluator = exports.iter().find(|name| contract::is_evaluator(name));
    let item = evaluator.and_then(|name| types.component_item_for_export(name));
    let Some(ComponentEntityType::Instance(id)) = item.map(|item| item.ty) else { return false };
    let evaluate = types[id].exports.get(contract::EVALUATE);
    evaluate.is_some_and(|item| contract::EVALUATE_TYPE.fits(types, item.ty))
}
