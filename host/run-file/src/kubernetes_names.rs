//! What Kubernetes calls things: the rules of its API for names, labels, images and quantities, which its published schemas do not have.

use std::str::FromStr;

use crate::spanned::Written;
use crate::value_error::ValueError;

/// The part of a name between two dots, and the whole of most: RFC 1123.
const LABEL_LENGTH: usize = 63;
const SUBDOMAIN_LENGTH: usize = 253;

/// The name of a namespace: an RFC 1123 label.
pub(crate) struct LabelName(pub(crate) String);

/// The name of most other objects: an RFC 1123 subdomain.
pub(crate) struct SubdomainName(pub(crate) String);

/// The name of a label or an annotation, perhaps with a domain before a slash.
pub(crate) struct LabelKey(pub(crate) String);

/// The value of a label.
pub(crate) struct LabelValue(pub(crate) String);

impl FromStr for LabelName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const HELP: &str =
            "A name has lower-case letters, digits and `-`, and begins and ends with a letter or a digit";
        longer_than(text, LABEL_LENGTH)?;
        match text.chars().find(|c| !is_lower(*c) && *c != '-') {
            Some(c) => Err(not_allowed(c, text, "-", HELP)),
            None => begins_and_ends(text, HELP).map(|()| Self(text.to_owned())),
        }
    }
}

impl FromStr for SubdomainName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const HELP: &str = "A name has lower-case letters, digits, `-` and `.`, and begins and ends with a letter or a digit";
        longer_than(text, SUBDOMAIN_LENGTH)?;
        if let Some(c) = text.chars().find(|c| !is_lower(*c) && !"-.".contains(*c)) {
            return Err(not_allowed(c, text, "-.", HELP));
        }
        text.split('.').try_for_each(|part| begins_and_ends(part, HELP))?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for LabelKey {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let name = match text.split_once('/') {
            Some((domain, name)) => {
                SubdomainName::from_str(domain)?;
                name
            }
            None => text,
        };
        if name.is_empty() {
            return Err(ValueError::new("empty").help("For example \"team\", or \"example.org/team\""));
        }
        LabelValue::from_str(name)?;
        Ok(Self(text.to_owned()))
    }
}

impl FromStr for LabelValue {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        const HELP: &str =
            "Up to 63 letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends";
        if text.is_empty() {
            return Ok(Self(String::new()));
        }
        if text.chars().count() > LABEL_LENGTH {
            let reason = format!("{} characters, at most {LABEL_LENGTH}", text.chars().count());
            return Err(ValueError::new(reason).help(HELP));
        }
        if let Some(c) = text.chars().find(|c| !c.is_ascii_alphanumeric() && !"-_.".contains(*c)) {
            return Err(ValueError::new(shown(c)).help(HELP));
        }
        let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        if ends(text.chars().next()) && ends(text.chars().next_back()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::new("must begin and end with a letter or a digit").help(HELP))
        }
    }
}

fn is_lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn longer_than(text: &str, most: usize) -> Result<(), ValueError> {
    match text.chars().count() {
        0 => Err(ValueError::new("empty").help("Leave the key out, or give it a value")),
        length if length > most => Err(ValueError::new(format!("{length} characters, at most {most}"))
            .help("The API of Kubernetes takes no longer names")),
        _ => Ok(()),
    }
}

fn begins_and_ends(text: &str, help: &str) -> Result<(), ValueError> {
    let fits = |c: Option<char>| c.is_some_and(is_lower);
    if fits(text.chars().next()) && fits(text.chars().next_back()) {
        Ok(())
    } else {
        Err(ValueError::new("must begin and end with a letter or a digit").help(help))
    }
}

fn shown(c: char) -> String {
    match c {
        ' ' => "spaces are not allowed".to_owned(),
        c if c.is_control() => "control characters are not allowed".to_owned(),
        c => format!("`{c}` is not allowed"),
    }
}

/// Says what the name probably is, if case and separators are all that is wrong with it.
fn not_allowed(c: char, text: &str, separators: &str, help: &str) -> ValueError {
    let meant: String =
        text.chars().map(|c| if matches!(c, '_' | ' ') { '-' } else { c.to_ascii_lowercase() }).collect();
    let is_name = meant.chars().all(|c| is_lower(c) || separators.contains(c))
        && meant.split('.').all(|part| begins_and_ends(part, help).is_ok());
    let error = ValueError::new(if c.is_ascii_uppercase() { "not lower-case".to_owned() } else { shown(c) });
    if is_name { error.help(format!("Did you mean \"{meant}\"?")) } else { error.help(help) }
}

impl Written for LabelName {
    const NOUN: &'static str = "name in Kubernetes";
    const EXPECTED: &'static str = "a string in quotes";
    const PATTERN: Option<&'static str> = Some("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$");
}

impl Written for SubdomainName {
    const NOUN: &'static str = "name in Kubernetes";
    const EXPECTED: &'static str = "a string in quotes";
    const PATTERN: Option<&'static str> =
        Some(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$");
}

impl Written for LabelKey {
    const NOUN: &'static str = "name of a label";
    const EXPECTED: &'static str = "a string in quotes";
}

impl Written for LabelValue {
    const NOUN: &'static str = "value of a label";
    const EXPECTED: &'static str = "a string in quotes";
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint<T: FromStr<Err = ValueError>>(text: &str) -> Option<String> {
        text.parse::<T>().err().map(|error| error.hint().unwrap_or_default().to_owned())
    }

    #[test]
    fn names_are_those_that_the_api_takes() {
        for name in ["a", "rush", "team-1", "0", &"a".repeat(63)] {
            assert!(name.parse::<LabelName>().is_ok() && name.parse::<SubdomainName>().is_ok(), "{name}");
        }
        assert!("registry.example.org".parse::<SubdomainName>().is_ok());
        for name in ["", "Team", "a_b", "a b", "-a", "a-", "a.b", "ä", "a\n", &"a".repeat(64)] {
            assert!(name.parse::<LabelName>().is_err(), "{name}");
        }
        for name in ["", "a..b", ".a", "a.", "a/b", "A.b", &"a".repeat(254)] {
            assert!(name.parse::<SubdomainName>().is_err(), "{name}");
        }
    }

    #[test]
    fn the_name_that_was_meant_is_named() {
        assert_eq!(hint::<LabelName>("My_Team").unwrap(), "Did you mean \"my-team\"?");
        assert_eq!(
            hint::<SubdomainName>("Registry.Example.org").unwrap(),
            "Did you mean \"registry.example.org\"?"
        );
        assert!(!hint::<LabelName>("größe").unwrap().contains("mean"));
        assert!(!hint::<LabelName>("_x").unwrap().contains("mean"));
    }

    #[test]
    fn labels_are_those_that_the_api_takes() {
        for key in ["team", "example.org/team", "a/B_c.d-e"] {
            assert!(key.parse::<LabelKey>().is_ok(), "{key}");
        }
        for key in ["", "/", "a/", "/a", "a/b/c", "A.org/team", "a b", "-a", &"a".repeat(64)] {
            assert!(key.parse::<LabelKey>().is_err(), "{key}");
        }
        for value in ["", "v1.2_3-x", "A"] {
            assert!(value.parse::<LabelValue>().is_ok(), "{value}");
        }
        for value in ["a b", "a/b", "_a", "a_", "ü", &"a".repeat(64)] {
            assert!(value.parse::<LabelValue>().is_err(), "{value}");
        }
    }
}
