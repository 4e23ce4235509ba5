//! `--set workers.count=16`: keys that win over the run file.

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::mask::mask_passwords;
use crate::schema::Node;
use crate::spanned::Span;
use crate::tree;

/// What an override is called where an error shows its text.
pub(crate) fn source_name(written: &str) -> String {
    format!("--set {}", mask_passwords(written))
}

/// Parses one `key=value`, which stands in `padded` behind `start` spaces.
///
/// The value is TOML; what is not TOML and does not look as if it were meant to be is a string, and so is everything
/// where the schema has a string. So the shell's quotes are the only ones that anybody has to type:
/// `--set stop.after=10m`, `--set network=7`.
pub(crate) fn parse<'t>(
    padded: &'t str,
    start: usize,
    schema: Node<'_>,
) -> Result<DeTable<'t>, Vec<Finding>> {
    let written = &padded[start..];
    let malformed = |label: &str| {
        let mistake = Mistake::Override { written: mask_passwords(written) };
        vec![Finding::new(mistake).label(start..padded.len(), label).help(
            "Write the key in full, with its tables: `--set workers.count=16` or `--set report.minimize=y`",
        )]
    };
    let equals = start + unquoted_equals(written).ok_or_else(|| malformed("there is no `=` in it"))?;
    let path = key_path(&padded[..equals]).ok_or_else(|| malformed("no key stands before `=`"))?;
    let after = &padded[equals + 1..];
    let value = after.trim();
    if value.is_empty() {
        return Err(malformed("no value follows `=`"));
    }
    let (table, findings) = tree::parse(padded, start);
    let is_toml = findings.is_empty() && table.len() == 1;
    let looks_like_toml = value.starts_with(['"', '\'', '[', '{']);
    if is_toml && (looks_like_toml || !is_string(&path, schema)) {
        return Ok(table);
    }
    if looks_like_toml {
        return Err(findings);
    }
    let value_start = equals + 1 + (after.len() - after.trim_start().len());
    let string = DeValue::String(value.into());
    Ok(tree::nested(path, Spanned::new(value_start..value_start + value.len(), string)))
}

/// Byte position of the first `=` that is not part of a quoted key.
fn unquoted_equals(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(position, c)| {
        match (quote, c) {
            (None, '=') => return Some(position),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
        None
    })
}

/// Whether the schema has a string at the end of `path`.
fn is_string(path: &[(String, Span)], schema: Node<'_>) -> bool {
    let node = path.iter().try_fold(schema, |node, (key, _)| node.property(key));
    node.is_some_and(|node| node.kind() == Some("string"))
}

/// The dotted key at the end of `padded`, each part with its place.
fn key_path(padded: &str) -> Option<Vec<(String, Span)>> {
    let document = format!("{padded}=0");
    let mut table = DeTable::parse(&document).ok()?.into_inner();
    let mut path = Vec::new();
    loop {
        let (key, value) = table.into_iter().next()?;
        let span = key.span();
        path.push((key.into_inner().into_owned(), span));
        match value.into_inner() {
            DeValue::Table(inner) => table = inner,
            _ => return Some(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    fn parse_here(written: &str, start: usize) -> Result<DeTable<'_>, Vec<Finding>> {
        parse(written, start, Node::root(schema::run_file()))
    }

    fn value_at(written: &str, path: &str) -> String {
        let table = parse_here(written, 0).unwrap_or_else(|_| panic!("{written}"));
        format!("{:?}", tree::lookup(&table, path).unwrap().1.get_ref())
    }

    #[test]
    fn values_are_toml_and_bare_words_are_strings() {
        assert!(value_at("workers.count=16", "workers.count").contains("16"));
        assert!(value_at("stop.after=10m", "stop.after").contains("String(\"10m\")"));
        assert!(
            value_at("output.path = results/a b.csv ", "output.path").contains("String(\"results/a b.csv\")")
        );
        assert!(value_at("network=7", "network").contains("String(\"7\")"));
        assert!(value_at("loop.args.lower=[1, 2]", "loop.args.lower").contains("Array"));
        assert!(value_at("loop.args.name='x=y'", "loop.args.name").contains("x=y"));
        assert!(value_at("redis.url=redis://h/0?x=1", "redis.url").contains("redis://h/0?x=1"));
    }

    #[test]
    fn places_are_those_in_the_joined_text() {
        let table = parse_here("     a.b=word", 5).unwrap_or_else(|_| panic!());
        let (key, value) = tree::lookup(&table, "a.b").unwrap();
        assert_eq!((key, value.span()), (7..8, 9..13));
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        for written in ["workers.count", "=3", "workers.count=", "[workers]", "a b=1", "list=[1, 2"] {
            assert!(parse_here(written, 0).is_err(), "{written}");
        }
    }
}
