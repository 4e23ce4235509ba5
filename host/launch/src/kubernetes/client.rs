//! The way to the API of a cluster, as kubectl finds it.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use kube::{
    Client, Config,
    config::{KubeConfigOptions, Kubeconfig, KubeconfigError},
    core::Status,
};
use rush_run_file::KubernetesLauncher;

use super::{
    KubernetesError,
    answer::{Answer, read},
};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REPLY_TIMEOUT: Duration = Duration::from_secs(30);
/// What passes by itself has done so within four seconds, or does not matter to somebody who waits.
const PAUSES: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A cluster, and where in it we are.
pub(super) struct Cluster {
    pub(super) client: Client,
    /// The namespace of the run file, or else of the context.
    pub(super) namespace: String,
    server: String,
    /// Whether a proxy is named in the environment, which is not used.
    proxy: bool,
}

/// The context and the namespace of a run file.
type Key = (Option<String>, Option<String>);

/// The cluster that was asked last: finding out who we are there may take a program that is slow.
static LAST: Mutex<Option<(Key, Arc<Cluster>)>> = Mutex::new(None);

fn last() -> std::sync::MutexGuard<'static, Option<(Key, Arc<Cluster>)>> {
    LAST.lock().unwrap_or_else(PoisonError::into_inner)
}

/// After a failure the kubeconfig is read anew: somebody may have logged in again.
pub(super) fn forget() {
    last().take();
}

impl Cluster {
    /// The one that a run file means: its context of the kubeconfig, or the current one; inside a cluster without a kubeconfig, that one.
    pub(super) async fn of(launcher: &KubernetesLauncher) -> Result<Arc<Self>, KubernetesError> {
        let key = (launcher.context.clone(), launcher.namespace.clone());
        if let Some((known, cluster)) = &*last()
            && *known == key
        {
            return Ok(Arc::clone(cluster));
        }
        let cluster = Arc::new(Self::connect(launcher).await?);
        *last() = Some((key, Arc::clone(&cluster)));
        Ok(cluster)
    }

    async fn connect(launcher: &KubernetesLauncher) -> Result<Self, KubernetesError> {
        let (mut config, proxy) = config(launcher.context.as_ref()).await?;
        config.connect_timeout = Some(CONNECT_TIMEOUT);
        config.read_timeout = Some(REPLY_TIMEOUT);
        config.write_timeout = Some(REPLY_TIMEOUT);
        config.reset_reader_on_write = true;
        // Whether something is to be sent again is decided here.
        config.default_retry = false;
        let server = config.cluster_url.to_string();
        let namespace = launcher.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let no_cluster = |error: kube::Error| KubernetesError::NoCluster { cause: error.to_string() };
        let client = Client::try_from(config).map_err(no_cluster)?;
        Ok(Self { client, namespace, server: server.trim_end_matches('/').to_owned(), proxy })
    }

    /// Asks for something until there is an answer that would not be another one the next time: what passes by itself is tried again, a few
    /// times. So a request may have been granted before, and the reply be lost.
    pub(super) async fn ask<T, F: Future<Output = kube::Result<T>>>(
        &self,
        what: &'static str,
        namespace: &str,
        request: impl Fn() -> F,
    ) -> Result<Result<T, Status>, KubernetesError> {
        let mut pauses = PAUSES.into_iter();
        loop {
            let answer = match request().await {
                Ok(value) => return Ok(Ok(value)),
                Err(error) => read(error),
            };
            if answer.is_passing()
                && let Some(pause) = pauses.next()
            {
                if pauses.len() + 1 == PAUSES.len() {
                    tracing::warn!("Kubernetes could not {what}, which is tried again: {}", answer.cause());
                }
                tokio::time::sleep(pause).await;
                continue;
            }
            return match answer {
                Answer::Said(status) if matches!(status.code, 404 | 409) => Ok(Err(*status)),
                answer => Err(self.error(what, namespace, answer)),
            };
        }
    }

    /// An answer that ends everything.
    pub(super) fn error(&self, what: &'static str, namespace: &str, answer: Answer) -> KubernetesError {
        let namespace = namespace.to_owned();
        let server = self.server.clone();
        let cause = answer.cause();
        let is_passing = answer.is_passing();
        match answer {
            Answer::Nothing(_) => KubernetesError::Unreachable { server, cause, proxy: self.proxy },
            Answer::Login(_) => KubernetesError::Unauthorized { server, cause },
            Answer::Other(_) => KubernetesError::Failing { what, namespace, cause },
            Answer::Said(status) => match status.code {
                401 => KubernetesError::Unauthorized { server, cause },
                // What is full or about to go is forbidden, too, whoever asks.
                403 if cause.contains("quota") || cause.contains("being terminated") => {
                    KubernetesError::Refused { what, namespace, cause }
                }
                403 => KubernetesError::Forbidden { what, namespace, cause },
                404 if cause.contains("namespaces") => KubernetesError::NoNamespace { namespace, cause },
                _ if is_passing => KubernetesError::Failing { what, namespace, cause },
                _ => KubernetesError::Refused { what, namespace, cause },
            },
        }
    }

    /// No answer in time.
    pub(super) fn silent(&self, after: Duration) -> KubernetesError {
        let cause = format!("no answer within {after:?}");
        KubernetesError::Unreachable { server: self.server.clone(), cause, proxy: self.proxy }
    }
}

/// How the API is reached, and whether the environment names a proxy for that.
async fn config(context: Option<&String>) -> Result<(Config, bool), KubernetesError> {
    let no_cluster = |cause: String| KubernetesError::NoCluster { cause };
    let kubeconfig = match Kubeconfig::read() {
        Ok(kubeconfig) => kubeconfig,
        Err(error) if context.is_none() && is_missing(&error) => {
            // A pod has no kubeconfig, but a service account.
            let inside = Config::incluster().ok();
            return inside.map(|config| (config, false)).ok_or_else(|| no_cluster(told(&error)));
        }
        Err(error) => return Err(no_cluster(told(&error))),
    };
    if let Some(context) = context
        && !kubeconfig.contexts.iter().any(|known| known.name == *context)
    {
        let contexts = kubeconfig.contexts.into_iter().map(|context| context.name).collect();
        return Err(KubernetesError::NoContext { context: context.clone(), contexts });
    }
    let names_a_proxy = kubeconfig
        .clusters
        .iter()
        .any(|named| named.cluster.as_ref().is_some_and(|cluster| cluster.proxy_url.is_some()));
    let options = KubeConfigOptions { context: context.cloned(), ..KubeConfigOptions::default() };
    let read = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = read.map_err(|error| no_cluster(told(&error)))?;
    // What the environment names is for the web: clusters are mostly nearer, and kubectl has its exceptions.
    let ignored = !names_a_proxy && config.proxy_url.take().is_some();
    Ok((config, ignored))
}

fn is_missing(error: &KubeconfigError) -> bool {
    match error {
        KubeconfigError::FindPath => true,
        KubeconfigError::ReadConfig(error, _) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn told(error: &KubeconfigError) -> String {
    match error {
        KubeconfigError::ReadConfig(error, path) => {
            format!("the kubeconfig `{}` cannot be read: {error}", path.display())
        }
        KubeconfigError::CurrentContextNotSet => "the kubeconfig has no current context".to_owned(),
        error => error.to_string(),
    }
}
