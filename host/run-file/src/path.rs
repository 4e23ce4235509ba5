//! Paths and names as they are written in a run file.

use std::str::FromStr;

use crate::spanned::Written;
use crate::value_error::ValueError;

/// A path as written; where it leads depends on the folder of the run file.
pub(crate) struct WrittenPath(pub(crate) String);

impl FromStr for WrittenPath {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.is_empty() {
            return Err(
                ValueError::new("empty").help("Name a file or folder, from the folder of the run file")
            );
        }
        if text.contains('\0') {
            return Err(ValueError::new("a path cannot hold a NUL character"));
        }
        if text == "~" || text.starts_with("~/") {
            return Err(ValueError::new("`~` is not expanded")
                .help("Write the whole path, or one that starts from the folder of the run file"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Written for WrittenPath {
    const NOUN: &'static str = "path";
    const EXPECTED: &'static str = "a path in quotes";
}

/// A path on the machine on which a host process runs, which may be another one: nothing is known about its folders.
pub(crate) struct PathThere(pub(crate) String);

impl FromStr for PathThere {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.trim().is_empty() {
            return Err(ValueError::new("empty").help("Name a file as the other machine knows it"));
        }
        if text.chars().any(char::is_control) {
            return Err(ValueError::new("control characters are not allowed"));
        }
        if text == "~" || text.starts_with("~/") {
            return Err(ValueError::new("`~` is not expanded").help("Write the whole path"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Written for PathThere {
    const NOUN: &'static str = "path";
    const EXPECTED: &'static str = "a path in quotes";
}

/// A text that names something and so cannot be empty.
pub(crate) struct Name(pub(crate) String);

impl FromStr for Name {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.trim().is_empty() {
            return Err(ValueError::new("empty").help("Leave the key out, or give it a value"));
        }
        if text.chars().any(char::is_control) {
            return Err(ValueError::new("control characters are not allowed"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Written for Name {
    const NOUN: &'static str = "name";
    const EXPECTED: &'static str = "a string in quotes";
}
