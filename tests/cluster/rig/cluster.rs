//! The cluster, with the chart in it: brought up once, installed as the documentation says.

use std::panic::catch_unwind;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aicoin_testbed::cluster::Cluster;
use aicoin_testbed::node::{self, Node};

use super::api::Api;
use super::{images, ran, root, seconds, words};

/// Where the operator is.
pub(crate) const SYSTEM: &str = "aicoin-system";
/// Its Deployment.
pub(crate) const OPERATOR: &str = "deployment/aicoin-operator";
/// The level of Pod Security that everything here runs under.
pub(crate) const RESTRICTED: &str = "pod-security.kubernetes.io/enforce=restricted";

/// A cluster with an operator.
#[derive(Debug)]
pub(crate) struct Rig {
    cluster: Cluster,
    pub(crate) api: Api,
    /// From `helm install` to an operator that is ready.
    pub(crate) installed_in: Duration,
}

/// The one of all tests; `None` prints why there is none.
pub(crate) fn rig() -> Option<&'static Rig> {
    // One try: what did not come up for the first test does not come up for the next.
    static RIG: OnceLock<Option<Rig>> = OnceLock::new();
    if std::env::var_os(aicoin_testbed::cluster::VARIABLE).is_none()
        && let Err(why) = node::possible()
    {
        println!("skipped: {why}");
        return None;
    }
    let rig = RIG.get_or_init(|| catch_unwind(Rig::up).ok());
    assert!(
        rig.is_some(),
        "the cluster could not be brought up: the test that tried says why"
    );
    rig.as_ref()
}

impl Rig {
    fn up() -> Self {
        let archives = images::archives();
        let options = node::Options {
            crash_restart_max: Some(seconds(2)),
            ..node::Options::default()
        };
        let cluster = Cluster::for_tests(&options).unwrap();
        for archive in &archives {
            cluster.import(archive).unwrap();
        }
        let begun = Instant::now();
        // The documented command, word for word.
        ran(cluster.helm().unwrap().current_dir(root()).args([
            "install",
            "aicoin",
            "charts/aicoin",
            "-n",
            SYSTEM,
            "--create-namespace",
        ]));
        let api = Api::of(cluster.kubeconfig());
        let rig = Self {
            cluster,
            api,
            installed_in: Duration::ZERO,
        };
        rig.operator_is_up();
        // A warning here would name a pod that the level does not allow.
        let labelled = rig
            .kubectl()
            .args(["label", "namespace", SYSTEM, RESTRICTED])
            .output()
            .unwrap();
        assert!(
            labelled.status.success() && labelled.stderr.is_empty(),
            "{}",
            words(&labelled)
        );
        Self {
            installed_in: begun.elapsed(),
            ..rig
        }
    }

    /// For programs that are no kubectl.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.cluster.kubeconfig()
    }

    /// `kubectl` as the administrator.
    pub(crate) fn kubectl(&self) -> Command {
        self.cluster.kubectl().unwrap()
    }

    /// `helm` as the administrator, in the checkout.
    pub(crate) fn helm(&self) -> Command {
        let mut helm = self.cluster.helm().unwrap();
        helm.current_dir(root());
        helm
    }

    /// The node, when it is an own one; prints what cannot be shown otherwise.
    pub(crate) fn node(&self) -> Option<&Node> {
        let node = self.cluster.node();
        if node.is_none() {
            println!(
                "skipped: it needs a node of its own, and the cluster is one that somebody named"
            );
        }
        node
    }

    /// Changes the chart's values; what is not named is as in the chart.
    #[track_caller]
    pub(crate) fn upgrade(&self, values: &[&str]) {
        ran(self
            .helm()
            .args(["upgrade", "aicoin", "charts/aicoin", "-n", SYSTEM])
            .args(values));
        self.operator_is_up();
    }

    /// Waits until the operator runs as it was asked to.
    #[track_caller]
    pub(crate) fn operator_is_up(&self) {
        let output = self
            .kubectl()
            .args(["-n", SYSTEM, "rollout", "status", OPERATOR, "--timeout=90s"])
            .output()
            .unwrap();
        if !output.status.success() {
            super::evidence::of_operator(self);
            // A second panic would end all tests.
            if !std::thread::panicking() {
                panic!("the operator is not up: {}", words(&output));
            }
        }
    }

    /// Takes the operator away until what is returned is dropped, also by a test that fails: others need it.
    #[track_caller]
    pub(crate) fn without_operator(&'static self) -> Away {
        self.scale_operator(0);
        let away = Away(self);
        ran(self.kubectl().args([
            "-n",
            SYSTEM,
            "wait",
            "--for=delete",
            "pod",
            "--selector=app.kubernetes.io/name=aicoin-operator",
            "--timeout=60s",
        ]));
        away
    }

    #[track_caller]
    fn scale_operator(&self, replicas: u32) {
        let replicas = format!("--replicas={replicas}");
        ran(self
            .kubectl()
            .args(["-n", SYSTEM, "scale", OPERATOR, &replicas]));
    }
}

/// No operator runs.
#[derive(Debug)]
pub(crate) struct Away(&'static Rig);

impl Drop for Away {
    fn drop(&mut self) {
        self.0.scale_operator(1);
        self.0.operator_is_up();
    }
}
