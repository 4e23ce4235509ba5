//! `build`: a command for the shell.

use std::str::FromStr;

use crate::spanned::Written;
use crate::value_error::ValueError;

/// What a shell is to run. Several lines are several commands.
pub(crate) struct ShellCommand(pub(crate) String);

impl FromStr for ShellCommand {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if text.trim().is_empty() {
            return Err(ValueError::new("empty").help("Leave the key out, or give it a command"));
        }
        // Of the control characters those stay that a file of shell commands may have.
        if let Some(control) = text.chars().find(|c| c.is_control() && !['\n', '\t'].contains(c)) {
            return Err(ValueError::new(format!("{control:?} cannot stand in a command"))
                .help("Of the control characters, commands may have line breaks and tabs"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl Written for ShellCommand {
    const NOUN: &'static str = "command";
    const EXPECTED: &'static str = r#"a command such as "cargo build --release""#;
}
