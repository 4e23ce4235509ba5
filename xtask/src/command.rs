//! Other programs.

use std::{
    env,
    ffi::OsStr,
    path::PathBuf,
    process::{Command, ExitCode, ExitStatus, Stdio},
};

use crate::error::Error;

/// A command that no question can stop: its standard input is empty.
pub(crate) fn new(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// The command as one would type it.
pub(crate) fn display(command: &Command) -> String {
    let mut text = command.get_program().to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Runs a command that shows its output itself.
pub(crate) fn run(command: &mut Command) -> Result<(), Error> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(failed(command, status)) }
}

/// Runs a command whose output matters only when it fails.
pub(crate) fn run_quietly(command: &mut Command) -> Result<(), Error> {
    output(command).map(drop)
}

/// Runs a command for its standard output. When it fails, what it said becomes part of the error.
pub(crate) fn output(command: &mut Command) -> Result<String, Error> {
    let output = command.output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said =
        String::from_utf8_lossy(if output.stderr.is_empty() { &output.stdout } else { &output.stderr });
    // The last lines have the reason; package managers say a lot before.
    let lines: Vec<_> = said.lines().collect();
    let end = lines[lines.len().saturating_sub(12)..].join("\n  ");
    Err(Error::new(format!("{}\n  {end}", failure(command, output.status))))
}

/// Whether a command succeeds; it says nothing.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// The exit code of a command that was run for its own sake.
pub(crate) fn exit_code(command: &mut Command) -> Result<ExitCode, Error> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    // Killed by a signal: there is no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(ExitCode::from(code))
}

/// Becomes that command, so that signals reach it and nobody else. Returns only if it cannot be started.
#[cfg(unix)]
pub(crate) fn replace(command: &mut Command) -> Result<ExitCode, Error> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(cannot_start(command, &error))
}

#[cfg(not(unix))]
pub(crate) fn replace(command: &mut Command) -> Result<ExitCode, Error> {
    exit_code(command)
}

/// Where a program is on the path of this process.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(&name)).find(|path| is_executable(path))
}

#[cfg(unix)]
fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(path: &std::path::Path) -> bool {
    path.is_file()
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Error {
    Error::new(format!("cannot start `{}`: {error}", display(command)))
}

fn failed(command: &Command, status: ExitStatus) -> Error {
    Error::new(failure(command, status))
}

fn failure(command: &Command, status: ExitStatus) -> String {
    format!("`{}` failed ({status})", display(command))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_says_what_was_run_and_what_it_said() {
        let error = output(new("sh").args(["-c", "echo reason >&2; exit 3"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "error: `sh -c echo reason >&2; exit 3` failed (exit status: 3)\n  reason"
        );
    }

    #[test]
    fn standard_input_is_empty() {
        assert_eq!(output(new("cat").arg("-")).unwrap(), "");
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-such-program-as-this"), None);
    }
}
