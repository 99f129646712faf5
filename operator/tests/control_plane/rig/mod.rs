//! One API server for all tests, a namespace for each, and an operator inside the test's own process.

mod worker;

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use aicoin_api::crd::{TradingBot, TradingBotStatus};
use aicoin_operator::keys::KeyRing;
use aicoin_operator::operator::{Operator, Options};
use aicoin_operator::run::connect;
use aicoin_operator::settings::Settings;
use aicoin_testbed::control_plane::{self, ControlPlane};
use aicoin_token::SigningKey;
use kube::api::{Api, ObjectMeta, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, CustomResourceExt};
use serde_json::{Value, json};

pub use worker::StubWorker;

/// For anything to come true on two slow cores.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// The API server of all tests, with the CRD in it.
pub fn plane() -> &'static ControlPlane {
    static PLANE: OnceLock<ControlPlane> = OnceLock::new();
    PLANE.get_or_init(|| {
        let plane = ControlPlane::start(&control_plane::Options::default()).unwrap();
        let crd = serde_json::to_string(&TradingBot::crd()).unwrap();
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), crd).unwrap();
        for arguments in [
            vec!["apply", "--server-side", "-f", file.path().to_str().unwrap()],
            vec!["wait", "--for=condition=Established", "crd/tradingbots.aicoin.dev", "--timeout=30s"],
        ] {
            let output = plane.kubectl().unwrap().args(arguments).output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        plane
    })
}

/// A client of this test's runtime.
pub async fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let kubeconfig = Kubeconfig::read_from(plane().kubeconfig()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
        .await
        .unwrap();
    connect(config).unwrap()
}

/// A namespace of its own, so that tests do not see each other.
pub async fn namespace(client: &Client, name: &str) -> String {
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
    name.to_owned()
}

pub fn settings(worker: Option<&StubWorker>) -> Settings {
    Settings {
        default_image: "ghcr.io/aicoin-dev/aicoin-worker:0.1.0".to_owned(),
        network_policy: true,
        allow_live: false,
        extra_egress: Vec::new(),
        extra_ca_file: None,
        worker_url: worker.map(|worker| worker.url.clone()),
    }
}

/// An Ed25519 key of nothing but this test.
pub const KEY_PEM: &str = "-----BEGIN PRIVATE KEY-----\n\
    MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
    -----END PRIVATE KEY-----\n";

pub fn options(namespace: &str, settings: Settings) -> Options {
    Options {
        settings,
        extra_ca: None,
        keys: KeyRing::new(SigningKey::from_pem(KEY_PEM).unwrap(), Duration::from_secs(1)),
        namespaces: vec![namespace.to_owned()],
        election: None,
        concurrency: 8,
        identity: "test".to_owned(),
    }
}

pub fn operator(client: &Client, namespace: &str, settings: Settings) -> Operator {
    Operator::start(client.clone(), options(namespace, settings)).unwrap()
}

/// A bot with a rule on the simulated market.
pub fn paper_bot(name: &str) -> Value {
    json!({
        "apiVersion": "aicoin.dev/v1alpha1",
        "kind": "TradingBot",
        "metadata": {"name": name},
        "spec": {
            "markets": ["BTC"],
            "decision": {"interval": "1m", "rule": {"emaCross": {"fast": 3, "slow": 5, "notional": "1000"}}},
            "risk": {"stopLossPct": "2"},
        },
    })
}

pub async fn create(client: &Client, namespace: &str, bot: Value) -> TradingBot {
    let api: Api<TradingBot> = Api::namespaced(client.clone(), namespace);
    let bot: TradingBot = serde_json::from_value(bot).unwrap();
    api.create(&PostParams::default(), &bot).await.unwrap()
}

pub async fn patch(client: &Client, namespace: &str, name: &str, patch: Value) -> TradingBot {
    let api: Api<TradingBot> = Api::namespaced(client.clone(), namespace);
    api.patch(name, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .unwrap()
}

pub async fn get(client: &Client, namespace: &str, name: &str) -> Option<TradingBot> {
    let api: Api<TradingBot> = Api::namespaced(client.clone(), namespace);
    api.get_opt(name).await.unwrap()
}

pub async fn status(client: &Client, namespace: &str, name: &str) -> TradingBotStatus {
    get(client, namespace, name)
        .await
        .and_then(|bot| bot.status)
        .unwrap_or_default()
}

/// A condition's status and reason.
pub fn condition(status: &TradingBotStatus, kind: &str) -> (String, String) {
    status
        .conditions
        .iter()
        .find(|it| it.type_ == kind)
        .map(|it| (it.status.clone(), it.reason.clone()))
        .unwrap_or_default()
}

/// Waits until something is so, and fails with what was seen last.
pub async fn until<T: std::fmt::Debug, F: Future<Output = T>>(
    what: &str,
    mut look: impl FnMut() -> F,
    is_so: impl Fn(&T) -> bool,
) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = look().await;
        if is_so(&seen) {
            return seen;
        }
        assert!(Instant::now() < deadline, "{what} did not come true; seen last: {seen:#?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until a bot's status is so.
pub async fn until_status(
    client: &Client,
    namespace: &str,
    name: &str,
    what: &str,
    is_so: impl Fn(&TradingBotStatus) -> bool,
) -> TradingBotStatus {
    until(what, || status(client, namespace, name), is_so).await
}

/// Waits until the operator has nothing to do.
pub async fn until_idle(operator: &Operator) {
    let context = Arc::clone(&operator.context);
    let ready = operator.ready.clone();
    let watches = operator.watches;
    until(
        "idleness",
        || async { (*ready.borrow() >= watches, context.queue.is_idle()) },
        |seen| *seen == (true, true),
    )
    .await;
}
