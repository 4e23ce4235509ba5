//! What a start would run.

use std::ffi::{OsStr, OsString};

use rush_run_file::SshLauncher;

use super::{
    client::{client, copied, remote_line},
    copy::copy_line,
    error::SshError,
};
use crate::{
    HostProgram, LaunchError, WorkerCommand,
    quote::{Unquotable, command_line_of},
};

/// What `start --dry-run` shows: the command of each client, `commands` being those of the host processes, each with its host.
pub(crate) fn dry_run(
    launcher: &SshLauncher,
    commands: &[(String, WorkerCommand)],
    program: &HostProgram,
) -> Result<String, LaunchError> {
    let copied = copied(launcher, program)?;
    let mut text = String::new();
    if let Some(sha256) = &copied {
        let unreadable = |source| SshError::Unreadable { path: program.path().to_owned(), source };
        let size = program.path().metadata().map_err(unreadable)?.len();
        let line = copy_line(sha256, size)?;
        let mut hosts: Vec<&String> = commands.iter().map(|(host, _)| host).collect();
        hosts.dedup();
        for host in hosts {
            text +=
                &format!("# {host}: standard input is {}, if it is asked for\n", program.path().display());
            text += &shown(&client(launcher, host, &line))?;
        }
    }
    for (host, command) in commands {
        let line = remote_line(launcher, command, copied.as_deref())?;
        text += &format!("# {host}: standard input is the URL of Redis, <redacted>\n");
        text += &shown(&client(launcher, host, &line))?;
    }
    Ok(text)
}

/// As somebody would type it.
fn shown(words: &[OsString]) -> Result<String, Unquotable> {
    let program = words.first().map_or(OsStr::new(""), OsString::as_os_str);
    let arguments = words.get(1..).unwrap_or_default();
    Ok(format!("{} {}\n", program.display(), command_line_of(arguments)?))
}
