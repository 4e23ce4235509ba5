//! What the end of a client means.

use std::{fmt, process::ExitStatus};

use crate::local::{Heard, Judgement};

/// With this ssh says that it is itself that has failed; `remote.sh` never ends with it.
const SSH_FAILED: i32 = 255;

/// What the end of a client means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The server takes no connection at the moment: it has no room, or ends those that it has.
    Busy,
    /// Nobody listens there.
    Refused,
    /// There is no way there.
    Unreachable,
    /// Nobody answers.
    TimedOut,
    /// There is no such machine.
    UnknownName,
    /// The user may not log in.
    Denied,
    /// The key of the machine is not known.
    UnknownKey,
    /// The key of the machine is another than the known one.
    ChangedKey,
    /// ssh does not understand its options.
    BadOption,
    /// There is no such program there.
    Absent,
    /// The program cannot be run there.
    NotRunnable,
    /// The login there did not get as far as the host process.
    NotBegun(i32),
    /// The host process has ended with this code.
    Ended(i32),
    /// The connection broke after the host process had begun.
    Broken(String),
    /// The client was killed.
    Killed,
    /// Something that ssh alone can say.
    Other(String),
}

/// What stands in the words of ssh for each failure: what says more comes first, since one line may follow from another. Through a jump
/// host its client's words are among them.
const WORDS: &[(&str, Answer)] = &[
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", Answer::ChangedKey),
    ("Host key verification failed", Answer::UnknownKey),
    ("Could not resolve hostname", Answer::UnknownName),
    ("hostname contains invalid characters", Answer::UnknownName),
    ("Permission denied", Answer::Denied),
    ("Too many authentication failures", Answer::Denied),
    ("Connection refused", Answer::Refused),
    ("No route to host", Answer::Unreachable),
    ("Network is unreachable", Answer::Unreachable),
    ("administratively prohibited", Answer::Unreachable),
    ("timed out", Answer::TimedOut),
    ("Timeout, server", Answer::TimedOut),
    ("Can't open user config file", Answer::BadOption),
    ("Bad configuration option", Answer::BadOption),
    ("unknown option", Answer::BadOption),
    ("illegal option", Answer::BadOption),
    ("Exceeded MaxStartups", Answer::Busy),
    ("kex_exchange_identification:", Answer::Busy),
    ("ssh_exchange_identification:", Answer::Busy),
    // Before anything has begun: a server that is ending, or that has enough of us for a while.
    ("Connection closed by", Answer::Busy),
    ("Connection reset by", Answer::Busy),
];

/// What the end of a client means, by what it has said and its exit code; a client without one was killed.
pub(super) fn read(heard: &Heard, code: Option<i32>) -> Answer {
    match (code, heard.begun) {
        (None, _) => Answer::Killed,
        (Some(SSH_FAILED), true) => Answer::Broken(last_line(&heard.said)),
        (Some(SSH_FAILED), false) => {
            let known = WORDS.iter().find(|(words, _)| heard.said.contains(words));
            known.map_or_else(|| Answer::Other(last_line(&heard.said)), |(_, answer)| answer.clone())
        }
        // The loader of a program may be missing.
        (Some(126 | 127), true) | (Some(126), false) => Answer::NotRunnable,
        (Some(127), false) => Answer::Absent,
        (Some(code), true) => Answer::Ended(code),
        (Some(code), false) => Answer::NotBegun(code),
    }
}

/// The same for whoever starts clients again.
pub(super) fn judge(heard: &Heard, status: ExitStatus) -> Judgement {
    match read(heard, status.code()) {
        Answer::Busy => Judgement::Again,
        Answer::Broken(why) => Judgement::Broke(why),
        _ => Judgement::Ended,
    }
}

impl Answer {
    /// Whether workers may register in spite of it.
    pub(super) fn may_still_come(&self) -> bool {
        matches!(self, Self::Ended(0) | Self::Broken(_))
    }

    /// What to do about it.
    pub(super) fn help(&self, host: &str) -> Option<String> {
        Some(match self {
            Self::Busy => format!(
                "its sshd takes only so many at once (MaxStartups): try fewer `[launcher.ssh] connections`. Or the way there fails (`ProxyJump`): `ssh {host} true` tries it by hand"
            ),
            Self::Refused => format!("is sshd running there, and the port right? `ssh {host} true` tries it by hand"),
            Self::Unreachable | Self::TimedOut => format!(
                "is the machine up, and is there a way to it (`ProxyJump` in ~/.ssh/config)? `ssh {host} true` tries it by hand; `connect_timeout` allows more time"
            ),
            Self::UnknownName => {
                "`[launcher.ssh] hosts` names machines as ssh knows them: as in ~/.ssh/config, or in the DNS".to_owned()
            }
            Self::Denied => format!(
                "nobody is asked for a password: load a key (`ssh-add`), or name one in ~/.ssh/config; `ssh -o BatchMode=yes {host} true` tries it by hand"
            ),
            Self::UnknownKey => format!(
                "log in by hand once (`ssh {host}`) and compare the key, or set `accept_new = true` in [launcher.ssh]"
            ),
            Self::ChangedKey => format!(
                "somebody else may answer in its place. If you know why its key has changed: `ssh-keygen -R {host}`, then log in by hand once"
            ),
            Self::BadOption => "`[launcher.ssh] options` and the configuration of ssh must be such that `ssh` understands them".to_owned(),
            Self::Absent => {
                "`[launcher.ssh] program` names rush-host there, by its whole path; `copy = true` brings this one there".to_owned()
            }
            Self::NotRunnable => "the file must be executable, and made for that machine: build rush-host there, and name it in `[launcher.ssh] program`".to_owned(),
            Self::NotBegun(_) | Self::Other(_) => format!("`ssh {host} true` must work by hand, and say nothing"),
            Self::Ended(_) | Self::Broken(_) | Self::Killed => return None,
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Busy => "it takes no connection at the moment",
            Self::Refused => "connection refused",
            Self::Unreachable => "there is no way to it",
            Self::TimedOut => "no answer",
            Self::UnknownName => "no machine of this name is known",
            Self::Denied => "permission denied",
            Self::UnknownKey => "its host key is not known",
            Self::ChangedKey => "its host key has changed",
            Self::BadOption => "ssh does not understand its options",
            Self::Absent => "rush-host was not found there",
            Self::NotRunnable => "rush-host cannot be run there",
            Self::NotBegun(code) => {
                return write!(
                    formatter,
                    "the login there ended before rush-host could begin (exit code {code})"
                );
            }
            Self::Ended(code) => {
                return write!(
                    formatter,
                    "its host process ended before its workers were registered (exit code {code})"
                );
            }
            Self::Broken(why) => return write!(formatter, "the connection broke ({why})"),
            Self::Killed => "ssh was killed",
            Self::Other(_) => "ssh failed",
        };
        formatter.write_str(text)
    }
}

/// The last line that says something.
fn last_line(said: &str) -> String {
    let last = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    last.unwrap_or("ssh does not say why").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(said: &str, code: i32) -> Answer {
        read(&Heard { begun: false, said: said.to_owned() }, Some(code))
    }

    fn begun(said: &str, code: i32) -> Answer {
        read(&Heard { begun: true, said: said.to_owned() }, Some(code))
    }

    #[test]
    fn what_ssh_says_is_understood() {
        for (said, answer) in [
            ("ssh: connect to host node1 port 22: Connection refused\r\n", Answer::Refused),
            ("ada@node1: Permission denied (publickey).\r\n", Answer::Denied),
            ("Received disconnect from ::1 port 22:2: Too many authentication failures", Answer::Denied),
            (
                "No ED25519 host key is known for x and you have requested strict checking.\r\nHost key verification failed.\r\n",
                Answer::UnknownKey,
            ),
            (
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.\n",
                Answer::ChangedKey,
            ),
            ("ssh: Could not resolve hostname node9: Name or service not known\r\n", Answer::UnknownName),
            ("ssh: connect to host node1 port 22: No route to host", Answer::Unreachable),
            ("ssh: connect to host node1 port 22: Connection timed out", Answer::TimedOut),
            (
                "Connection timed out during banner exchange\nConnection to ::1 port 22 timed out",
                Answer::TimedOut,
            ),
            ("command-line: line 0: Bad configuration option: x", Answer::BadOption),
            (
                "Can't open user config file /my: No such file or directory\nkex_exchange_identification: Connection closed",
                Answer::BadOption,
            ),
            (
                "kex_exchange_identification: Connection closed by remote host\nConnection closed by ::1 port 22",
                Answer::Busy,
            ),
            ("kex_exchange_identification: read: Connection reset by peer", Answer::Busy),
            ("Connection closed by 10.0.0.7 port 22", Answer::Busy),
            ("Connection reset by 10.0.0.7 port 22", Answer::Busy),
            (
                "Bad owner or permissions on /home/ada/.ssh/config\n",
                Answer::Other("Bad owner or permissions on /home/ada/.ssh/config".into()),
            ),
            ("", Answer::Other("ssh does not say why".into())),
        ] {
            assert_eq!(of(said, 255), answer, "{said}");
        }
    }

    #[test]
    fn what_the_jump_host_says_counts_more_than_what_follows_from_it() {
        let follows = "kex_exchange_identification: Connection closed by remote host\nConnection closed by UNKNOWN port 65535";
        for (said, answer) in [
            ("ssh: connect to host jump port 22: Connection refused", Answer::Refused),
            ("ada@jump: Permission denied (publickey).", Answer::Denied),
            (
                "channel 0: open failed: connect failed: Connection refused\nstdio forwarding failed",
                Answer::Refused,
            ),
            (
                "channel 0: open failed: connect failed: Name or service not known\nssh: Could not resolve hostname x",
                Answer::UnknownName,
            ),
            ("Host key verification failed.", Answer::UnknownKey),
        ] {
            assert_eq!(of(&format!("{said}\n{follows}"), 255), answer, "{said}");
        }
    }

    #[test]
    fn the_programs_own_end_is_none_of_sshs() {
        assert_eq!(begun("error: Redis does not answer", 4), Answer::Ended(4));
        assert_eq!(begun("Permission denied", 254), Answer::Ended(254));
        assert_eq!(
            begun("Timeout, server node1 not responding.\n", 255),
            Answer::Broken("Timeout, server node1 not responding.".into())
        );
        assert_eq!(of("/opt/rush-host: not found", 127), Answer::Absent);
        assert_eq!(of("This account is currently not available.", 1), Answer::NotBegun(1));
        assert_eq!(begun("cannot execute: required file not found", 127), Answer::NotRunnable);
        assert_eq!(read(&Heard::default(), None), Answer::Killed);
    }

    #[test]
    fn only_what_was_well_begun_may_still_register_workers() {
        assert!(begun("", 0).may_still_come() && begun("", 255).may_still_come());
        assert!(
            !begun("", 1).may_still_come() && !of("", 255).may_still_come() && !of("", 0).may_still_come()
        );
    }

    #[test]
    fn only_what_ssh_has_not_begun_is_tried_again() {
        use std::os::unix::process::ExitStatusExt as _;
        let busy = "kex_exchange_identification: Connection closed by remote host";
        let judged =
            |begun, code| judge(&Heard { begun, said: busy.to_owned() }, ExitStatus::from_raw(code << 8));
        assert_eq!(judged(false, 255), Judgement::Again);
        assert_eq!(judged(true, 255), Judgement::Broke(busy.to_owned()));
        assert_eq!(judged(false, 1), Judgement::Ended);
    }
}
