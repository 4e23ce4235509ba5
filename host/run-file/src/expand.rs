//! `${VARIABLE}` in a URL, so that no password needs to stand in a run file.

use std::ops::Range;

use crate::redis_url::percent_encode;

/// Looks up an environment variable. A parameter, so that reading a run file is a pure function.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What is wrong with a `${…}`, and where in the text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ExpandError {
    /// The variable does not exist.
    NotSet { name: String, at: Range<usize> },
    /// `${` without `}`, or with something between them that is no name.
    Malformed { at: Range<usize> },
}

/// Replaces each `${NAME}` by the variable's value, percent-encoded, and `$${` by `${`.
///
/// A text that is one `${NAME}` and nothing else becomes the value as it is: a whole URL, of which no part
/// needs encoding.
pub(crate) fn expand(text: &str, environment: Environment<'_>) -> Result<String, ExpandError> {
    let mut expanded = String::with_capacity(text.len());
    let mut position = 0;
    while let Some(found) = text[position..].find("${") {
        let start = position + found;
        if text[..start].ends_with('$') {
            expanded.push_str(&text[position..start]);
            expanded.push('{');
            position = start + 2;
            continue;
        }
        expanded.push_str(&text[position..start]);
        let malformed = |end| ExpandError::Malformed { at: start..end };
        let end = start + text[start..].find('}').ok_or_else(|| malformed(text.len()))? + 1;
        let name = &text[start + 2..end - 1];
        if !is_name(name) {
            return Err(malformed(end));
        }
        let value =
            environment(name).ok_or_else(|| ExpandError::NotSet { name: name.to_owned(), at: start..end })?;
        if start == 0 && end == text.len() {
            return Ok(value);
        }
        expanded.push_str(&percent_encode(&value));
        position = end;
    }
    expanded.push_str(&text[position..]);
    Ok(expanded)
}

/// Names as POSIX shells have them.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(name: &str) -> Option<String> {
        match name {
            "USER" => Some("ada".to_owned()),
            "PASSWORD" => Some("p@ss/w:rd".to_owned()),
            "URL" => Some("redis://h:1/0".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn values_are_percent_encoded_but_for_a_whole_url() {
        for (text, expected) in [
            ("redis://${USER}:${PASSWORD}@h", "redis://ada:p%40ss%2Fw%3Ard@h"),
            ("${URL}", "redis://h:1/0"),
            ("redis://${EMPTY}h", "redis://h"),
            ("a$${USER}b$c", "a${USER}b$c"),
            ("plain", "plain"),
        ] {
            assert_eq!(expand(text, &environment).unwrap(), expected);
        }
    }

    #[test]
    fn says_where_a_variable_is_missing_or_malformed() {
        let not_set = ExpandError::NotSet { name: "NOBODY".to_owned(), at: 2..11 };
        assert_eq!(expand("a:${NOBODY}", &environment), Err(not_set));
        for (text, at) in [("${USER", 0..6), ("x${}", 1..4), ("${1A}", 0..5), ("${A-B}", 0..6)] {
            assert_eq!(expand(text, &environment), Err(ExpandError::Malformed { at }), "{text}");
        }
    }
}
