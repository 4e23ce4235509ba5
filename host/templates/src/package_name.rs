//! The name of a project as packages of other tools have it.

use crate::name::Name;

/// What cargo or npm would not take, because it means something to them or to their language.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "build",
    "const",
    "continue",
    "core",
    "crate",
    "deps",
    "do",
    "dyn",
    "else",
    "enum",
    "examples",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "incremental",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "node_modules",
    "override",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "rush-worker",
    "rush_worker",
    "self",
    "serde",
    "serde_json",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
];

/// The name in small letters, digits, `-` and `_`, beginning with a letter.
pub(crate) fn package_name(name: &Name) -> String {
    let kept: String = name
        .as_str()
        .to_ascii_lowercase()
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' })
        .collect();
    let words: Vec<_> = kept.split('-').filter(|word| !word.is_empty()).collect();
    let joined = words.join("-");
    let joined = joined.trim_matches('_');
    let begins_with_a_letter = joined.starts_with(|first: char| first.is_ascii_lowercase());
    match joined {
        "" => "project".to_owned(),
        name if !begins_with_a_letter || TAKEN.contains(&name) => format!("project-{name}"),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_project_has_a_name_that_cargo_and_npm_take() {
        for (name, expected) in [
            ("demo", "demo"),
            ("Branin_2", "branin_2"),
            ("a.b", "a-b"),
            ("team-{branin}", "team-branin"),
            ("1st", "project-1st"),
            ("fn", "project-fn"),
            ("std", "project-std"),
            ("rush_worker", "project-rush_worker"),
            ("_x", "x"),
            ("{}", "project"),
            ("--a--", "a"),
        ] {
            assert_eq!(package_name(&Name::parse(name).unwrap()), expected, "{name}");
        }
    }
}
