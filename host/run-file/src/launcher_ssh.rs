//! `[launcher.ssh]`: host processes on other machines.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::path::{Name, WrittenPath};
use crate::resolve::Resolver;
use crate::spanned::{At, Text};
use crate::value_error::ValueError;

const CONNECT_TIMEOUT: Duration = Duration::from_millis(10_000);

/// Starts host processes on other machines, through this machine's ssh and its configuration.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ssh")]
pub(crate) struct RawSshLauncher {
    /// The machines, as ssh knows them.
    #[schemars(required)]
    pub(crate) hosts: Option<Vec<RawSshHost>>,
    /// Further options of ssh, before the host.
    pub(crate) options: Option<Vec<Text<Name>>>,
    /// Path of `rush-host` on those machines.
    #[schemars(extend("default" = "rush-host"))]
    pub(crate) binary: Option<Text<Name>>,
    /// Copy `rush-host` there, once.
    #[schemars(extend("default" = false))]
    pub(crate) copy: Option<At<bool>>,
    /// Accept the keys of hosts that are not known yet. A key that changed is never accepted.
    #[schemars(extend("default" = false))]
    pub(crate) accept_new: Option<At<bool>>,
    /// How long to try to connect.
    #[schemars(extend("default" = "10s"))]
    pub(crate) connect_timeout: Option<Text<Duration>>,
    /// Further configuration file for ssh.
    pub(crate) config: Option<Text<WrittenPath>>,
}

/// A machine to start workers on.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "host")]
pub(crate) struct RawSshHost {
    /// Its name, as ssh knows it.
    #[schemars(required)]
    pub(crate) host: Option<Text<Name>>,
    /// Workers to start there. Default: an equal share of `workers.count`.
    #[schemars(range(min = 1, max = 100_000))]
    pub(crate) workers: Option<At<u32>>,
}

/// Resolved `[launcher.ssh]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SshLauncher {
    /// The machines.
    pub hosts: Vec<SshHost>,
    /// Further options of ssh, before the host.
    pub options: Vec<String>,
    /// Path of `rush-host` on those machines. Default: found on their `PATH`.
    pub binary: String,
    /// Whether `rush-host` is copied there.
    pub copy: bool,
    /// Whether keys of unknown hosts are accepted.
    pub accept_new: bool,
    /// How long to try to connect. Default 10 s.
    pub connect_timeout: Duration,
    /// Further configuration file for ssh.
    pub config: Option<PathBuf>,
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
        SshLauncher {
            hosts: self.hosts.iter().flatten().filter_map(|host| host.resolve(r)).collect(),
            options: r.names(self.options.as_ref()),
            binary: r.name(self.binary.as_ref()).unwrap_or_else(|| "rush-host".to_owned()),
            copy: self.copy.as_ref().is_some_and(|copy| copy.value),
            accept_new: self.accept_new.as_ref().is_some_and(|accept| accept.value),
            connect_timeout: r.parse_or(self.connect_timeout.as_ref(), CONNECT_TIMEOUT),
            config: r.path(self.config.as_ref()),
        }
    }
}

impl RawSshHost {
    fn resolve(&self, r: &mut Resolver<'_>) -> Option<SshHost> {
        let written = self.host.as_ref()?;
        let host = r.name(Some(written))?;
        if host.starts_with('-') {
            let error = ValueError::new("ssh would read this as an option");
            r.invalid(written.span.clone(), "host", &error);
        }
        Some(SshHost { host, workers: self.workers.as_ref().map(|workers| workers.value) })
    }
}
