//! The versions of tools of other languages. Each stands in one place, from which the projects that `rush-host new` writes have it, too.

use std::fs;

use crate::{error::Error, workspace::Workspace};

/// A version that a file of the repository pins.
pub(crate) fn version(workspace: &Workspace, file: &str, name: &str) -> Result<String, Error> {
    let path = workspace.path(file);
    let text = fs::read_to_string(&path)
        .map_err(|error| Error::io(format_args!("read {}", path.display()), &error))?;
    find(&text, name).ok_or_else(|| Error::new(format!("{file} does not pin a version of {name}")))
}

/// The version of `name` in lines as `name==1.2.3`, `name 1.2.3` or `"name": "1.2.3"`.
fn find(text: &str, name: &str) -> Option<String> {
    let version = |line: &str| {
        let line = line.trim().trim_end_matches(',').replace('"', "");
        let rest = line.strip_prefix(name)?;
        let version = rest.strip_prefix("==").or(rest.strip_prefix(": ")).or(rest.strip_prefix(' '))?;
        let is_exact = version.split('.').count() == 3
            && version.chars().all(|character| character == '.' || character.is_ascii_digit());
        is_exact.then(|| version.to_owned())
    };
    text.lines().find_map(version)
}

#[cfg(test)]
mod cases {
    use super::*;

    #[test]
    fn a_version_is_exact() {
        assert_eq!(find("# of PyPI\nzig==0.1.0\ntool==1.20.3\n", "tool").as_deref(), Some("1.20.3"));
        assert_eq!(find("wasm-tools 1.2.3\n", "wasm-tools").as_deref(), Some("1.2.3"));
        let json = "{\n  \"dependencies\": {\n    \"@a/tool\": \"1.2.3\",\n    \"b\": \"^4.5.6\"\n  }\n}\n";
        assert_eq!(find(json, "@a/tool").as_deref(), Some("1.2.3"));
        assert_eq!(find(json, "b"), None);
        assert_eq!(find("tools 1.2.3", "tool"), None);
    }
}
