//! What can be set at the chart: the one place from which `values.yaml`, `values.schema.json` and the table in the
//! chart's README are made. The comments here are what people read there.
//!
//! Never: holds a value for a secret. Secrets are named.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// An image with its registry, and with a version or a digest; or nothing.
const IMAGE: &str = r"^$|^(localhost|[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+|[a-zA-Z0-9.-]+:[0-9]+)(:[0-9]+)?/[a-z0-9._/-]+(:[a-zA-Z0-9_][a-zA-Z0-9._-]*(@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64})$";
/// A label of DNS: namespaces.
const DNS_LABEL: &str = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";
/// A name of DNS, or nothing.
const DNS_NAME_OR_NOTHING: &str = r"^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?)?$";
/// Whole seconds.
const SECONDS: &str = r"^[1-9][0-9]{0,3}s$";
/// A time as Prometheus writes it.
const INTERVAL: &str = r"^[1-9][0-9]*(ms|s|m|h)$";

/// Values of the chart aicoin.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(super) struct Values {
    /// How many operators run. One acts, another takes over when its lease runs out.
    #[schemars(range(min = 1, max = 3))]
    replicas: u8,
    /// The operator's image, with registry and version. Empty: ghcr.io/aicoin-dev/aicoin-operator of this chart's version.
    #[schemars(regex(pattern = IMAGE), extend("not" = {"pattern": ":latest(@|$)"}))]
    image: String,
    /// When the kubelet fetches the operator's image.
    image_pull_policy: PullPolicy,
    /// Secrets for the registry of the operator's image. Workers use those of their namespace's default ServiceAccount.
    image_pull_secrets: Vec<Name>,
    /// Only bots in these namespaces, with a Role in each instead of a ClusterRole. They have to exist. Empty: all
    /// namespaces.
    #[schemars(
        inner(regex(pattern = DNS_LABEL)),
        extend("uniqueItems" = true)
    )]
    watch_namespaces: Vec<String>,
    /// Bots with mode Live may trade real money. It is the third yes, beside mode and acknowledgeRisk of the bot.
    allow_live: bool,
    /// More certificate authorities that the workers believe, as PEM text: --set-file extraCA=ca.crt.
    #[serde(rename = "extraCA")]
    extra_ca: String,
    crds: Crds,
    control_key: ControlKey,
    worker: Worker,
    network_policy: NetworkPolicy,
    leader_election: LeaderElection,
    rbac: Rbac,
    pod_monitor: PodMonitor,
    pod_disruption_budget: PodDisruptionBudget,
    /// How much the operator logs.
    log_level: LogLevel,
    /// What the operator asks for and may use. It needs less than 100 MiB for 10,000 bots.
    resources: Resources,
    /// Annotations of the operator's pods.
    pod_annotations: BTreeMap<String, String>,
    /// Labels of the operator's pods.
    pod_labels: BTreeMap<String, String>,
    /// Nodes for the operator.
    node_selector: BTreeMap<String, String>,
    /// Taints that the operator tolerates.
    tolerations: Vec<BTreeMap<String, Value>>,
    /// Affinity of the operator. Several replicas prefer several nodes without it.
    affinity: BTreeMap<String, Value>,
    /// The operator's priority class.
    #[schemars(regex(pattern = DNS_NAME_OR_NOTHING))]
    priority_class_name: String,
    /// Helm's own: what a parent chart sets for all its charts.
    global: BTreeMap<String, Value>,
}

/// The TradingBot resource.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Crds {
    /// The chart brings the TradingBot resource, and updates it. It stays after an uninstall, and the bots with it.
    install: bool,
}

/// The key that signs controls.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct ControlKey {
    /// A Secret of the operator's namespace with an Ed25519 key in private-key.pem. Empty: the chart makes
    /// aicoin-control-key once. GitOps needs it set.
    #[schemars(regex(pattern = DNS_NAME_OR_NOTHING))]
    existing_secret: String,
}

/// The workers, one for each bot.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Worker {
    /// The image that new bots start with. Empty: ghcr.io/aicoin-dev/aicoin-worker of this chart's version.
    #[schemars(regex(pattern = IMAGE), extend("not" = {"pattern": ":latest(@|$)"}))]
    image: String,
    /// More rules for what workers may connect to, as in a NetworkPolicy's egress.
    extra_egress: Vec<EgressRule>,
}

/// Network policies.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct NetworkPolicy {
    /// The operator and each worker get a policy that refuses everything but what they need.
    enabled: bool,
    /// Where the API server may listen: the operator can connect to these ports.
    #[schemars(
        length(min = 1),
        inner(range(min = 1, max = 65535)),
        extend("uniqueItems" = true)
    )]
    api_server_ports: Vec<u16>,
}

/// Who of several operators acts.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct LeaderElection {
    /// A leader that is silent for so long is replaced.
    #[schemars(regex(pattern = SECONDS))]
    lease_duration: String,
    /// A leader that could not renew for so long stops writing. Shorter than leaseDuration.
    #[schemars(regex(pattern = SECONDS))]
    renew_deadline: String,
    /// How often it renews, or another looks. Shorter than renewDeadline.
    #[schemars(regex(pattern = SECONDS))]
    retry_period: String,
}

/// Rights of people.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Rbac {
    /// The cluster's roles view, edit and admin get bots too. Not with watchNamespaces.
    aggregate: bool,
}

/// Metrics for the Prometheus operator.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct PodMonitor {
    /// PodMonitors for the operator and the workers. The Prometheus operator has to be there.
    enabled: bool,
    /// How often they are asked.
    #[schemars(regex(pattern = INTERVAL))]
    interval: String,
    /// Labels by which a Prometheus selects them.
    labels: BTreeMap<String, String>,
}

/// Drains of nodes.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct PodDisruptionBudget {
    /// A drain takes one operator at a time. Workers have no budget: it would hold up every drain.
    enabled: bool,
}

/// Requests and limits.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Resources {
    /// What the scheduler sets aside for it.
    requests: BTreeMap<String, Value>,
    /// Where it is stopped.
    limits: BTreeMap<String, Value>,
}

/// A name of an object.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

/// A rule of a NetworkPolicy's egress.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EgressRule {
    /// Where to: ipBlock, namespaceSelector, podSelector. Left out: anywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Vec<BTreeMap<String, Value>>>,
    /// Which ports. Left out: all.
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<Vec<BTreeMap<String, Value>>>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[expect(dead_code, reason = "the schema names all; only the default is made")]
enum PullPolicy {
    Always,
    IfNotPresent,
    Never,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "the schema names all; only the default is made")]
enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            replicas: 1,
            image: String::new(),
            image_pull_policy: PullPolicy::IfNotPresent,
            image_pull_secrets: Vec::new(),
            watch_namespaces: Vec::new(),
            allow_live: false,
            extra_ca: String::new(),
            crds: Crds::default(),
            control_key: ControlKey::default(),
            worker: Worker::default(),
            network_policy: NetworkPolicy::default(),
            leader_election: LeaderElection::default(),
            rbac: Rbac::default(),
            pod_monitor: PodMonitor::default(),
            pod_disruption_budget: PodDisruptionBudget::default(),
            log_level: LogLevel::Info,
            resources: Resources::default(),
            pod_annotations: BTreeMap::new(),
            pod_labels: BTreeMap::new(),
            node_selector: BTreeMap::new(),
            tolerations: Vec::new(),
            affinity: BTreeMap::new(),
            priority_class_name: String::new(),
            global: BTreeMap::new(),
        }
    }
}

impl Default for Crds {
    fn default() -> Self {
        Self { install: true }
    }
}

impl Default for NetworkPolicy {
    fn default() -> Self {
        Self {
            enabled: true,
            // Managed clusters, kubeadm and k3s, minikube, MicroK8s.
            api_server_ports: vec![443, 6443, 8443, 16443],
        }
    }
}

impl Default for LeaderElection {
    fn default() -> Self {
        Self {
            lease_duration: "15s".to_owned(),
            renew_deadline: "10s".to_owned(),
            retry_period: "2s".to_owned(),
        }
    }
}

impl Default for Rbac {
    fn default() -> Self {
        Self { aggregate: true }
    }
}

impl Default for PodMonitor {
    fn default() -> Self {
        Self {
            enabled: false,
            interval: "30s".to_owned(),
            labels: BTreeMap::new(),
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        let amounts = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, amount)| ((*name).to_owned(), Value::from(*amount)))
                .collect()
        };
        Self {
            requests: amounts(&[("cpu", "50m"), ("memory", "64Mi")]),
            limits: amounts(&[("memory", "256Mi")]),
        }
    }
}
