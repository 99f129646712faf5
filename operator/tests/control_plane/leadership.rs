//! Two replicas: one leads, and whatever becomes of it, no write of one that does not lead lands.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aicoin_api::names::condition;
use aicoin_testbed::control_plane::{self, ControlPlane};
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::Api;
use serde_json::Value;

use super::rig::*;

/// Where the operator is, as the chart's rights name it.
const HOME: &str = "aicoin-system";

/// Writes alone, and none of their content.
const AUDIT_POLICY: &str = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n\
    - {level: None, verbs: [get, list, watch]}\n- {level: Metadata}\n";

struct Audited {
    plane: ControlPlane,
    folder: tempfile::TempDir,
}

impl Audited {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let policy = folder.path().join("policy.yaml");
        std::fs::write(&policy, AUDIT_POLICY).unwrap();
        std::fs::write(folder.path().join("key.pem"), KEY_PEM).unwrap();
        let options = control_plane::Options {
            apiserver_args: vec![
                format!("--audit-policy-file={}", policy.display()),
                format!(
                    "--audit-log-path={}",
                    folder.path().join("audit.log").display()
                ),
            ],
            ..control_plane::Options::default()
        };
        let plane = start_plane(&options, &crd());
        kubectl(&plane, &["create", "namespace", HOME]);
        // The chart's own rights, as they were reviewed: with more, a test would show less.
        let rights = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/chart/rbac-default.yaml");
        kubectl(&plane, &["apply", "-f", rights.to_str().unwrap()]);
        for user in ["one", "other"] {
            let user = format!("--user={user}");
            kubectl(
                &plane,
                &[
                    "create",
                    "clusterrolebinding",
                    &user[7..],
                    "--clusterrole=aicoin-operator",
                    &user,
                ],
            );
            kubectl(
                &plane,
                &[
                    "create",
                    "rolebinding",
                    &user[7..],
                    "-n",
                    HOME,
                    "--role=aicoin-operator-lease",
                    &user,
                ],
            );
        }
        Self { plane, folder }
    }

    /// Starts a replica; its name is its user's.
    fn replica(&self, name: &str, rig: &Rig, more: &[&str]) -> Replica {
        let log = self
            .folder
            .path()
            .join(format!("{name}-{}.log", rig.namespace));
        let kubeconfig = self.plane.kubeconfig_for(name, None).unwrap();
        let key = self.folder.path().join("key.pem");
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut arguments = vec!["run".to_owned()];
        for (flag, value) in [
            ("--listen", format!("127.0.0.1:{port}")),
            ("--worker-image", IMAGE.to_owned()),
            ("--control-key-file", key.display().to_string()),
            ("--operator-namespace", HOME.to_owned()),
            ("--namespace", rig.namespace.clone()),
            ("--worker-url", rig.worker.url.clone()),
            ("--kubeconfig", kubeconfig.display().to_string()),
            ("--identity", name.to_owned()),
        ] {
            arguments.extend([flag.to_owned(), value]);
        }
        arguments.extend(more.iter().map(|it| (*it).to_owned()));
        Replica {
            binary: Binary::run(&arguments, &log),
            url: format!("http://127.0.0.1:{port}"),
            log,
        }
    }

    /// What was written so far, in order, refusals left out.
    fn writes(&self) -> Vec<Write> {
        let text = std::fs::read_to_string(self.folder.path().join("audit.log")).unwrap();
        let mut writes: Vec<Write> = text.lines().filter_map(|line| Write::read(line)).collect();
        writes.sort_by(|one, other| one.received.cmp(&other.received));
        writes
    }
}

struct Replica {
    binary: Binary,
    url: String,
    log: PathBuf,
}

impl Replica {
    /// Waits until it is ready, and leads or does not.
    async fn until_ready(&self, word: &str) {
        let ask = || async {
            let answer = reqwest::get(format!("{}/readyz", self.url)).await;
            match answer {
                Ok(answer) => answer.text().await.unwrap_or_default(),
                Err(_) => std::fs::read_to_string(&self.log).unwrap_or_default(),
            }
        };
        until(word, ask, |text| text.trim() == word).await;
    }
}

/// A write that was carried out.
#[derive(Debug)]
struct Write {
    user: String,
    what: String,
    received: String,
    done: String,
}

impl Write {
    fn read(line: &str) -> Option<Self> {
        let entry: Value = serde_json::from_str(line).ok()?;
        let code = entry["responseStatus"]["code"].as_u64()?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let object = &entry["objectRef"];
        (code < 400).then(|| Self {
            user: text(&entry["user"]["username"]),
            what: format!(
                "{} {} {}",
                text(&entry["verb"]),
                text(&object["resource"]),
                text(&object["name"])
            ),
            received: text(&entry["requestReceivedTimestamp"]),
            done: text(&entry["stageTimestamp"]),
        })
    }
}

fn audited() -> &'static Audited {
    static AUDITED: OnceLock<Audited> = OnceLock::new();
    AUDITED.get_or_init(Audited::start)
}

async fn holder(rig: &Rig) -> String {
    let leases: Api<Lease> = Api::namespaced(rig.client.clone(), HOME);
    let lease = leases.get_opt("aicoin-operator").await.unwrap();
    lease
        .and_then(|lease| lease.spec?.holder_identity)
        .unwrap_or_default()
}

/// Both tests contend for the lease that the rights name: one after the other.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

const SHORT: [&str; 6] = [
    "--lease-duration",
    "4s",
    "--lease-renew-deadline",
    "3s",
    "--lease-retry-period",
    "500ms",
];

const BOTS: [&str; 4] = ["a", "b", "c", "d"];

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_frozen_past_its_lease_and_wakes_writes_nothing() {
    let _turn = TURN.lock().await;
    let audited = audited();
    let rig = Rig::without_operator(&audited.plane, "frozen", |_| {}).await;
    let one = audited.replica("one", &rig, &SHORT);
    one.until_ready("ok: this replica leads").await;
    let other = audited.replica("other", &rig, &SHORT);
    other.until_ready("ok: another replica leads").await;
    for name in BOTS {
        rig.trading(name).await;
    }
    // Somebody patches the bots all the time.
    let goes_on = AtomicBool::new(true);
    let patches = async {
        let mut state = "Running";
        while goes_on.load(Ordering::SeqCst) {
            state = if state == "Paused" {
                "Running"
            } else {
                "Paused"
            };
            for name in BOTS {
                rig.desire(name, state).await;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    };
    let freezes = async {
        for (frozen, name) in [(&one, "other"), (&other, "one"), (&one, "other")] {
            tokio::time::sleep(Duration::from_millis(500)).await;
            frozen.binary.signal("STOP");
            until("another holder", || holder(&rig), |holder| holder == name).await;
            tokio::time::sleep(Duration::from_secs(1)).await;
            frozen.binary.signal("CONT");
            frozen.until_ready("ok: another replica leads").await;
        }
        goes_on.store(false, Ordering::SeqCst);
    };
    tokio::join!(patches, freezes);
    for name in BOTS {
        rig.desire(name, "CloseAll").await;
        rig.until_true(name, condition::POSITIONS_CLOSED).await;
    }
    drop((one, other));

    let writes = audited.writes();
    let of_replicas = writes
        .iter()
        .filter(|it| ["one", "other"].contains(&it.user.as_str()));
    let (mut terms, mut leader) = (Vec::new(), ("", ""));
    let mut counted = 0;
    for write in of_replicas {
        let is_lease = write.what.contains(" leases ");
        if is_lease {
            if leader.0 != write.user {
                terms.push(write.user.as_str());
            }
            leader = (&write.user, &write.done);
            continue;
        }
        // An Event changes nothing, and names no version that could have gone by.
        if write.what.contains(" events ") {
            continue;
        }
        counted += 1;
        // A write that the API server had before it took the other's lease is from before.
        assert!(
            leader.0 == write.user || write.received.as_str() < leader.1,
            "{write:?} while {leader:?} led"
        );
    }
    assert_eq!(terms, ["one", "other", "one", "other"]);
    assert!(counted > 50, "{counted}");
    println!("{counted} writes in {} terms", terms.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_is_told_to_stop_hands_over_at_once_and_ends_in_order() {
    let _turn = TURN.lock().await;
    let audited = audited();
    let rig = Rig::without_operator(&audited.plane, "handover", |_| {}).await;
    // With the times of a cluster.
    let mut one = audited.replica("one", &rig, &[]);
    one.until_ready("ok: this replica leads").await;
    let other = audited.replica("other", &rig, &[]);
    other.until_ready("ok: another replica leads").await;
    rig.trading("b").await;
    let begun = Instant::now();
    one.binary.signal("TERM");
    let status = one.binary.ended();
    assert!(status.success(), "{status:?}");
    until("the other one", || holder(&rig), |holder| holder == "other").await;
    let took = begun.elapsed();
    println!("The lead changed hands {took:?} after SIGTERM");
    assert!(
        took < Duration::from_secs(8),
        "a lease stands for 15 s: {took:?}"
    );
    other.until_ready("ok: this replica leads").await;
    rig.desire("b", "Paused").await;
    rig.until_true("b", condition::TRADING_PAUSED).await;
    let metrics = reqwest::get(format!("{}/metrics", other.url))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for line in [
        "aicoin_operator_leader 1",
        "aicoin_operator_bots 1",
        "aicoin_operator_bots_reconciled 1",
    ] {
        assert!(
            metrics.lines().any(|it| it == line),
            "{line} is not in {metrics}"
        );
    }
    let health = reqwest::get(format!("{}/healthz", other.url))
        .await
        .unwrap();
    assert_eq!(
        (
            health.status().as_u16(),
            health.text().await.unwrap().as_str()
        ),
        (200, "ok\n")
    );
}
