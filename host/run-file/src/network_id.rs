//! The name of a network, which begins every one of its keys in Redis.

use std::fmt;
use std::str::FromStr;

use crate::spanned::Written;
use crate::text_serde::as_text;
use crate::value_error::ValueError;

/// Name of a network: 1 to 100 of the characters `A-Z a-z 0-9 . _ - { }`, and neither `.` nor `..`.
///
/// It becomes part of Redis keys and of a folder's name, hence the small alphabet. Braces make a *hash tag*, which
/// puts a whole network into one slot of a Redis Cluster: `team-{branin}`.
///
/// ```
/// use rush_run_file::NetworkId;
///
/// let network: NetworkId = "team-{branin}".parse()?;
/// assert_eq!(network.hash_tag(), Some("branin"));
/// assert!("my network".parse::<NetworkId>().is_err());
/// # Ok::<(), rush_run_file::ValueError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId(String);

const MAX_LENGTH: usize = 100;

const HELP: &str = "Use 1 to 100 of: letters A-Z and a-z, digits, and . _ - { }";

impl NetworkId {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands between the braces, without them; none where there are no braces.
    pub fn hash_tag(&self) -> Option<&str> {
        let (_, after) = self.0.split_once('{')?;
        after.split_once('}').map(|(tag, _)| tag)
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for NetworkId {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.is_empty() {
            return Err(ValueError::new("a network needs a name").help(HELP));
        }
        if text == "." || text == ".." {
            return Err(ValueError::new("this means a folder").help(HELP));
        }
        if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-{}".contains(*c)) {
            let reason = match c {
                ' ' => "spaces are not allowed".to_owned(),
                c if c.is_control() => "control characters are not allowed".to_owned(),
                c => format!("`{c}` is not allowed"),
            };
            return Err(ValueError::new(reason).help(HELP));
        }
        if text.len() > MAX_LENGTH {
            return Err(
                ValueError::new(format!("{} characters, at most {MAX_LENGTH}", text.len())).help(HELP)
            );
        }
        check_hash_tag(text)?;
        Ok(Self(text.to_owned()))
    }
}

/// Redis takes the text between the first `{` and the next `}`; anything cleverer would be read differently by people.
fn check_hash_tag(text: &str) -> Result<(), ValueError> {
    let braces: Vec<(usize, char)> = text.char_indices().filter(|(_, c)| matches!(c, '{' | '}')).collect();
    let reason = match braces.as_slice() {
        [] => return Ok(()),
        [(open, '{'), (close, '}')] if close - open > 1 => return Ok(()),
        [(_, '{'), (_, '}')] => "the hash tag `{}` is empty",
        [(_, '{')] => "`{` without `}`",
        [(_, '}'), ..] => "`}` without `{` before it",
        _ => "more than one pair of braces",
    };
    Err(ValueError::new(reason)
        .help("Braces mark a hash tag for Redis Cluster, once and not empty, as in `team-{branin}`; leave them out otherwise"))
}

impl Written for NetworkId {
    const NOUN: &'static str = "network id";
    const EXPECTED: &'static str = r#"a string such as "my-network""#;
    const PATTERN: Option<&'static str> = Some("^[A-Za-z0-9._{}-]{1,100}$");
}

as_text!(NetworkId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_whole_alphabet_up_to_the_limit() {
        for text in ["a", "Az09._-", "...", "{tag}", "a{b}c", &"x".repeat(100)] {
            assert_eq!(text.parse::<NetworkId>().unwrap().as_str(), text);
        }
    }

    #[test]
    fn refuses_what_redis_or_a_folder_would_read_differently() {
        for text in [
            "",
            ".",
            "..",
            "a b",
            "a:b",
            "a/b",
            "ä",
            "{",
            "}",
            "{}",
            "}{",
            "{a}{b}",
            "{{a}}",
            &"x".repeat(101),
        ] {
            assert!(text.parse::<NetworkId>().is_err(), "{text}");
        }
    }
}
