//! Why host processes could not be started through ssh.

use std::{io, path::PathBuf};

use super::answer::Answer;

/// So many lines of what was said are told.
const LINES: usize = 12;

/// Why host processes could not be started through ssh. [`help`](Self::help) says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SshError {
    /// This machine's ssh cannot be started.
    #[error("host {host}: ssh cannot be started: {source}")]
    Client {
        /// Where it should lead.
        host: String,
        /// What the operating system says.
        source: io::Error,
    },

    /// A machine could not be reached, or does not do what it was asked for.
    #[error("host {host}: {answer}{}", told(said))]
    Failed {
        /// The machine, as the run file calls it.
        host: String,
        /// What is wrong.
        answer: Answer,
        /// What was said about it, by ssh or by the other side.
        said: String,
    },

    /// `rush-host` could not be copied to a machine.
    #[error("host {host}: rush-host could not be copied there{}", told(said))]
    NotCopied {
        /// The machine, as the run file calls it.
        host: String,
        /// Why, as it says.
        said: String,
    },

    /// What is to be copied cannot be read.
    #[error("rush-host cannot be copied: {} cannot be read: {source}", path.display())]
    Unreadable {
        /// This machine's `rush-host`.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

impl SshError {
    pub(super) fn failed(host: &str, answer: Answer, said: &str) -> Self {
        Self::Failed { host: host.to_owned(), answer, said: plain(said) }
    }

    pub(super) fn not_copied(host: &str, said: &str) -> Self {
        Self::NotCopied { host: host.to_owned(), said: plain(said) }
    }

    /// What to do about it; nothing where what was said tells.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Client { .. } => Some("[launcher.ssh] needs the `ssh` of OpenSSH on the PATH".to_owned()),
            Self::Failed { host, answer, .. } => answer.help(host),
            Self::NotCopied { .. } => Some(
                "without `copy`, `[launcher.ssh] program` names a rush-host that is there already".to_owned(),
            ),
            Self::Unreadable { .. } => None,
        }
    }
}

/// The last lines, without what a terminal would obey: another machine has said them.
fn plain(said: &str) -> String {
    let harmless = |line: &str| line.chars().filter(|character| !character.is_control()).collect::<String>();
    let lines: Vec<String> = said.lines().map(harmless).filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

fn told(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(":\n{said}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_named_and_ssh_is_quoted() {
        let said = "ssh: connect to host node3 port 22: Connection refused\r\n";
        let error = SshError::failed("node3", Answer::Refused, said);
        assert_eq!(
            error.to_string(),
            "host node3: connection refused:\nssh: connect to host node3 port 22: Connection refused"
        );
        assert!(error.help().unwrap().contains("`ssh node3 true`"));
    }

    #[test]
    fn another_machine_cannot_write_to_the_terminal_as_it_likes() {
        let said = format!("{}\u{1b}[2Jgone\r\n\u{7}\n", "line\n".repeat(100));
        let text = plain(&said);
        assert_eq!(text.lines().count(), LINES);
        assert!(text.ends_with("\nline\n[2Jgone"), "{text:?}");
    }
}
