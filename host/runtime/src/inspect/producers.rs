//! Which tools say that they made a component: the custom section `producers` of its modules and of itself.

use std::collections::BTreeSet;

use wasmparser::{CustomSectionReader, KnownCustom, ProducersSectionReader};

/// Entries of one component that are kept; what toolchains write are a handful.
const MAX_ENTRIES: usize = 64;
/// Letters of a name or a version that are kept.
const MAX_LETTERS: usize = 100;

/// A language or a tool that had a part in a component, as that says itself: nothing checks it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Producer {
    /// `language`, `processed-by` or `sdk`.
    pub field: String,
    /// e.g. `Rust`
    pub name: String,
    /// e.g. `1.95.0 (59807616e 2026-04-14)`; may be empty.
    pub version: String,
}

/// Adds what a custom section tells, if it is one of producers. A damaged one tells less: custom sections are not validated, and
/// nothing depends on them.
pub(super) fn add(producers: &mut BTreeSet<Producer>, section: &CustomSectionReader<'_>) {
    if let KnownCustom::Producers(reader) = section.as_known() {
        // What comes before the damage stays.
        let _ = add_all(producers, reader);
    }
}

fn add_all(
    producers: &mut BTreeSet<Producer>,
    reader: ProducersSectionReader<'_>,
) -> Result<(), wasmparser::BinaryReaderError> {
    for field in reader {
        let field = field?;
        for value in field.values {
            let value = value?;
            if producers.len() >= MAX_ENTRIES {
                return Ok(());
            }
            producers.insert(Producer {
                field: field.name.to_owned(),
                name: shown(value.name),
                version: shown(value.version),
            });
        }
    }
    Ok(())
}

/// Fit for a terminal, and not longer than a line.
fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(MAX_LETTERS).collect()
}
