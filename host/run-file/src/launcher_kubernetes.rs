//! `[launcher.kubernetes]`: host processes as a job of a cluster.

use std::collections::BTreeMap;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_spanned::Spanned;

use crate::duration::Duration;
use crate::kubernetes_image::ImageReference;
use crate::kubernetes_names::{LabelKey, LabelName, LabelValue, SubdomainName};
use crate::kubernetes_quantity::{Cores, Memory};
use crate::path::{Name, PathThere};
use crate::resolve::Resolver;
use crate::spanned::{At, Text, Written};
use crate::value_error::ValueError;

const PROGRAM: &str = "rush-host";
const TTL: Duration = Duration::from_millis(86_400_000);
/// What begins the names of our own labels and annotations.
const OURS: &str = "rush-host/";
/// What no user of a cluster may set.
const RESERVED: [&str; 2] = ["batch.kubernetes.io/", "controller-uid"];

/// Starts host processes as an indexed Job of Kubernetes. The workers need a Redis that they reach: a private one is refused.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "kubernetes")]
pub(crate) struct RawKubernetesLauncher {
    /// Container image that holds `rush-host`.
    #[schemars(required, extend("examples" = ["registry.example.org/team/rush-host:0.1.0"]))]
    pub(crate) image: Option<Text<ImageReference>>,
    /// Namespace of the Job. Default: that of the context.
    pub(crate) namespace: Option<Text<LabelName>>,
    /// Context of the kubeconfig. Default: the current one.
    pub(crate) context: Option<Text<Name>>,
    /// Cores for each host process, as Kubernetes writes them: as many are requested, and no more are given.
    #[schemars(extend("examples" = ["2", "500m"]))]
    pub(crate) cpu: Option<Text<Cores>>,
    /// Memory for each host process, as Kubernetes writes it: as much is requested, and no more is given.
    #[schemars(extend("examples" = ["1Gi"]))]
    pub(crate) memory: Option<Text<Memory>>,
    /// Service account of the pods. Its token is not mounted. Default: that of the namespace.
    pub(crate) service_account: Option<Text<SubdomainName>>,
    /// How long the Job may run, in whole seconds; then Kubernetes ends it. Default: as long as it takes.
    #[schemars(extend("examples" = ["12h"]))]
    pub(crate) deadline: Option<Text<WholeSeconds>>,
    /// Path of `rush-host` in the image.
    #[schemars(extend("default" = PROGRAM))]
    pub(crate) program: Option<Text<PathThere>>,
    /// Secrets of the namespace with which the image is pulled.
    #[schemars(extend("examples" = [["registry-login"]]))]
    pub(crate) image_pull_secrets: Option<Vec<Text<SubdomainName>>>,
    /// Labels that a node must have.
    #[schemars(with = "Option<BTreeMap<String, String>>", extend("examples" = [{ "kubernetes.io/arch": "amd64" }]))]
    pub(crate) node_selector: Option<BTreeMap<Spanned<String>, At<String>>>,
    /// Taints of nodes that the pods tolerate.
    pub(crate) tolerations: Option<Vec<RawToleration>>,
    /// Labels of the Job, its pods and its Secret.
    #[schemars(with = "Option<BTreeMap<String, String>>", extend("examples" = [{ "team": "optimisation" }]))]
    pub(crate) labels: Option<BTreeMap<Spanned<String>, At<String>>>,
    /// Annotations of the Job and its pods.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub(crate) annotations: Option<BTreeMap<Spanned<String>, At<String>>>,
    /// Group to which the file with the URL of Redis belongs: for images that do not run as root. Default: the cluster's.
    #[schemars(range(min = 1, max = 2_147_483_647))]
    pub(crate) fs_group: Option<At<u32>>,
    /// How long the Job and its Secret stay after its end, in whole seconds.
    #[schemars(extend("default" = "1d"))]
    pub(crate) ttl: Option<Text<WholeSeconds>>,
}

/// A taint that pods tolerate.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "toleration")]
pub(crate) struct RawToleration {
    /// Key of the taint.
    #[schemars(required)]
    pub(crate) key: Option<Text<LabelKey>>,
    /// Its value. Default: any.
    pub(crate) value: Option<Text<LabelValue>>,
    /// Its effect. Default: any.
    pub(crate) effect: Option<At<TaintEffect>>,
}

/// What a taint does to pods that do not tolerate it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaintEffect {
    /// They are not put there.
    NoSchedule,
    /// They are put elsewhere, if there is room.
    PreferNoSchedule,
    /// They are taken away from there, too.
    NoExecute,
}

/// A duration as the API of Kubernetes counts it.
pub(crate) struct WholeSeconds(Duration);

impl FromStr for WholeSeconds {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let duration: Duration = text.parse()?;
        let help = "Kubernetes counts whole seconds: \"90s\", \"30m\" or \"12h\"";
        if duration.as_millis() < 1_000 {
            return Err(ValueError::new("shorter than a second").help(help));
        }
        if !duration.as_millis().is_multiple_of(1_000) {
            return Err(ValueError::new("not a whole number of seconds").help(help));
        }
        Ok(Self(duration))
    }
}

impl Written for WholeSeconds {
    const NOUN: &'static str = Duration::NOUN;
    const EXPECTED: &'static str = Duration::EXPECTED;
    const PATTERN: Option<&'static str> = Duration::PATTERN;
}

/// Resolved `[launcher.kubernetes]`; none means that the cluster decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubernetesLauncher {
    /// Container image that holds `rush-host`. Empty only if the run file was refused.
    pub image: String,
    /// Namespace of the Job.
    pub namespace: Option<String>,
    /// Context of the kubeconfig.
    pub context: Option<String>,
    /// Cores for each host process, as Kubernetes writes them.
    pub cpu: Option<String>,
    /// Memory for each host process, as Kubernetes writes it.
    pub memory: Option<String>,
    /// Service account of the pods.
    pub service_account: Option<String>,
    /// How long the Job may run: whole seconds, at least one.
    pub deadline: Option<Duration>,
    /// Path of `rush-host` in the image. Default: found on its `PATH`.
    pub program: String,
    /// Secrets with which the image is pulled.
    pub image_pull_secrets: Vec<String>,
    /// Labels that a node must have.
    pub node_selector: BTreeMap<String, String>,
    /// Taints that the pods tolerate.
    pub tolerations: Vec<Toleration>,
    /// Labels of all that is made.
    pub labels: BTreeMap<String, String>,
    /// Annotations of the Job and its pods.
    pub annotations: BTreeMap<String, String>,
    /// Group of the file with the URL of Redis.
    pub fs_group: Option<u32>,
    /// How long the Job stays after its end: whole seconds, at least one. Default 1 d.
    pub ttl: Duration,
}

/// A taint that pods tolerate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toleration {
    /// Key of the taint.
    pub key: String,
    /// Its value; none: any.
    pub value: Option<String>,
    /// Its effect; none: any.
    pub effect: Option<TaintEffect>,
}

impl RawKubernetesLauncher {
    pub(crate) fn resolve(&self, r: &mut Resolver<'_>) -> KubernetesLauncher {
        let secrets = self.image_pull_secrets.iter().flatten();
        KubernetesLauncher {
            image: r.parse(self.image.as_ref()).map(|image| image.0).unwrap_or_default(),
            namespace: r.parse(self.namespace.as_ref()).map(|name| name.0),
            context: r.name(self.context.as_ref()),
            cpu: r.parse(self.cpu.as_ref()).map(|cores| cores.0),
            memory: r.parse(self.memory.as_ref()).map(|memory| memory.0),
            service_account: r.parse(self.service_account.as_ref()).map(|name| name.0),
            deadline: r.parse(self.deadline.as_ref()).map(|deadline| deadline.0),
            program: r.parse(self.program.as_ref()).map_or_else(|| PROGRAM.to_owned(), |path| path.0),
            image_pull_secrets: secrets.filter_map(|name| r.parse(Some(name))).map(|name| name.0).collect(),
            node_selector: labels("node_selector", self.node_selector.as_ref(), r),
            tolerations: self.tolerations.iter().flatten().filter_map(|raw| raw.resolve(r)).collect(),
            labels: own_labels("labels", self.labels.as_ref(), Some(check_value), r),
            annotations: own_labels("annotations", self.annotations.as_ref(), None, r),
            fs_group: self.fs_group.as_ref().map(|group| group.value),
            ttl: r.parse(self.ttl.as_ref()).map_or(TTL, |ttl| ttl.0),
        }
    }
}

impl RawToleration {
    fn resolve(&self, r: &mut Resolver<'_>) -> Option<Toleration> {
        let value = r.parse(self.value.as_ref()).map(|value| value.0);
        let key = r.parse(self.key.as_ref())?.0;
        Some(Toleration { key, value, effect: self.effect.as_ref().map(|effect| effect.value) })
    }
}

type Labels = BTreeMap<Spanned<String>, At<String>>;
type Check = fn(&str) -> Result<(), ValueError>;

fn check_value(value: &str) -> Result<(), ValueError> {
    LabelValue::from_str(value).map(drop)
}

fn labels(key: &str, written: Option<&Labels>, r: &mut Resolver<'_>) -> BTreeMap<String, String> {
    let table = format!("launcher.kubernetes.{key}");
    resolve_labels(&table, written, |name| LabelKey::from_str(name).map(drop), Some(check_value), r)
}

/// Labels of what is made: those that rush-host and Kubernetes set themselves are theirs.
fn own_labels(
    key: &str,
    written: Option<&Labels>,
    check: Option<Check>,
    r: &mut Resolver<'_>,
) -> BTreeMap<String, String> {
    let check_name = |name: &str| {
        if name.starts_with(OURS) {
            return Err(ValueError::new("rush-host sets this itself").help("Leave it out"));
        }
        if RESERVED.iter().any(|reserved| name.starts_with(reserved)) || name == "job-name" {
            return Err(ValueError::new("Kubernetes sets this itself").help("Leave it out"));
        }
        LabelKey::from_str(name).map(drop)
    };
    resolve_labels(&format!("launcher.kubernetes.{key}"), written, check_name, check, r)
}

fn resolve_labels(
    table: &str,
    written: Option<&Labels>,
    check_name: impl Fn(&str) -> Result<(), ValueError>,
    check: Option<Check>,
    r: &mut Resolver<'_>,
) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (name, value) in written.into_iter().flatten() {
        if let Err(error) = check_name(name.get_ref()) {
            let noun = if check.is_some() { LabelKey::NOUN } else { "name of an annotation" };
            r.invalid_name(table, name, noun, &error);
        }
        if let Some(Err(error)) = check.map(|check| check(&value.value)) {
            r.invalid(value.span.clone(), LabelValue::NOUN, &error);
        }
        labels.insert(name.get_ref().clone(), value.value.clone());
    }
    labels
}
