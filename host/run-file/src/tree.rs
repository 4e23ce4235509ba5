//! The parsed tables before they are given types: reading, merging, looking up.

use std::borrow::Cow;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::Finding;
use crate::spanned::Span;
use crate::syntax;

/// Parses the text that begins at `start` as far as it can be parsed, and says what cannot.
pub(crate) fn parse(text: &str, start: usize) -> (DeTable<'_>, Vec<Finding>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    (table.into_inner(), syntax::findings(text, start, &errors))
}

/// Lays one file over another, or a `--set` over a file. Tables are merged, but for a launcher, which takes the place of
/// one of another kind: there can be only one.
pub(crate) fn lay_over<'t>(base: &mut DeTable<'t>, top: DeTable<'t>) {
    if let Some(above) = top.get("launcher").and_then(|launcher| launcher.get_ref().as_table())
        && let Some(below) = base.get_mut("launcher")
        && let DeValue::Table(below) = below.get_mut()
        && !above.is_empty()
    {
        let same_kind =
            std::mem::take(below).into_iter().filter(|(kind, _)| above.contains_key(kind.get_ref().as_ref()));
        *below = same_kind.collect();
    }
    overlay(base, top);
}

/// Lays `top` over `base`: tables are merged, everything else is replaced.
fn overlay<'t>(base: &mut DeTable<'t>, top: DeTable<'t>) {
    for (key, value) in top {
        if let Some(below) = base.get_mut(key.get_ref().as_ref())
            && let (DeValue::Table(_), DeValue::Table(_)) = (below.get_ref(), value.get_ref())
        {
            let header = value.span();
            if let (DeValue::Table(below), DeValue::Table(above)) = (below.get_mut(), value.into_inner()) {
                overlay(below, above);
            }
            let merged = std::mem::replace(below.get_mut(), DeValue::Boolean(false));
            *below = Spanned::new(header, merged);
            continue;
        }
        // Removed first: inserting over an existing key would keep the old key with its old place.
        base.remove(key.get_ref().as_ref());
        base.insert(key, value);
    }
}

/// The value at a dotted path of plain keys, with the place of its key.
pub(crate) fn lookup<'a, 't>(table: &'a DeTable<'t>, path: &str) -> Option<(Span, &'a Spanned<DeValue<'t>>)> {
    let (first, rest) = path.split_once('.').map_or((path, None), |(first, rest)| (first, Some(rest)));
    let (key, value) = table.get_key_value(first)?;
    match rest {
        None => Some((key.span(), value)),
        Some(rest) => lookup(value.get_ref().as_table()?, rest),
    }
}

/// A table that holds nothing but `value` at the end of `path`.
pub(crate) fn nested(path: Vec<(String, Span)>, value: Spanned<DeValue<'_>>) -> DeTable<'_> {
    let whole = path.first().map_or(0, |(_, span)| span.start)..value.span().end;
    let mut value = value;
    let mut table = DeTable::default();
    for (key, span) in path.into_iter().rev() {
        table = DeTable::default();
        table.insert(Spanned::new(span, Cow::Owned(key)), value);
        value = Spanned::new(whole.clone(), DeValue::Table(table.clone()));
    }
    table
}
