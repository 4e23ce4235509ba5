//! Whether a file has the shape of a run file: known keys, right types, known words, numbers in range.
//!
//! `serde` stops at the first mistake. So the parsed tables are first walked along the schema that is generated from the
//! same types; what does not fit is reported and taken out, and `serde` is given the rest.

use std::collections::{HashMap, HashSet};

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::schema::Node;
use crate::spanned::Span;
use crate::unknown_key::unknown_key;

/// The key of every value, by the value's place.
#[derive(Default)]
pub(crate) struct KeyIndex {
    keys: HashMap<(usize, usize), String>,
    /// Keys that were written, and whose values are not known: what was written did not fit, and was taken out.
    faulty: HashSet<String>,
}

impl KeyIndex {
    /// The key in full, as in `workers.count`.
    pub(crate) fn key(&self, span: &Span) -> String {
        self.keys.get(&(span.start, span.end)).cloned().unwrap_or_default()
    }

    /// Whether this key was meant to have a value, but nobody knows which.
    pub(crate) fn is_faulty(&self, key: &str) -> bool {
        self.faulty.contains(key)
    }
}

pub(crate) struct Shape<'s> {
    pub(crate) root: Node<'s>,
    pub(crate) findings: Vec<Finding>,
    pub(crate) index: KeyIndex,
    file: &'s str,
    /// Keys and tables that were written in another way or in another place, as they should have been.
    meant: Vec<String>,
    /// Whether the whole file could be parsed, so that what is not there is missing.
    pub(crate) complete: bool,
}

impl<'s> Shape<'s> {
    /// `file` names the file in messages that have no place in it.
    pub(crate) fn new(schema: &'s serde_json::Value, file: &'s str, complete: bool) -> Self {
        Self {
            root: Node::root(schema),
            findings: Vec::new(),
            index: KeyIndex::default(),
            file,
            meant: Vec::new(),
            complete,
        }
    }

    /// Reports what does not fit, and removes it.
    pub(crate) fn check(&mut self, table: &mut DeTable<'_>) {
        self.check_table(table, None, self.root, "");
        self.index.faulty.extend(self.meant.iter().map(|meant| meant.trim_matches(['[', ']']).to_owned()));
        // Who is told that `[loops]` should be `[loop]` need not be told that `[loop]` is missing.
        let meant = &self.meant;
        let same = |a: &str, b: &str| a.trim_matches(['`', '[', ']']) == b.trim_matches(['`', '[', ']']);
        self.findings.retain(|finding| match &finding.mistake {
            Mistake::Missing { what, .. } => !meant.iter().any(|meant| same(meant, what)),
            _ => true,
        });
    }

    fn check_table(&mut self, table: &mut DeTable<'_>, header: Option<&Span>, schema: Node<'s>, path: &str) {
        if self.complete {
            for key in schema.required().filter(|key| !table.contains_key(*key)) {
                self.findings.push(missing(key, header, schema, path, self.file));
            }
        }
        let mut kept = DeTable::default();
        for (key, mut value) in std::mem::take(table) {
            let name: &str = key.get_ref();
            let here = if path.is_empty() { quoted(name) } else { format!("{path}.{}", quoted(name)) };
            let fits = match schema.property(name).or(schema.other_values()) {
                Some(schema) => self.check_value(&mut value, schema, &here),
                None if schema.is_open() => true,
                None => {
                    let is_table = value.get_ref().is_table();
                    let (finding, meant) = unknown_key(self.root, schema, path, name, key.span(), is_table);
                    self.meant.extend(meant);
                    self.report(finding)
                }
            };
            if fits {
                kept.insert(key, value);
            } else {
                self.index.faulty.insert(here);
            }
        }
        *table = kept;
    }

    fn check_value(&mut self, value: &mut Spanned<DeValue<'_>>, schema: Node<'s>, path: &str) -> bool {
        let span = value.span();
        self.index.keys.insert((span.start, span.end), path.to_owned());
        let words = schema.words();
        let found = match (value.get_mut(), schema.kind()) {
            (DeValue::Table(table), Some("object")) => {
                self.check_table(table, Some(&span), schema, path);
                return true;
            }
            (DeValue::Array(items), Some("array")) => {
                let mut fits = true;
                if let Some(schema) = schema.items() {
                    for (number, item) in items.iter_mut().enumerate() {
                        fits &= self.check_value(item, schema, &format!("{path}[{number}]"));
                    }
                }
                return fits;
            }
            (DeValue::String(word), _) if !words.is_empty() => {
                return words.contains(&word.as_ref()) || self.report(unknown_word(path, word, &words, span));
            }
            (DeValue::Integer(number), Some("integer")) => {
                let number = i128::from_str_radix(number.as_str(), number.radix()).ok();
                return in_range(number, schema) || self.report(out_of_range(path, number, schema, span));
            }
            (DeValue::String(_), Some("string"))
            | (DeValue::Boolean(_), Some("boolean"))
            | (DeValue::Float(_) | DeValue::Integer(_), Some("number"))
            | (_, None)
                if words.is_empty() =>
            {
                return true;
            }
            (found, _) => found,
        };
        let finding = wrong_type(path, found, schema, span);
        self.report(finding)
    }

    /// Always false: what is reported does not fit.
    fn report(&mut self, finding: Finding) -> bool {
        self.findings.push(finding);
        false
    }
}

/// A key as TOML writes it.
pub(crate) fn quoted(key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { key.to_owned() } else { format!("{key:?}") }
}

fn missing(key: &str, header: Option<&Span>, schema: Node<'_>, path: &str, file: &str) -> Finding {
    let is_table = schema.property(key).is_some_and(|schema| schema.kind() == Some("object"));
    let full = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    let what = if is_table { format!("[{full}]") } else { format!("`{full}`") };
    let finding = match header {
        Some(header) => Finding::new(Mistake::Missing { what, file: None })
            .label(header.clone(), format!("`{key}` belongs here")),
        None => Finding::new(Mistake::Missing { what, file: Some(file.to_owned()) }),
    };
    finding.help(match full.as_str() {
        "network" => "Give the network a name, before the first [table]: network = \"my-network\"".to_owned(),
        "loop" => "Name the program that the workers run:\n\n[loop]\ncomponent = \"my-loop.wasm\"".to_owned(),
        "loop.component" | "objective.component" => {
            "Name the WebAssembly component to run: component = \"my-component.wasm\"".to_owned()
        }
        _ => format!("Add `{key}`, {}", schema.property(key).map(expected).unwrap_or_default()),
    })
}

fn unknown_word(path: &str, word: &str, words: &[&str], span: Span) -> Finding {
    let closest = crate::suggest::closest(word, words.iter().copied());
    Finding::new(Mistake::UnknownWord { key: path.to_owned(), word: word.to_owned() })
        .label(span, format!("expected {}", word_list(words)))
        .help_maybe(closest.map(|word| format!("Did you mean \"{word}\"?")))
}

fn in_range(number: Option<i128>, schema: Node<'_>) -> bool {
    let (least, most) = schema.range();
    number.is_some_and(|number| {
        least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
    })
}

fn out_of_range(path: &str, number: Option<i128>, schema: Node<'_>, span: Span) -> Finding {
    let too_small = number.is_some_and(|number| schema.range().0.is_some_and(|least| number < least));
    Finding::new(Mistake::OutOfRange { key: path.to_owned(), expected: expected(schema) })
        .label(span, if too_small { "too small" } else { "too large" })
}

fn wrong_type(path: &str, found: &DeValue<'_>, schema: Node<'_>, span: Span) -> Finding {
    let expected = expected(schema);
    // "a duration such as "30s"": the example stands under the line, the headline is short.
    let short = if schema.words().is_empty() {
        let ends = [" such as ", " from ", ", ", " in "];
        ends.iter().fold(expected.as_str(), |short, end| short.split(end).next().unwrap_or_default())
    } else {
        &expected
    };
    let mistake = Mistake::WrongType {
        key: path.to_owned(),
        expected: short.to_owned(),
        found: found_name(found).to_owned(),
    };
    Finding::new(mistake)
        .label(span, format!("expected {expected}"))
        .help_maybe(type_help(path, found, schema))
}

fn found_name(found: &DeValue<'_>) -> &'static str {
    match found {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(true) => "`true`",
        DeValue::Boolean(false) => "`false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

fn expected(schema: Node<'_>) -> String {
    let words = schema.words();
    if !words.is_empty() {
        return word_list(&words);
    }
    match (schema.expected(), schema.kind()) {
        (Some(expected), _) => expected.to_owned(),
        (None, Some("integer")) => match schema.range() {
            (Some(least), Some(most)) if most < i128::from(i64::MAX) => {
                format!("a whole number from {least} to {most}")
            }
            (Some(least), _) => format!("a whole number, {least} or more"),
            _ => "a whole number".to_owned(),
        },
        (None, Some("boolean")) => "true or false".to_owned(),
        (None, Some("array")) => "an array in brackets".to_owned(),
        (None, Some("object")) => "a table".to_owned(),
        _ => "a string in quotes".to_owned(),
    }
}

fn word_list(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("\"{only}\""),
        [first @ .., last] => format!("\"{}\" or \"{last}\"", first.join("\", \"")),
    }
}

fn type_help(path: &str, found: &DeValue<'_>, schema: Node<'_>) -> Option<String> {
    let key = path.rsplit('.').next().unwrap_or(path);
    match (schema.kind(), found) {
        (Some("integer"), DeValue::String(text)) if text.parse::<i64>().is_ok() => {
            Some(format!("Leave out the quotes: {key} = {text}"))
        }
        (Some("boolean"), DeValue::String(text)) if matches!(text.as_ref(), "true" | "false") => {
            Some(format!("Leave out the quotes: {key} = {text}"))
        }
        (Some("string"), DeValue::Integer(number)) => match schema.expected() {
            Some(expected) if expected.starts_with("a duration") => {
                Some(format!("Write it with its unit, in quotes: {key} = \"{}s\"", number.as_str()))
            }
            Some(expected) if expected.starts_with("a size") => {
                Some(format!("Write it with its unit, in quotes: {key} = \"{}MiB\"", number.as_str()))
            }
            _ => Some(format!("Put quotes around it: {key} = \"{}\"", number.as_str())),
        },
        (Some("array"), DeValue::String(text)) => {
            Some(format!("Put brackets around it: {key} = {:?}", text.split_whitespace().collect::<Vec<_>>()))
        }
        // An element of an array has no line of its own.
        (Some("object"), DeValue::String(text)) if path.ends_with(']') => {
            let name = schema.required().next()?;
            Some(format!("Put it into a table in braces: {{ {name} = {:?} }}", text.as_ref()))
        }
        (Some("object"), _) if path.ends_with(']') => None,
        (Some("object"), _) => {
            Some(format!("Write [{path}] in a line of its own, and its keys in the lines below"))
        }
        _ => None,
    }
}
