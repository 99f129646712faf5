//! What the programs of a node are told: pure text.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::network::Network;
use crate::pause;

/// The node's name in Kubernetes.
pub(super) const NODE_NAME: &str = "node";

/// Where containerd listens.
pub(super) fn containerd_socket(folder: &Path) -> String {
    folder.join("containerd.sock").display().to_string()
}

/// containerd's own file.
pub(super) fn containerd(folder: &Path, runc: &Path, plugins: &Path) -> String {
    let quoted = |path: &Path| Value::from(path.display().to_string()).to_string();
    let root = quoted(&folder.join("containerd/root"));
    let state = quoted(&folder.join("containerd/state"));
    let opt = quoted(&folder.join("containerd/opt"));
    let socket = Value::from(containerd_socket(folder));
    let pause = Value::from(pause::REFERENCE);
    let (runc, plugins, cni) = (quoted(runc), quoted(plugins), quoted(&folder.join("cni")));
    // `restrict_oom_score_adj`: without the right to lower it (CAP_SYS_RESOURCE) no container would start.
    format!(
        r#"version = 2
root = {root}
state = {state}
[grpc]
  address = {socket}
[plugins."io.containerd.internal.v1.opt"]
  path = {opt}
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = {pause}
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      BinaryName = {runc}
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = {plugins}
    conf_dir = {cni}
"#
    )
}

/// The pods' network. It enforces no NetworkPolicy.
pub(super) fn cni(folder: &Path, network: Network) -> Value {
    json!({
        "cniVersion": "1.0.0",
        "name": "pods",
        "plugins": [
            {
                "type": "bridge",
                "bridge": "cni0",
                "isGateway": true,
                "ipMasq": true,
                "hairpinMode": true,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": network.pods()}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                    "dataDir": folder.join("cni-addresses"),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": true}},
        ],
    })
}

/// The kubelet's own file.
pub(super) fn kubelet(
    folder: &Path,
    ca_cert: &Path,
    cgroup: &str,
    crash_restart_max: Option<Duration>,
) -> Value {
    let mut config = json!({
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": false},
            "webhook": {"enabled": true},
            "x509": {"clientCAFile": ca_cert},
        },
        "authorization": {"mode": "Webhook"},
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": format!("/{cgroup}"),
        "failCgroupV1": false,
        "failSwapOn": false,
        "containerRuntimeEndpoint": format!("unix://{}", containerd_socket(folder)),
        "podLogsDir": folder.join("pod-logs"),
        "volumePluginDir": folder.join("volume-plugins"),
        "resolvConf": "",
        // A full disk of the machine is no reason to lose the images or pods of a test.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi"},
        // A changed ConfigMap is in the pods after seconds instead of a minute and a half.
        "syncFrequency": "5s",
    });
    if let (Some(max), Some(fields)) = (crash_restart_max, config.as_object_mut()) {
        let max = format!("{}ms", max.as_millis());
        fields.insert(
            "crashLoopBackOff".to_owned(),
            json!({"maxContainerRestartPeriod": max}),
        );
    }
    config
}

/// kube-proxy's own file.
pub(super) fn kube_proxy(kubeconfig: &Path, network: Network) -> Value {
    json!({
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "nftables",
        "clientConnection": {"kubeconfig": kubeconfig},
        "clusterCIDR": network.pods(),
        "hostnameOverride": NODE_NAME,
        // The machine's own setting stays.
        "conntrack": {"maxPerCore": 0},
        // Services answer at once.
        "nftables": {"minSyncPeriod": "100ms"},
    })
}
