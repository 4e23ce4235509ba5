//! The files of `guest-sdk`, as they were when this was compiled.

/// Path below `guest-sdk`, and content. Sorted by path.
pub(crate) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files below a folder, with their paths from there.
pub(crate) fn below(folder: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    FILES
        .iter()
        .filter_map(move |(path, content)| Some((path.strip_prefix(folder)?.strip_prefix('/')?, *content)))
}

/// A file, or nothing if there is none.
pub(crate) fn file(path: &str) -> &'static str {
    FILES.iter().find(|(known, _)| *known == path).map_or("", |(_, content)| content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_tools_leave_behind_is_embedded() {
        for (path, _) in FILES {
            let left_behind = ["__pycache__", "node_modules", "/target/", ".venv", ".pyc", ".wasm"];
            assert!(!left_behind.iter().any(|name| path.contains(name)), "{path}");
        }
    }

    #[test]
    fn the_contract_is_there() {
        assert!(file("wit/worker.wit").contains("package rush:worker@"));
        assert_eq!(below("wit").map(|(path, _)| path).collect::<Vec<_>>(), ["worker.wit"]);
    }
}
