//! From a core module to a component.

use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::{Resolve, WorldId};

/// What the bytes of a WebAssembly binary say they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Module,
    Component,
}

/// Magic, then version and layer: a component is layer 1.
const MODULE: [u8; 8] = *b"\0asm\x01\0\0\0";
const COMPONENT: [u8; 8] = *b"\0asm\x0d\0\x01\0";

/// The kind of a binary; none for anything else, or for another version of the format.
pub(crate) fn kind(binary: &[u8]) -> Option<Kind> {
    match *binary.first_chunk()? {
        MODULE => Some(Kind::Module),
        COMPONENT => Some(Kind::Component),
        _ => None,
    }
}

/// Wraps a core module into the component that its custom section describes. Only what the module imports becomes an
/// import of the component.
pub(crate) fn encode(module: &[u8]) -> Result<Vec<u8>, String> {
    // The alternate form shows the whole chain of causes.
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .map_err(|error| format!("{error:#}"))
}

/// A world of a WIT package, for modules that do not say what they are: those written as text.
#[derive(Debug)]
pub(crate) struct World {
    resolve: Resolve,
    id: WorldId,
}

impl World {
    /// The world of this name in the package in that folder.
    pub(crate) fn find(folder: &Path, name: &str) -> Result<Self, String> {
        let mut resolve = Resolve::default();
        let found =
            resolve.push_path(folder).and_then(|(package, _)| resolve.select_world(&[package], Some(name)));
        found.map(|id| Self { resolve, id }).map_err(|error| format!("{error:#}"))
    }

    /// Writes into a core module that it is one of this world.
    pub(crate) fn describe(&self, module: &mut Vec<u8>) -> Result<(), String> {
        embed_component_metadata(module, &self.resolve, self.id, StringEncoding::UTF8)
            .map_err(|error| format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(kind(&wat::parse_str("(module)").unwrap()), Some(Kind::Module));
        assert_eq!(kind(&wat::parse_str("(component)").unwrap()), Some(Kind::Component));
        assert_eq!(kind(b"(component)"), None);
        assert_eq!(kind(b"\0asm"), None);
    }

    #[test]
    fn text_becomes_a_component_of_its_world() {
        let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../guest-sdk/wit");
        let world = World::find(&wit, "worker-loop").unwrap();
        let text = r#"(module (memory (export "memory") 1) (func (export "run") (result i32) i32.const 0))"#;
        let mut module = wat::parse_str(text).unwrap();
        world.describe(&mut module).unwrap();
        assert_eq!(kind(&encode(&module).unwrap()), Some(Kind::Component));
        assert!(World::find(&wit, "no-such-world").is_err());
    }

    #[test]
    fn a_module_that_imports_what_nobody_describes_is_refused() {
        let module = wat::parse_str(r#"(module (import "env" "f" (func)))"#).unwrap();
        let error = encode(&module).unwrap_err();
        assert!(error.contains("env"), "{error}");
    }
}
