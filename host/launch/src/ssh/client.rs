//! The client of one host process: ssh with its arguments, and what it runs on the other side.

use std::{
    ffi::{OsStr, OsString},
    path::absolute,
};

use rush_run_file::SshLauncher;
use secrecy::{ExposeSecret as _, SecretString};

use super::{answer::judge, error::SshError};
use crate::{
    HostProgram, LaunchError, Lifetime, WorkerCommand,
    local::{Connection, HostProcess, Supervision, Talk},
    quote::{Unquotable, command_line_of},
    worker_command::REDIS_URL,
};

/// What `remote.sh` says before it starts the program.
const BEGINS: &str = "rush-host-begins";
/// So many times as many connections as to one host are set up to all of them at once.
const HOSTS_AT_ONCE: usize = 4;
/// What every client needs. A value that contains a password by chance is no secret there.
const NEEDED: [&str; 7] = ["HOME", "LOGNAME", "PATH", "PWD", "SHELL", "SSH_AUTH_SOCK", "USER"];
/// A shorter password stands in many values by chance.
const TELLING: usize = 8;

/// What ssh is told before the options of the run file: nobody is there to answer questions, and the other side has no terminal.
const FIRST: &[&str] = &["-T", "-o", "BatchMode=yes"];

/// What ssh is told after them, so that those win: the first that it hears of an option counts. A connection that is there for one host
/// process alone neither forwards anything nor becomes one that others use: it ends with that process.
const LAST: &[&str] = &[
    "ServerAliveInterval=15",
    "ServerAliveCountMax=3",
    "ControlMaster=no",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "RemoteCommand=none",
    "LogLevel=INFO",
];

/// The command of a client that runs a line on a host.
pub(super) fn client(launcher: &SshLauncher, host: &str, line: &str) -> Vec<OsString> {
    let mut words: Vec<OsString> = vec!["ssh".into()];
    words.extend(FIRST.iter().map(OsString::from));
    words.extend(launcher.options.iter().map(OsString::from));
    if let Some(config) = &launcher.config {
        let whole = absolute(config).unwrap_or_else(|_| config.clone());
        words.extend(["-F".into(), whole.into_os_string()]);
    }
    let mut option = |option: String| words.extend(["-o".into(), option.into()]);
    option(format!("ConnectTimeout={}", launcher.connect_timeout.as_millis().div_ceil(1000)));
    if launcher.accept_new {
        option("StrictHostKeyChecking=accept-new".to_owned());
    }
    for last in LAST {
        option((*last).to_owned());
    }
    words.extend(["--".into(), host.into(), line.into()]);
    words
}

/// A script as one line, without its comments: what is sent.
pub(super) fn one_line(script: &str) -> String {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ")
}

/// What a login shell is given, to run a script with these words.
pub(super) fn line_of(script: &str, words: impl IntoIterator<Item = OsString>) -> Result<String, Unquotable> {
    let shell = ["/bin/sh", "-c", &one_line(script), "rush-host"].map(OsString::from);
    let line = command_line_of(&shell.into_iter().chain(words).collect::<Vec<_>>())?;
    Ok(format!("exec {line}"))
}

/// The line that starts a host process on the other side. `copied` is the SHA-256 of a program that was copied there.
pub(super) fn remote_line(
    launcher: &SshLauncher,
    command: &WorkerCommand,
    copied: Option<&str>,
) -> Result<String, Unquotable> {
    let (log, network) = match (command.lifetime, &launcher.log) {
        (Lifetime::Detached, Some(log)) => (log.as_str(), ""),
        (Lifetime::Detached, None) => ("", command.network.as_str()),
        _ => ("", ""),
    };
    let words = [&launcher.program, copied.unwrap_or_default(), log, network].map(OsString::from);
    line_of(include_str!("remote.sh"), words.into_iter().chain(command.arguments()))
}

/// The client of one host process. `command` says whether that is supervised or detached, and which workers it carries.
pub(crate) fn host_process(
    launcher: &SshLauncher,
    program: &HostProgram,
    host: &str,
    command: &WorkerCommand,
    redis_url: SecretString,
    supervision: Supervision,
    talk: Talk,
) -> Result<HostProcess, LaunchError> {
    let copied = copied(launcher, program)?;
    let line = remote_line(launcher, command, copied.as_deref())?;
    let mut words = client(launcher, host, &line).into_iter();
    let connections = launcher.connections as usize;
    Ok(HostProcess {
        program: words.next().unwrap_or_default().into(),
        arguments: words.collect(),
        environment: Vec::new(),
        supervision,
        talk,
        connection: Some(Connection {
            host: host.to_owned(),
            begins: BEGINS,
            to_one_host: connections,
            to_all_hosts: connections.saturating_mul(HOSTS_AT_ONCE),
            judge,
            withheld: withheld(&redis_url, std::env::vars_os()),
        }),
        first_line: Some(redis_url),
    })
}

/// The hash by which a program is found that was copied.
pub(super) fn copied(launcher: &SshLauncher, program: &HostProgram) -> Result<Option<String>, SshError> {
    let unreadable = |source| SshError::Unreadable { path: program.path().to_owned(), source };
    launcher.copy.then(|| program.sha256().map_err(unreadable)).transpose()
}

/// The variables that hold the URL of Redis or its password: ssh would show them, or send them along if it is configured so.
pub(super) fn withheld(
    redis_url: &SecretString,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Vec<OsString> {
    let url = redis_url.expose_secret();
    let secrets = secrets(url);
    let holds = |value: &OsStr| {
        let value = value.to_string_lossy();
        secrets
            .iter()
            .any(|secret| value == *secret || secret.len() >= TELLING && value.contains(secret.as_str()))
    };
    let named = variables.filter(|(name, value)| {
        name == REDIS_URL || !NEEDED.iter().any(|needed| name == needed) && holds(value)
    });
    named.map(|(name, _)| name).collect()
}

/// The URL if it has a password, and that password, as it stands there and as it is meant.
fn secrets(url: &str) -> Vec<String> {
    let Some(password) = url::Url::parse(url).ok().and_then(|url| url.password().map(str::to_owned)) else {
        return Vec::new();
    };
    let meant = percent_encoding::percent_decode_str(&password).decode_utf8_lossy().into_owned();
    [url.to_owned(), password, meant].into_iter().filter(|secret| !secret.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use rush_run_file::{Launcher, Options, RunFile};

    use super::*;
    use crate::Carries;

    fn launcher(keys: &str) -> (SshLauncher, RunFile) {
        let text = format!(
            "network = 'test'\n[loop]\ncomponent = 'loop.wasm'\n[launcher.ssh]\nhosts = [{{ host = 'node1' }}]\n{keys}"
        );
        let run_file = RunFile::parse(&text, "run.toml", &Options::of_this_process()).unwrap();
        let Launcher::Ssh(launcher) = run_file.launcher.clone() else { panic!("it is another launcher") };
        (launcher, run_file)
    }

    fn words(keys: &str) -> String {
        let words = client(&launcher(keys).0, "node1", "true");
        words.into_iter().map(|word| word.into_string().unwrap()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_the_run_file_says_comes_before_what_we_say_and_the_host_is_no_option() {
        let said = words("options = ['-p', '2222']\nconnect_timeout = '1500ms'\n");
        assert!(said.starts_with("ssh -T -o BatchMode=yes -p 2222 -o ConnectTimeout=2 -o "), "{said}");
        assert!(said.ends_with(" -- node1 true"), "{said}");
    }

    #[test]
    fn the_policy_for_host_keys_is_the_users_unless_new_ones_are_accepted() {
        assert!(!words("").contains("StrictHostKeyChecking"));
        assert!(words("accept_new = true\n").contains(" -o StrictHostKeyChecking=accept-new "));
    }

    #[test]
    fn a_configuration_file_is_found_from_anywhere() {
        let said = words("config = 'my ssh'\n");
        let file = std::env::current_dir().unwrap().join("my ssh");
        assert!(said.contains(&format!(" -F {} ", file.display())), "{said}");
    }

    #[test]
    fn scripts_are_sent_in_one_line_that_says_what_they_say() {
        for script in [include_str!("remote.sh"), include_str!("copy.sh")] {
            let line = one_line(script);
            assert!(!line.contains(['\n', '!']) && !line.contains('#'), "{line}");
            for shell in ["sh", "bash", "dash"] {
                let checked = std::process::Command::new(shell).args(["-n", "-c", &line]).output();
                let Ok(checked) = checked else { continue };
                assert!(checked.status.success(), "{shell}: {}", String::from_utf8_lossy(&checked.stderr));
            }
        }
    }

    #[test]
    fn a_detached_process_logs_there_and_a_supervised_one_through_ssh() {
        let (default, run_file) = launcher("");
        let (written, _) = launcher("log = '/var/log/a b'\n");
        let of = |launcher: &SshLauncher, lifetime| {
            let command =
                WorkerCommand { lifetime, ..WorkerCommand::of(&run_file, "c0ffee", Carries::Any(1)) };
            remote_line(launcher, &command, None).unwrap()
        };
        assert!(of(&default, Lifetime::Detached).contains(" rush-host rush-host '' '' test worker "));
        assert!(
            of(&written, Lifetime::Detached).contains(" rush-host rush-host '' '/var/log/a b' '' worker ")
        );
        assert!(of(&written, Lifetime::Supervised).contains(" rush-host rush-host '' '' '' worker "));
    }

    #[test]
    fn who_holds_the_password_stays_here_and_what_ssh_needs_goes() {
        let url = SecretString::from("redis://ada:geh%2Aeim%20nis@cache:6379/0");
        let variables = [
            ("REDIS_URL", "anything"),
            ("OTHER_URL", "redis://ada:geh%2Aeim%20nis@cache:6379/0"),
            ("SECRET", "geh*eim nis"),
            ("BOTH", "user=ada password=geh*eim nis"),
            ("HOME", "/home/geh*eim nis"),
            ("LANG", "C.UTF-8"),
        ];
        let of = |url: &SecretString| {
            let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
            withheld(url, variables).into_iter().map(|name| name.into_string().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(of(&url), ["REDIS_URL", "OTHER_URL", "SECRET", "BOTH"]);
        assert_eq!(of(&SecretString::from("redis://cache:6379/0")), ["REDIS_URL"]);
        assert_eq!(of(&SecretString::from("redis://:C@cache")), ["REDIS_URL"], "too short to tell anything");
    }
}
