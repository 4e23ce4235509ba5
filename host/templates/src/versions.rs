//! The versions of tools, from the one file of each language that names them.

use std::collections::BTreeMap;

use crate::embedded;

/// The version of each tool under its name in templates: `versions.componentize_py`.
pub(crate) fn versions() -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    for file in ["python/requirements.txt", "c/requirements.txt", "c/tools.txt"] {
        versions.extend(of_lines(embedded::file(file)));
    }
    versions.extend(of_package_json(embedded::file("js/package.json")));
    versions
}

/// Lines such as `componentize-py==0.25.1` or `wasm-tools 1.263.0`.
fn of_lines(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines().filter_map(|line| {
        let line = line.split('#').next()?.trim();
        let (tool, version) = line.split_once("==").or_else(|| line.split_once(char::is_whitespace))?;
        Some((key(tool), version.trim().to_owned()))
    })
}

/// The dependencies of a `package.json`, whose versions are exact.
fn of_package_json(text: &str) -> Vec<(String, String)> {
    let Ok(package) = serde_json::from_str::<serde_json::Value>(text) else { return Vec::new() };
    let tables = ["dependencies", "devDependencies"].map(|table| package[table].as_object().cloned());
    let dependencies = tables.into_iter().flatten().flatten();
    dependencies.filter_map(|(tool, version)| Some((key(&tool), version.as_str()?.to_owned()))).collect()
}

/// `@bytecodealliance/componentize-js` is `componentize_js` in templates.
fn key(tool: &str) -> String {
    let name = tool.trim();
    name.rsplit('/').next().unwrap_or(name).replace('-', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_the_files_of_every_tool() {
        let found: Vec<_> =
            of_lines("# a comment\ncomponentize-py==0.25.1\n\nwasm-tools 1.2.3 # why\n").collect();
        let expected = [("componentize_py", "0.25.1"), ("wasm_tools", "1.2.3")];
        assert_eq!(found, expected.map(|(tool, version)| (tool.to_owned(), version.to_owned())));
        let package =
            r#"{ "name": "x", "devDependencies": { "@bytecodealliance/componentize-js": "0.23.0" } }"#;
        assert_eq!(of_package_json(package), [("componentize_js".to_owned(), "0.23.0".to_owned())]);
    }
}
