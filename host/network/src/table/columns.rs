//! Which columns a table has, and what they are called.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{
    chunks::Piece,
    column_kind::{Case, Cases},
    parts::{Part, Parts},
};

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// An element of a part.
    Element(Part, Arc<str>),
    /// The messages of conditions.
    Condition,
    /// The workers.
    WorkerId,
}

impl Source {
    fn name(&self) -> &str {
        match self {
            Self::Element(_, name) => name,
            Self::Condition => "condition",
            Self::WorkerId => "worker_id",
        }
    }

    /// What stands before a name that is not unique.
    fn prefix(&self) -> &'static str {
        match self {
            Self::Element(part, _) => part.as_str(),
            Self::Condition | Self::WorkerId => "task",
        }
    }
}

/// A column of a table.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) source: Source,
    pub(crate) cases: Cases,
}

/// The columns of these rows: elements part by part, each in the order in which they appear first, then the rest.
pub(crate) fn columns(pieces: &[Piece], parts: Parts) -> Vec<Column> {
    let mut found: Vec<(Source, Cases)> = Vec::new();
    let mut places: HashMap<Source, usize> = HashMap::new();
    for (source, cases) in pieces.iter().flat_map(Piece::elements) {
        if let Some(place) = places.get(&source) {
            found[*place].1 = found[*place].1.join(cases);
        } else {
            places.insert(source.clone(), found.len());
            found.push((source, cases));
        }
    }
    let text = Cases::one(Case::Text);
    let mut sorted = Vec::with_capacity(found.len() + 2);
    for part in Part::ALL.into_iter().filter(|part| parts.wants(*part)) {
        let of_part = |source: &Source| matches!(source, Source::Element(other, _) if *other == part);
        sorted.extend(found.iter().filter(|(source, _)| of_part(source)).cloned());
    }
    sorted.extend(parts.condition.then_some((Source::Condition, text)));
    sorted.extend(parts.worker_id.then_some((Source::WorkerId, text)));
    named(sorted)
}

/// A name that stands in one place only is kept; the others get their part in front, until they are unique.
fn named(found: Vec<(Source, Cases)>) -> Vec<Column> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for (source, _) in &found {
        *counts.entry(source.name()).or_default() += 1;
    }
    let unique = |source: &Source| counts.get(source.name()) == Some(&1);
    let mut taken: HashSet<String> =
        found.iter().filter(|(source, _)| unique(source)).map(|(source, _)| source.name().into()).collect();
    let mut names = Vec::with_capacity(found.len());
    for (source, _) in &found {
        let mut name = source.name().to_owned();
        if !unique(source) {
            loop {
                name = format!("{}.{name}", source.prefix());
                if taken.insert(name.clone()) {
                    break;
                }
            }
        }
        names.push(name);
    }
    let columns = found.into_iter().zip(names);
    columns.map(|((source, cases), name)| Column { name, source, cases }).collect()
}
