//! From a core module to a component.

use wit_component::ComponentEncoder;

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
    fn a_module_that_imports_what_nobody_describes_is_refused() {
        let module = wat::parse_str(r#"(module (import "env" "f" (func)))"#).unwrap();
        let error = encode(&module).unwrap_err();
        assert!(error.contains("env"), "{error}");
    }
}
