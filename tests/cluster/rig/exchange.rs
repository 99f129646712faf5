//! The simulator of the venue in a pod, and its own ledger: the judge of what a bot really did.

use serde_json::{Value, json};

use super::bot::SOON;
use super::space::Space;
use super::{eventually, ran};

/// A key that everybody knows: of the example in Hyperliquid's own client.
const AGENT_KEY: &str = "0x0123456789012345678901234567890123456789012345678901234567890123";
/// The address of that key.
const AGENT: &str = "0x14791697260e4c9a71f18484c9f997b308e59325";
/// The account that is traded.
pub(crate) const ACCOUNT: &str = "0x00000000000000000000000000000000000a1c01";
/// Where the simulator listens in its pod.
const PORT: u16 = 3001;

/// A simulator in a test's namespace.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    space: &'a Space,
    /// The address for `baseUrl`.
    pub(crate) url: String,
}

impl<'a> Exchange<'a> {
    /// Starts it, with a funded account and an approved agent whose key is in a Secret.
    #[track_caller]
    pub(crate) fn start(space: &'a Space) -> Self {
        space.kubectl(&[
            "create",
            "secret",
            "generic",
            "agent",
            &format!("--from-literal=private-key={AGENT_KEY}"),
        ]);
        let version = env!("CARGO_PKG_VERSION");
        space.apply(&json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "sim"},
            "spec": {
                "automountServiceAccountToken": false,
                "securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "RuntimeDefault"}},
                "containers": [{
                    "name": "sim",
                    "image": format!("ghcr.io/aicoin-dev/aicoin-sim:{version}"),
                    "imagePullPolicy": "IfNotPresent",
                    "args": [
                        format!("--listen=0.0.0.0:{PORT}"),
                        "--seed=5",
                        "--network=testnet",
                        format!("--fund={ACCOUNT}=10000"),
                        format!("--agent={ACCOUNT}={AGENT}"),
                        "--speed=1",
                    ],
                    "securityContext": {
                        "allowPrivilegeEscalation": false,
                        "readOnlyRootFilesystem": true,
                        "capabilities": {"drop": ["ALL"]},
                    },
                    "readinessProbe": {
                        "httpGet": {"path": "/sim/time", "port": PORT},
                        "periodSeconds": 1,
                    },
                }],
            },
        }));
        space.kubectl(&["wait", "--for=condition=Ready", "pod/sim", "--timeout=60s"]);
        let address = space.kubectl(&["get", "pod", "sim", "-o", "jsonpath={.status.podIP}"]);
        Self {
            space,
            url: format!("http://{}:{PORT}", address.trim()),
        }
    }

    /// The account as the exchange itself has it.
    #[track_caller]
    pub(crate) fn account(&self) -> Value {
        let path = format!(
            "/api/v1/namespaces/{}/pods/sim:{PORT}/proxy/sim/ledger",
            self.space.name
        );
        let ledger = ran(self.space.rig.kubectl().args(["get", "--raw", &path]));
        let ledger: Value = serde_json::from_str(&ledger).unwrap();
        assert_eq!(ledger["duplicateCloids"], 0);
        ledger["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .find(|account| account["user"] == ACCOUNT)
            .unwrap()
            .clone()
    }

    /// How many orders were ever placed that may raise exposure.
    #[track_caller]
    pub(crate) fn openings(&self) -> usize {
        let account = self.account();
        let all = ["orders", "openOrders"].map(|list| account[list].as_array().unwrap().clone());
        let mut cloids: Vec<String> = all
            .iter()
            .flatten()
            .filter(|order| order["reduceOnly"] == false)
            .map(|order| order["cloid"].to_string())
            .collect();
        cloids.sort();
        cloids.dedup();
        cloids.len()
    }

    /// Waits for a position.
    #[track_caller]
    pub(crate) fn has_a_position(&self) {
        eventually("a position at the exchange", SOON, || {
            !self.account()["positions"].as_array().unwrap().is_empty()
        });
    }

    /// No position and no order is left.
    #[track_caller]
    pub(crate) fn is_flat(&self) -> bool {
        let account = self.account();
        account["positions"] == json!([]) && account["openOrders"] == json!([])
    }
}
