//! `[launcher.*]`: where host processes are started. Without one: on this machine.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::Mistake;
use crate::finding::Finding;
use crate::launcher_command::{CommandLauncher, RawCommandLauncher};
use crate::launcher_kubernetes::{KubernetesLauncher, RawKubernetesLauncher};
use crate::launcher_slurm::{RawSlurmLauncher, SlurmLauncher};
use crate::launcher_ssh::{RawSshLauncher, SshLauncher};
use crate::resolve::Resolver;
use crate::spanned::Span;

/// Where host processes are started: at most one of these tables. Without one: on this machine.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "launcher", extend("maxProperties" = 1))]
pub(crate) struct RawLauncher {
    /// Start them on this machine: for where the user's defaults file names another way.
    pub(crate) local: Option<RawLocalLauncher>,
    /// Start them through any program, on any machine that it reaches.
    pub(crate) command: Option<RawCommandLauncher>,
    /// Start them on other machines through ssh.
    pub(crate) ssh: Option<RawSshLauncher>,
    /// Start them as jobs of Slurm.
    pub(crate) slurm: Option<RawSlurmLauncher>,
    /// Start them as an indexed Job of Kubernetes.
    pub(crate) kubernetes: Option<RawKubernetesLauncher>,
}

/// Starts host processes on this machine.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "local")]
pub(crate) struct RawLocalLauncher {}

/// Where host processes are started.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Launcher {
    /// On this machine.
    #[default]
    Local,
    /// Through a program of the user's own.
    Command(CommandLauncher),
    /// On other machines, through ssh.
    Ssh(SshLauncher),
    /// As jobs of Slurm.
    Slurm(SlurmLauncher),
    /// As a job of Kubernetes.
    Kubernetes(KubernetesLauncher),
}

impl RawLauncher {
    /// `headers` are the tables below `[launcher]`, in the order of the file.
    pub(crate) fn resolve(&self, headers: &[(String, Span)], r: &mut Resolver<'_>) -> Launcher {
        if let [(first, first_span), others @ ..] = headers
            && !others.is_empty()
        {
            let conflict = Mistake::Conflict("There is more than one [launcher.*] table".to_owned());
            let finding = Finding::new(conflict).label(first_span.clone(), format!("{first} here"));
            let finding = others.iter().fold(finding, |finding, (name, span)| {
                finding.label(span.clone(), format!("and {name} here"))
            });
            r.report(finding.help("Keep one of them"));
        }
        let local = self.local.as_ref().map(|_| Launcher::Local);
        let command = self.command.as_ref().map(|raw| Launcher::Command(raw.resolve(r)));
        let ssh = self.ssh.as_ref().map(|raw| Launcher::Ssh(raw.resolve(r)));
        let slurm = self.slurm.as_ref().map(|raw| Launcher::Slurm(raw.resolve(r)));
        let kubernetes = self.kubernetes.as_ref().map(|raw| Launcher::Kubernetes(raw.resolve(r)));
        local.or(command).or(ssh).or(slurm).or(kubernetes).unwrap_or_default()
    }
}
