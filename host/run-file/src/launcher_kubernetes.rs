//! `[launcher.kubernetes]`: host processes as a job of a cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::duration::Duration;
use crate::path::Name;
use crate::resolve::Resolver;
use crate::spanned::Text;

/// Starts host processes as an indexed Job of Kubernetes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "kubernetes")]
pub(crate) struct RawKubernetesLauncher {
    /// Container image that holds `rush-host`.
    #[schemars(required)]
    pub(crate) image: Option<Text<Name>>,
    /// Namespace of the Job. Default: that of the current context.
    pub(crate) namespace: Option<Text<Name>>,
    /// Cores for each host process, as Kubernetes writes them.
    #[schemars(extend("examples" = ["2", "500m"]))]
    pub(crate) cpu: Option<Text<Name>>,
    /// Memory for each host process, as Kubernetes writes it.
    #[schemars(extend("examples" = ["1Gi"]))]
    pub(crate) memory: Option<Text<Name>>,
    /// Service account of the pods.
    pub(crate) service_account: Option<Text<Name>>,
    /// How long the Job may run.
    pub(crate) deadline: Option<Text<Duration>>,
}

/// Resolved `[launcher.kubernetes]`; none means that the cluster decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesLauncher {
    /// Container image that holds `rush-host`. Empty only if the run file was refused.
    pub image: String,
    /// Namespace of the Job.
    pub namespace: Option<String>,
    /// Cores for each host process, as Kubernetes writes them.
    pub cpu: Option<String>,
    /// Memory for each host process, as Kubernetes writes it.
    pub memory: Option<String>,
    /// Service account of the pods.
    pub service_account: Option<String>,
    /// How long the Job may run.
    pub deadline: Option<Duration>,
}

impl RawKubernetesLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> KubernetesLauncher {
        KubernetesLauncher {
            image: r.name(self.image.as_ref()).unwrap_or_default(),
            namespace: r.name(self.namespace.as_ref()),
            cpu: r.name(self.cpu.as_ref()),
            memory: r.name(self.memory.as_ref()),
            service_account: r.name(self.service_account.as_ref()),
            deadline: r.parse(self.deadline.as_ref()),
        }
    }
}
