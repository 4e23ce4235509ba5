//! `[launcher.ssh]`: host processes on other machines.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::error::Mistake;
use crate::finding::Finding;
use crate::path::{Name, PathThere, WrittenPath};
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(10_000);
/// Stock servers refuse some of those that come when ten are not logged in yet.
const CONNECTIONS: u32 = 8;
const PROGRAM: &str = "rush-host";

/// Starts host processes on other machines, through this machine's ssh and its configuration. The workers need a Redis that
/// they reach: a private one is refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ssh")]
pub(crate) struct RawSshLauncher {
    /// The machines, as ssh knows them.
    #[schemars(required, length(min = 1), extend("examples" = [[{ "host": "node1" }, { "host": "node2", "workers": 8 }]]))]
    pub(crate) hosts: Option<At<Vec<RawSshHost>>>,
    /// Further options of ssh, which come before those of rush-host, and so win.
    #[schemars(extend("examples" = [["-p", "2222"]]))]
    pub(crate) options: Option<Vec<Text<Name>>>,
    /// `rush-host` on those machines: a name on the `PATH` there, or a path.
    #[schemars(extend("default" = "rush-host"))]
    pub(crate) program: Option<Text<PathThere>>,
    /// Copy this `rush-host` there, once, unless it is there already.
    #[schemars(extend("default" = false))]
    pub(crate) copy: Option<At<bool>>,
    /// Accept the keys of hosts that are not known yet. A key that changed is never accepted.
    #[schemars(extend("default" = false))]
    pub(crate) accept_new: Option<At<bool>>,
    /// How long to try to connect.
    #[schemars(extend("default" = "10s"))]
    pub(crate) connect_timeout: Option<Text<Duration>>,
    /// So many connections to one host are set up at once; four times as many to all of them.
    #[schemars(range(min = 1, max = 1_000), extend("default" = 8))]
    pub(crate) connections: Option<At<u32>>,
    /// Configuration file for ssh, in the place of the user's own.
    pub(crate) config: Option<Text<WrittenPath>>,
    /// File there for what started workers say. Default: `rush-host/<network>.log` in `$XDG_STATE_HOME` or `~/.local/state`.
    pub(crate) log: Option<Text<PathThere>>,
}

/// A machine to start workers on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "host")]
pub(crate) struct RawSshHost {
    /// Its name, as ssh knows it.
    #[schemars(required)]
    pub(crate) host: Option<Text<HostName>>,
    /// Workers to start there. Default: an equal share of those that no other host has.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) workers: Option<At<u32>>,
}

/// What ssh takes for a machine: `node1`, `ada@node1`, `ssh://ada@node1:2222`.
pub(crate) struct HostName(String);

impl std::str::FromStr for HostName {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let example = "For example hosts = [{ host = \"node1\" }]";
        if text.is_empty() {
            return Err(ValueError::new("empty").help(example));
        }
        if text.starts_with('-') {
            let error = ValueError::new("ssh would read this as an option");
            return Err(error.help("Options of ssh belong into `options`"));
        }
        if text.chars().any(|character| character.is_whitespace() || character.is_control()) {
            let error = ValueError::new("neither spaces nor control characters are allowed");
            return Err(error.help("A user or a port is written as in \"ada@node1\" or \"ssh://node1:2222\""));
        }
        Ok(Self(text.to_owned()))
    }
}

impl crate::spanned::Written for HostName {
    const NOUN: &'static str = "host";
    const EXPECTED: &'static str = "a host in quotes";
}

/// Resolved `[launcher.ssh]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshLauncher {
    /// The machines, at least one, each once.
    pub hosts: Vec<SshHost>,
    /// Further options of ssh, before those of rush-host.
    pub options: Vec<String>,
    /// `rush-host` on those machines. Default: found on their `PATH`.
    pub program: String,
    /// Whether this `rush-host` is copied there. Then `program` means nothing.
    pub copy: bool,
    /// Whether keys of unknown hosts are accepted.
    pub accept_new: bool,
    /// How long to try to connect. Default 10 s.
    pub connect_timeout: Duration,
    /// So many connections to one host are set up at once. Default 8.
    pub connections: u32,
    /// Configuration file for ssh, in the place of the user's own.
    pub config: Option<PathBuf>,
    /// File there for what started workers say. Default: one in the user's folder for states.
    pub log: Option<String>,
}

/// A machine to start workers on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshHost {
    /// Its name, as ssh knows it. Never begins with `-`.
    pub host: String,
    /// Workers to start there; none: an equal share.
    pub workers: Option<u32>,
}

impl RawSshLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> SshLauncher {
        if let Some(hosts) = self.hosts.as_ref().filter(|hosts| hosts.value.is_empty()) {
            let error =
                ValueError::new("no machine is named").help("For example hosts = [{ host = \"node1\" }]");
            r.invalid(hosts.span.clone(), "list of hosts", &error);
        }
        self.report_twins(r);
        if let (Some(program), Some(At { span, value: true })) = (&self.program, &self.copy)
            && !r.gives_way(&program.span, Some(span))
        {
            let conflict = Mistake::Conflict("`program` has no effect with `copy = true`".to_owned());
            let finding = Finding::new(conflict)
                .label(program.span.clone(), "what is there already")
                .label(span.clone(), "what is brought there");
            r.report(finding.help("Keep one of them"));
        }
        SshLauncher {
            hosts: self.hosts().filter_map(|host| host.resolve(r)).collect(),
            options: r.names(self.options.as_ref()),
            program: r.parse(self.program.as_ref()).map_or_else(|| PROGRAM.to_owned(), |path| path.0),
            copy: self.copy.as_ref().is_some_and(|copy| copy.value),
            accept_new: self.accept_new.as_ref().is_some_and(|accept| accept.value),
            connect_timeout: r.parse_or(self.connect_timeout.as_ref(), CONNECT_TIMEOUT),
            connections: self.connections.as_ref().map_or(CONNECTIONS, |connections| connections.value),
            config: r.path(self.config.as_ref()),
            log: r.parse(self.log.as_ref()).map(|path| path.0),
        }
    }

    fn hosts(&self) -> impl Iterator<Item = &RawSshHost> {
        self.hosts.iter().flat_map(|hosts| &hosts.value)
    }

    /// Where workers are, and who failed, is told by the names of hosts.
    fn report_twins(&self, r: &mut Resolver<'_>) {
        let names: Vec<&Text<HostName>> = self.hosts().filter_map(|host| host.host.as_ref()).collect();
        for (index, second) in names.iter().enumerate() {
            let first = names[..index].iter().find(|first| first.written == second.written);
            let Some(first) = first else { continue };
            let conflict = Mistake::Conflict(format!("The host {:?} is named twice", second.written));
            let finding = Finding::new(conflict)
                .label(first.span.clone(), "once here")
                .label(second.span.clone(), "and here");
            r.report(finding.help("Name it once, with as many `workers` as both have"));
        }
    }

    /// The workers of all hosts, if each says how many it has.
    pub(crate) fn workers(&self) -> Option<u32> {
        let mut fixed = self.hosts().map(|host| Some(host.workers.as_ref()?.value));
        let sum = fixed.try_fold(0_u32, |sum, workers| Some(sum.saturating_add(workers?)))?;
        (sum > 0).then_some(sum)
    }

    /// Reports where the hosts' workers are not those of the run.
    pub(crate) fn check_workers(&self, count: Option<&At<u32>>, r: &mut Resolver<'_>) {
        let fixed: Vec<&At<u32>> = self.hosts().filter_map(|host| host.workers.as_ref()).collect();
        let Some(last) = fixed.last() else { return };
        let sum = fixed.iter().fold(0_u32, |sum, workers| sum.saturating_add(workers.value));
        let all_say = self.workers().is_some();
        let (count, written) = match count {
            Some(count) => (count.value, Some(count)),
            None if all_say => return,
            None => (crate::workers::COUNT, None),
        };
        let fits = if all_say { sum == count } else { sum <= count };
        // For another number of workers than the file's, the shares are kept in proportion.
        if fits || r.is_faulty("workers.count") || r.gives_way(&last.span, written.map(|count| &count.span)) {
            return;
        }
        let conflict =
            Mistake::Conflict(format!("The hosts' workers are {sum}, but those of the run are {count}"));
        let finding = Finding::new(conflict).label(last.span.clone(), format!("{sum} in all"));
        let finding = match written {
            Some(count) => finding.label(count.span.clone(), "in all"),
            None => finding,
        };
        r.report(finding.help(if sum < count {
            "Leave out `workers` of a host that has the others, or `count`"
        } else {
            "Set `[workers] count` to at least as many, or leave out `workers` of some hosts"
        }));
    }
}

impl RawSshHost {
    fn resolve(&self, r: &mut Resolver<'_>) -> Option<SshHost> {
        let host = r.parse(self.host.as_ref())?.0;
        Some(SshHost { host, workers: self.workers.as_ref().map(|workers| workers.value) })
    }
}
