//! What a component asks of its host.

use std::{fs, path::Path};

use wit_component::DecodedWasm;
use wit_parser::{Resolve, WorldItem};

use crate::file::Error;

/// The functions that a component imports, as `package:name/interface@version#function`, sorted.
pub(crate) fn of_file(path: &Path) -> Result<Vec<String>, Error> {
    let bytes = fs::read(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    of_component(&bytes).map_err(|message| Error::Invalid { path: path.to_owned(), message })
}

fn of_component(bytes: &[u8]) -> Result<Vec<String>, String> {
    let decoded = wit_component::decode(bytes).map_err(|error| format!("{error:#}"))?;
    let DecodedWasm::Component(resolve, world) = &decoded else {
        return Err("a WIT package, not a component".into());
    };
    let mut imports: Vec<_> =
        resolve.worlds[*world].imports.values().flat_map(|item| functions(resolve, item)).collect();
    imports.sort();
    Ok(imports)
}

fn functions(resolve: &Resolve, item: &WorldItem) -> Vec<String> {
    match item {
        WorldItem::Interface { id, .. } => {
            let interface = resolve.id_of(*id).unwrap_or_else(|| "(inline)".into());
            resolve.interfaces[*id].functions.keys().map(|name| format!("{interface}#{name}")).collect()
        }
        WorldItem::Function(function) => vec![function.name.clone()],
        WorldItem::Type { .. } => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imported_functions_are_listed() {
        let component = wat::parse_str(
            r#"(component
                (import "a:b/c@0.1.0" (instance (export "f" (func)) (export "e" (func))))
                (import "g" (func))
            )"#,
        )
        .unwrap();
        assert_eq!(of_component(&component).unwrap(), ["a:b/c@0.1.0#e", "a:b/c@0.1.0#f", "g"]);
    }
}
