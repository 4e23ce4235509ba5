//! The JSON Schema of run files, generated from the types.

use std::{fs, process::ExitCode};

use crate::{command, error::Error, files, say, workspace::Workspace};

pub(crate) const ABOUT: &str = "generates the JSON Schema of run files";
pub(crate) const HELP: &str = "\
usage: cargo xtask schema [--check]

Writes schema/run-file.json, from the types of the run file.

  --check  write nothing; fail if the file is not what would be written";

const FILE: &str = "schema/run-file.json";

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode, Error> {
    let check = match arguments {
        [] => false,
        [only] if only == "--check" => true,
        [first, ..] => return Err(Error::usage(format!("`schema` does not know `{first}`")).with_hint(HELP)),
    };
    let generated = command::output(workspace.cargo().args([
        "run",
        "--quiet",
        "--package",
        "rush-run-file",
        "--example",
        "schema",
    ]))?;
    let path = workspace.path(FILE);
    if !check {
        let written = files::write_if_changed(&path, generated.as_bytes())?;
        say::note(&format!("{FILE} {}", if written { "written" } else { "is up to date" }));
        return Ok(ExitCode::SUCCESS);
    }
    let current = fs::read_to_string(&path).unwrap_or_default();
    match first_difference(&current, &generated) {
        None => Ok(ExitCode::SUCCESS),
        Some((line, is, should)) => Err(Error::new(format!(
            "{FILE} is not what the types say, from line {line} on\n  is:     {is}\n  should: {should}"
        ))
        .with_hint("run `cargo xtask schema`, look at `git diff schema`, and commit it")),
    }
}

/// The first line in which two texts differ: its number, and both lines.
fn first_difference<'a>(left: &'a str, right: &'a str) -> Option<(usize, &'a str, &'a str)> {
    if left == right {
        return None;
    }
    let (mut lines, mut others) = (left.lines(), right.lines());
    for number in 1.. {
        match (lines.next(), others.next()) {
            (Some(line), Some(other)) if line == other => {}
            (None, None) => return Some((number, "(another end of line)", "(end)")),
            (line, other) => return Some((number, line.unwrap_or("(end)"), other.unwrap_or("(end)"))),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some((2, "b", "c")));
        assert_eq!(first_difference("a\n", "a\nc\n"), Some((2, "(end)", "c")));
        assert!(first_difference("a\n", "a").is_some());
    }
}
