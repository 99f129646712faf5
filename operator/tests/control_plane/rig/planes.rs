//! API servers: one for most tests, and others for what that one does not do.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use aicoin_api::crd::TradingBot;
use aicoin_operator::run::connect;
use aicoin_testbed::control_plane::{self, ControlPlane};
use kube::api::{Api, ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, CustomResourceExt};
use serde_json::Value;

use super::PATIENCE;

/// Starts an API server with the CRD in it.
pub(crate) fn start_plane(options: &control_plane::Options, crd: &Value) -> ControlPlane {
    let plane = ControlPlane::start(options).unwrap();
    install(&plane, crd);
    plane
}

/// Puts a CRD on an API server, and waits until it is served.
pub(crate) fn install(plane: &ControlPlane, crd: &Value) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), crd.to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    kubectl(
        plane,
        &["apply", "--server-side", "--force-conflicts", "-f", path],
    );
    kubectl(
        plane,
        &[
            "wait",
            "--for=condition=Established",
            "crd/tradingbots.aicoin.dev",
            "--timeout=60s",
        ],
    );
    // Established, and still a moment until everything of it is served.
    let deadline = Instant::now() + PATIENCE;
    for path in [
        "/apis/aicoin.dev/v1alpha1/tradingbots",
        "/openapi/v3/apis/aicoin.dev/v1alpha1",
    ] {
        let served = || {
            let mut kubectl = plane.kubectl().unwrap();
            kubectl
                .args(["get", "--raw", path])
                .output()
                .unwrap()
                .status
                .success()
        };
        while !served() {
            assert!(Instant::now() < deadline, "{path} is not served");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The CRD of this version.
pub(crate) fn crd() -> Value {
    serde_json::to_value(TradingBot::crd()).unwrap()
}

/// The CRD of somebody who took its rules out.
pub(crate) fn crd_without_rules() -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(fields) => {
                fields.remove("x-kubernetes-validations");
                fields.values_mut().for_each(strip);
            }
            Value::Array(items) => items.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut crd = crd();
    strip(&mut crd);
    crd
}

/// What `kubectl` prints.
pub(crate) fn kubectl(plane: &ControlPlane, arguments: &[&str]) -> String {
    let output = plane.kubectl().unwrap().args(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "kubectl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// The API server of most tests.
pub(crate) fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| start_plane(&control_plane::Options::default(), &crd()))
}

/// One that takes objects which break rules.
pub(crate) fn lenient_plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| start_plane(&control_plane::Options::default(), &crd_without_rules()))
}

/// One that collects garbage and empties namespaces.
pub(crate) fn tidy_plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| {
        let options = control_plane::Options {
            controller_manager: true,
            controllers: ["garbage-collector-controller", "namespace-controller"]
                .map(str::to_owned)
                .to_vec(),
            ..control_plane::Options::default()
        };
        start_plane(&options, &crd())
    })
}

pub(crate) async fn config(plane: &ControlPlane) -> kube::Config {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(plane.kubeconfig()).unwrap();
    kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .unwrap()
}

/// A client of this test's runtime.
pub(crate) async fn client(plane: &ControlPlane) -> Client {
    connect(config(plane).await).unwrap()
}

/// Makes a namespace.
pub(crate) async fn namespace(client: &Client, name: &str) {
    use k8s_openapi::api::core::v1::Namespace;
    let api: Api<Namespace> = Api::all(client.clone());
    let object = Namespace {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    };
    api.create(&PostParams::default(), &object).await.unwrap();
}
