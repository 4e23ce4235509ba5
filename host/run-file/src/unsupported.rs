//! What the format has and this version does not: refused, never ignored.
//!
//! Everything here is parsed, validated and documented like the rest; what becomes supported loses its line in the table.

use toml::de::{DeTable, DeValue};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::tree::lookup;

/// A key or table, and when it is refused.
struct Unsupported {
    path: &'static str,
    when: When,
    instead: &'static str,
}

enum When {
    /// Wherever it is written.
    Written,
    /// With a value that begins like this.
    StartsWith(&'static str),
}

use When::{StartsWith, Written};

const fn refuse(path: &'static str, when: When, instead: &'static str) -> Unsupported {
    Unsupported { path, when, instead }
}

const TABLE: &[Unsupported] = &[
    refuse("redis.sentinel", Written, "Name the server itself: url = \"redis://redis.example.org:6379/0\""),
    refuse("redis.tls", Written, "`rediss://` in the URL uses TLS and trusts the public certificates"),
    refuse("loop.component", StartsWith("oci://"), "Download the component, and name the file"),
    refuse("objective.component", StartsWith("oci://"), "Download the component, and name the file"),
];

/// Reports what is written in the file and not supported.
pub(crate) fn check(file: &DeTable<'_>) -> impl Iterator<Item = Finding> {
    TABLE.iter().filter_map(|unsupported| unsupported.find(file))
}

/// Adds what is not supported. What else is wrong with just that value does not matter to someone who takes it out.
pub(crate) fn merge(unsupported: Vec<Finding>, findings: &mut Vec<Finding>) {
    findings.retain(|finding| match finding.labels.as_slice() {
        [(span, _)] => {
            !unsupported.iter().any(|other| other.labels.iter().any(|(refused, _)| refused == span))
        }
        _ => true,
    });
    findings.extend(unsupported);
}

impl Unsupported {
    fn find(&self, file: &DeTable<'_>) -> Option<Finding> {
        let (key, value) = lookup(file, self.path)?;
        let text = value.get_ref().as_str();
        let is_table = matches!(value.get_ref(), DeValue::Table(_));
        let (matches, span, what) = match self.when {
            Written if is_table => (true, key, format!("[{}]", self.path)),
            Written => (true, key, format!("`{}`", self.path)),
            StartsWith(start) => (
                text.is_some_and(|text| text.starts_with(start)),
                value.span(),
                format!("A component from {start}"),
            ),
        };
        let label = "comes in a later version";
        matches.then(|| Finding::new(Mistake::NotSupported { what }).label(span, label).help(self.instead))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{self, Node};

    #[test]
    fn every_line_of_the_table_names_something_that_exists() {
        for unsupported in TABLE {
            let mut node = Node::root(schema::run_file());
            for key in unsupported.path.split('.') {
                node = node.property(key).unwrap_or_else(|| panic!("no {key} of {}", unsupported.path));
            }
        }
    }
}
