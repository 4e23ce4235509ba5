//! Why Kubernetes has not started host processes, each case with what to do about it.

use crate::quote::Unquotable;

/// Why host processes could not be started through Kubernetes.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KubernetesError {
    /// Nothing says where the cluster is, or who we are there.
    #[error("no cluster is known: {cause}")]
    NoCluster {
        /// What is missing or wrong.
        cause: String,
    },

    /// The kubeconfig does not have the context of the run file.
    #[error("the kubeconfig has no context `{context}`{}", known(contexts))]
    NoContext {
        /// What the run file says.
        context: String,
        /// What the kubeconfig has.
        contexts: Vec<String>,
    },

    /// The API server does not answer.
    #[error("the Kubernetes API at {server} cannot be reached: {cause}")]
    Unreachable {
        /// Its address.
        server: String,
        /// Why.
        cause: String,
        /// Whether a proxy is named in the environment, which is not used.
        proxy: bool,
    },

    /// The cluster does not know who we are.
    #[error("the Kubernetes API at {server} does not know who asks: {cause}")]
    Unauthorized {
        /// Its address.
        server: String,
        /// What it said.
        cause: String,
    },

    /// The cluster knows, and does not permit it.
    #[error("Kubernetes forbids to {what} in namespace `{namespace}`: {cause}")]
    Forbidden {
        /// What was to be done.
        what: &'static str,
        /// Where.
        namespace: String,
        /// What the API server said.
        cause: String,
    },

    /// There is no such namespace.
    #[error("Kubernetes has no namespace `{namespace}`: {cause}")]
    NoNamespace {
        /// The namespace.
        namespace: String,
        /// What the API server said.
        cause: String,
    },

    /// The cluster does not take it.
    #[error("Kubernetes refused to {what} in namespace `{namespace}`: {cause}")]
    Refused {
        /// What was to be done.
        what: &'static str,
        /// Where.
        namespace: String,
        /// What the API server said.
        cause: String,
    },

    /// The cluster has a failure of its own, which did not pass.
    #[error("Kubernetes fails to {what} in namespace `{namespace}`: {cause}")]
    Failing {
        /// What was to be done.
        what: &'static str,
        /// Where.
        namespace: String,
        /// What the API server said.
        cause: String,
    },

    /// A path that no container can be given.
    #[error(transparent)]
    Unquotable(#[from] Unquotable),

    /// What would be refused.
    #[error("Kubernetes would refuse this Job: {rule}")]
    Rule {
        /// Why.
        rule: String,
    },

    /// A mistake of ours.
    #[error("the manifest cannot be written: {0}")]
    Yaml(String),
}

fn known(contexts: &[String]) -> String {
    if contexts.is_empty() { String::new() } else { format!(", but {}", contexts.join(", ")) }
}

impl KubernetesError {
    /// What to do about it; nothing where the error says it.
    pub fn help(&self) -> Option<String> {
        let text = match self {
            Self::NoCluster { .. } => {
                "KUBECONFIG or ~/.kube/config names the cluster, as for kubectl; `kubectl config view` shows it"
            }
            Self::NoContext { .. } => {
                "`[launcher.kubernetes] context` is one that `kubectl config get-contexts` shows"
            }
            Self::Unreachable { proxy: true, .. } => {
                "HTTPS_PROXY is not used for the Kubernetes API: it must be reached directly. `start --dry-run` prints what `kubectl create -f -` takes"
            }
            Self::Unreachable { .. } => {
                "`kubectl version` with the same KUBECONFIG says whether the cluster answers; `[launcher.kubernetes] context` names another one"
            }
            Self::Unauthorized { .. } => "log in to the cluster again, until `kubectl auth whoami` knows you",
            Self::Forbidden { .. } => {
                "the account needs create, get, list and delete on jobs, create, patch and delete on secrets, and list on pods; `kubectl auth can-i --list` shows what it may"
            }
            Self::NoNamespace { .. } => {
                "`[launcher.kubernetes] namespace` must exist: `kubectl get namespaces` shows them"
            }
            Self::Refused { .. } => {
                "`rush-host start --dry-run` prints the manifest, and `kubectl create --dry-run=server -f -` asks the cluster about it"
            }
            Self::Failing { .. } => "nothing was started; try again when the cluster is well",
            Self::Unquotable(_) | Self::Rule { .. } | Self::Yaml(_) => return None,
        };
        Some(text.to_owned())
    }
}
