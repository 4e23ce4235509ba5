//! What is wrong with a text that is not TOML, in words for people who have not written much of it.
//!
//! The parser goes on after a mistake, which shows several at once, but also reports what follows from the first.

use std::collections::HashSet;

use crate::error::Mistake;
use crate::finding::Finding;
use crate::open_bracket::open_bracket;
use crate::spanned::Span;

/// One finding a line; one in all, if a bracket is not closed, because everything after it is read wrongly.
pub(crate) fn findings(text: &str, start: usize, errors: &[toml::de::Error]) -> Vec<Finding> {
    let unclosed = |error: &toml::de::Error| {
        matches!(error.message().split(',').next(), Some("unclosed array" | "unclosed inline table"))
    };
    if errors.iter().any(unclosed)
        && let Some((position, open, close)) = open_bracket(text)
    {
        let mistake = Mistake::Syntax(format!("`{open}` is never closed"));
        let finding =
            Finding::new(mistake).label(position..position + 1, format!("no `{close}` belongs to this"));
        return vec![finding.help(format!("Add `{close}` where the value ends"))];
    }
    let mut findings = Vec::new();
    let mut seen = HashSet::new();
    for error in errors {
        let span = error.span().unwrap_or(start..start);
        let line_start = line_start(text, span.start).max(start);
        if seen.insert(line_start) {
            findings.push(finding(text, line_start, span, error.message()));
        }
    }
    findings
}

fn line_start(text: &str, position: usize) -> usize {
    text[..position].rfind('\n').map_or(0, |newline| newline + 1)
}

fn finding(text: &str, line_start: usize, span: Span, message: &str) -> Finding {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, ""));
    let line = text[line_start..].lines().next().unwrap_or_default();
    let assignment = Assignment::read(line);
    let syntax = |what: &str| Finding::new(Mistake::Syntax(what.to_owned()));
    match what {
        // The parser takes `four` for a misspelt `false`.
        _ if assignment.is_bare_word(span.start - line_start) => syntax("the quotes are missing")
            .label(span, "a text needs quotes, a number digits")
            .help_maybe(assignment.quoted()),
        _ if assignment.is_without_value() => syntax("the value is missing")
            .label(span, "expected a value")
            .help("Write key = value, or take the line out"),
        "string values must be quoted" if text[span.clone()].trim().contains(char::is_whitespace) => {
            syntax("a comma is missing, or quotes")
                .label(span, "this is not one value")
                .help("Put a comma between two entries, quotes around a text")
        }
        _ if what == "string values must be quoted" || assignment.is_number_with_unit() => {
            syntax("the quotes are missing").label(span, "needs quotes").help_maybe(assignment.quoted())
        }
        "key with no value" => syntax("the `=` is missing")
            .label(span, "expected `=`")
            .help_maybe(assignment.with_equals())
            .or_help("Write key = value, or a [table] in brackets"),
        "unexpected key or value" => syntax("there is more in this line than one value")
            .label(span, "the line should end before this")
            .help("Begin a new line here, or put several values into brackets: [1, 2]"),
        "extra assignment between key-value pairs" => syntax("a comma is missing")
            .label(span, "in this entry or before it")
            .help("Put a comma between two entries: { lower = 1, upper = 2 }"),
        "missing comma between array elements" | "missing comma between key-value pairs" => {
            syntax("a comma is missing").label(span, "expected `,`").help("Put a comma between two entries")
        }
        "unexpected leading zero" => syntax("a number begins with a superfluous zero")
            .label(span, "take this away")
            .help("Write the number without it, or put quotes around it if it is a text"),
        "missing escaped value" => syntax("a backslash that escapes nothing")
            .label(span, "what follows is no escape")
            .help("Use single quotes: in them a backslash is a backslash"),
        "invalid basic string" | "invalid literal string" if expected == "`\"`" || expected == "`'`" => {
            syntax("a string is not closed")
                .label(span, format!("expected {expected}"))
                .help(format!("Add {expected} where the string ends"))
        }
        "unclosed table" | "unclosed array table" => syntax("the name of a table is not closed")
            .label(span, format!("expected {expected}"))
            .help(format!("Write {}]", line.trim())),
        "duplicate key" => duplicate(text, line_start, span),
        _ => {
            let label = if expected.is_empty() { "here".to_owned() } else { format!("expected {expected}") };
            syntax(what).label(span, label).help("Each line is a [table], key = value, or a # comment")
        }
    }
}

/// Two lines with one key, or two tables with one name: both lines are shown.
fn duplicate(text: &str, line_start: usize, span: Span) -> Finding {
    let name = text[span.clone()].to_owned();
    let line = text[line_start..].lines().next().unwrap_or_default();
    let is_header = line.trim_start().starts_with('[');
    let (what, help) = if is_header {
        let header = line.split('#').next().unwrap_or_default().trim();
        (format!("{header} is there twice"), format!("Put all keys of the table below one {header}"))
    } else {
        (format!("`{name}` is there twice"), "Keep one of the two".to_owned())
    };
    let finding = Finding::new(Mistake::Syntax(what));
    let finding = match first_of_two(text, line_start, line, &name) {
        Some(first) => finding.label(first..first + name.len(), "first here").label(span, "and again here"),
        None => finding.label(span, "the second one"),
    };
    finding.help(help)
}

/// Where the same key stands above, in the same table, or the same header.
fn first_of_two(text: &str, line_start: usize, line: &str, name: &str) -> Option<usize> {
    let column = line.find(name)?;
    let mut position = line_start;
    let above: Vec<(usize, &str)> = text[..line_start]
        .split_inclusive('\n')
        .rev()
        .map(|line| {
            position -= line.len();
            (position, line)
        })
        .collect();
    let header =
        line.trim_start().starts_with('[').then(|| line.split('#').next().unwrap_or_default().trim());
    for (position, other) in above {
        let trimmed = other.split('#').next().unwrap_or_default().trim();
        match header {
            Some(header) if trimmed == header => return Some(position + column),
            None if trimmed.starts_with('[') && !trimmed.contains('=') => return None,
            None if trimmed.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('=')) => {
                return Some(position + other.find(name)?);
            }
            _ => {}
        }
    }
    None
}

/// A line of the form `key = value`, as far as it is one.
struct Assignment<'l> {
    line: &'l str,
    parts: Option<(&'l str, &'l str)>,
}

impl<'l> Assignment<'l> {
    fn read(line: &'l str) -> Self {
        let parts = line
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.split('#').next().unwrap_or_default().trim()));
        Self { line, parts }
    }

    /// The line as it was probably meant, if that is sure: the value holds no quotes and no brackets yet.
    fn quoted(&self) -> Option<String> {
        let (key, value) = self.parts?;
        (!value.is_empty() && !value.contains(['"', '\'', '[', '{', ',', '\\']))
            .then(|| format!("Put quotes around it: {key} = \"{value}\""))
    }

    /// Whether the value begins at this column, with a letter, and could be given quotes.
    fn is_bare_word(&self, column: usize) -> bool {
        self.quoted().is_some()
            && self.line.split_at_checked(column).is_some_and(|(_, value)| {
                self.parts.is_some_and(|(_, whole)| value.trim_start().starts_with(whole))
                    && value.starts_with(char::is_alphabetic)
            })
    }

    /// `key =` and nothing else.
    fn is_without_value(&self) -> bool {
        self.parts.is_some_and(|(key, value)| {
            value.is_empty() && !key.is_empty() && !key.contains(['"', '\'', '[', '{'])
        })
    }

    /// A value such as `30s` or `256MiB`.
    fn is_number_with_unit(&self) -> bool {
        self.parts.is_some_and(|(_, value)| {
            value.starts_with(|c: char| c.is_ascii_digit())
                && value.ends_with(|c: char| c.is_ascii_alphabetic())
                && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
        })
    }

    /// For `key value` and `key: value`.
    fn with_equals(&self) -> Option<String> {
        if self.parts.is_some() {
            return None;
        }
        let (key, value) = self.line.trim().split_once([':', ' '])?;
        let (key, value) = (key.trim(), value.trim());
        Some(match value {
            "" => format!("Write [{key}]"),
            "true" | "false" => format!("Write {key} = {value}"),
            word if word.starts_with(char::is_alphabetic) => format!("Write {key} = \"{word}\""),
            value => format!("Write {key} = {value}"),
        })
    }
}
