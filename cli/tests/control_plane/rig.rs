//! A cluster without nodes, a namespace for each test, and the plugin as a process.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use aicoin_testbed::control_plane::{ControlPlane, Options};
use kube::CustomResourceExt as _;
use serde_json::{Value, json};

/// The plugin.
pub(crate) const PLUGIN: &str = env!("CARGO_BIN_EXE_kubectl-tradingbot");
/// How long the API server may take to know a new resource.
const ESTABLISHED_LIMIT: Duration = Duration::from_secs(30);

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }

    /// It ended like this, and said this.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, stdout: &str, stderr: &str) {
        let expected = Self {
            code: Some(code),
            stdout: stdout.to_owned(),
            stderr: stderr.to_owned(),
        };
        assert_eq!(*self, expected);
    }
}

/// A control plane with TradingBots.
pub(crate) fn start() -> ControlPlane {
    let plane = ControlPlane::start(&Options::default()).unwrap();
    let crd = serde_json::to_string(&aicoin_api::crd::TradingBot::crd()).unwrap();
    apply(&plane, &crd);
    let mut wait = plane.kubectl().unwrap();
    wait.args([
        "wait",
        "--for=condition=Established",
        "--timeout=30s",
        "crd/tradingbots.aicoin.dev",
    ]);
    assert!(wait.output().unwrap().status.success());
    // Established, and still a moment until every path answers.
    let deadline = Instant::now() + ESTABLISHED_LIMIT;
    loop {
        let mut get = plane.kubectl().unwrap();
        if get
            .args(["get", "tradingbots", "-A"])
            .output()
            .unwrap()
            .status
            .success()
        {
            return plane;
        }
        assert!(Instant::now() < deadline, "TradingBots are not served");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The one that most tests share.
pub(crate) fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(start)
}

#[track_caller]
fn apply(plane: &ControlPlane, manifest: &str) {
    use std::io::Write as _;
    let mut kubectl = plane.kubectl().unwrap();
    let mut child = kubectl
        .args(["apply", "--server-side", "-f", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(manifest.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}\n{manifest}");
}

/// A namespace of its own.
pub(crate) struct Space {
    plane: &'static ControlPlane,
    pub(crate) name: String,
    kubeconfig: PathBuf,
}

impl Space {
    /// In the shared cluster.
    pub(crate) fn new() -> Self {
        Self::on(plane())
    }

    /// In this one.
    pub(crate) fn on(plane: &'static ControlPlane) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
        apply(
            plane,
            &json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
                .to_string(),
        );
        Self {
            plane,
            name,
            kubeconfig: plane.kubeconfig().to_owned(),
        }
    }

    /// The same namespace as another user sees it, who has these rights: (resource, verbs).
    pub(crate) fn seen_by(&self, user: &str, rights: &[(&str, &[&str])]) -> Self {
        let user = format!("{user}-{}", self.name);
        let rules: Vec<Value> = rights
            .iter()
            .map(|(resource, verbs)| {
                json!({"apiGroups": ["", "aicoin.dev"], "resources": [resource], "verbs": verbs})
            })
            .collect();
        let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role",
            "metadata": {"name": user, "namespace": self.name}, "rules": rules});
        let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "RoleBinding",
            "metadata": {"name": user, "namespace": self.name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": user},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}]});
        apply(self.plane, &format!("{role}\n---\n{binding}"));
        let kubeconfig = self.plane.kubeconfig_for(&user, None).unwrap();
        Self {
            plane: self.plane,
            name: self.name.clone(),
            kubeconfig,
        }
    }

    pub(crate) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// A bot that asks for this.
    pub(crate) fn bot(&self, name: &str, desired: &str) {
        self.apply(&json!({
            "apiVersion": "aicoin.dev/v1alpha1", "kind": "TradingBot",
            "metadata": {"name": name, "namespace": self.name},
            "spec": {
                "desiredState": desired, "mode": "Paper", "markets": ["BTC"],
                "exchange": {"paper": {"market": "Simulated", "startingBalance": "10000"}},
                "decision": {"interval": "1m", "rule": {"emaCross": {"fast": 5, "slow": 20, "notional": "1000"}}}
            }
        }));
    }

    /// Any object.
    #[track_caller]
    pub(crate) fn apply(&self, object: &Value) {
        apply(self.plane, &object.to_string());
    }

    /// What the operator would write.
    #[track_caller]
    pub(crate) fn status(&self, bot: &str, status: &Value) {
        let patch = json!({"status": status}).to_string();
        self.kubectl(&[
            "patch",
            "tradingbot",
            bot,
            "--subresource=status",
            "--type=merge",
            "-p",
            &patch,
        ]);
    }

    /// The operator's status of a bot whose `desired` has come so far.
    #[track_caller]
    pub(crate) fn operator_says(&self, bot: &str, desired: &str, counters: [u64; 3]) {
        let [generation, accepted, effective] = counters;
        self.status(
            bot,
            &json!({
                "observedGeneration": self.get(bot)["metadata"]["generation"],
                "restarts": 0,
                "control": {"desired": desired, "generation": generation, "acceptedGeneration": accepted,
                            "effectiveGeneration": effective, "localHold": "None"}
            }),
        );
    }

    /// A condition of a generation.
    #[track_caller]
    pub(crate) fn condition(
        &self,
        bot: &str,
        kind: &str,
        status: &str,
        generation: u64,
        message: &str,
    ) {
        self.status(
            bot,
            &json!({"restarts": 0, "conditions": [{
                "type": kind, "status": status, "reason": "Test", "message": message,
                "observedGeneration": generation, "lastTransitionTime": "2026-11-25T09:00:00Z"
            }]}),
        );
    }

    /// The object.
    #[track_caller]
    pub(crate) fn get(&self, bot: &str) -> Value {
        let output = self.kubectl(&["get", "tradingbot", bot, "-o", "json"]);
        serde_json::from_str(&output).unwrap()
    }

    /// What a verb can change of a bot: desired state and annotations.
    #[track_caller]
    pub(crate) fn levers(&self, bot: &str) -> Value {
        let object = self.get(bot);
        json!({"desired": object["spec"]["desiredState"], "annotations": object["metadata"]["annotations"]})
    }

    /// kubectl as the administrator, which must go well.
    #[track_caller]
    pub(crate) fn kubectl(&self, args: &[&str]) -> String {
        let mut kubectl = self.plane.kubectl().unwrap();
        let ended = Ended::of(
            kubectl
                .args(["-n", &self.name])
                .args(args)
                .output()
                .unwrap(),
        );
        assert_eq!(ended.code, Some(0), "{args:?}: {ended:?}");
        ended.stdout
    }

    /// kubectl as the administrator, whatever comes.
    pub(crate) fn kubectl_ended(&self, args: &[&str]) -> Ended {
        let mut kubectl = self.plane.kubectl().unwrap();
        Ended::of(
            kubectl
                .args(["-n", &self.name])
                .args(args)
                .output()
                .unwrap(),
        )
    }

    /// The plugin in this namespace.
    pub(crate) fn plugin(&self, args: &[&str]) -> Command {
        let mut plugin = Command::new(PLUGIN);
        plugin
            .args(args)
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null());
        if !args
            .iter()
            .any(|arg| ["-A", "--all-namespaces"].contains(arg))
        {
            plugin.args(["-n", &self.name]);
        }
        plugin
    }

    /// … to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        Ended::of(self.plugin(args).output().unwrap())
    }

    /// … while something else is done, once it has sent its patch.
    pub(crate) fn run_and(
        &self,
        args: &[&str],
        bot: &str,
        patched: impl Fn(&Value) -> bool,
        then: impl FnOnce(),
    ) -> Ended {
        let child = self
            .plugin(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        while !patched(&self.get(bot)) {
            assert!(Instant::now() < deadline, "the patch did not come");
            std::thread::sleep(Duration::from_millis(50));
        }
        then();
        Ended::of(child.wait_with_output().unwrap())
    }
}
