//! The worker: one pod at most, never two at once.

use aicoin_api::bot::{Mode, SecretKeyRef};
use aicoin_api::names::{CONTROL_KEYS_CONFIG_MAP, annotation, pod};
use serde_json::{Map, Value, json};

use super::claim;
use super::labels;
use super::{Intent, Worker};
use crate::settings::Settings;
use crate::world::ChildKind;

/// Nobody's user, in the pod and on its disk.
const USER: i64 = 65532;
/// How long a worker may take to stop: it resolves what is in flight first.
const STOP_SECONDS: i64 = 30;
/// A worker that hangs resolves nothing: waiting for it only delays the restart.
const STOP_WHEN_STUCK_SECONDS: i64 = 5;
/// Postgres alone: room for the spool and the lock.
const SCRATCH: &str = "256Mi";

pub(super) fn deployment(worker: &Worker, settings: &Settings, config_map: &str) -> Intent {
    let name = worker.child_name();
    let mut template_annotations = Map::new();
    if let Some(restarted_at) = &worker.restarted_at {
        template_annotations.insert(annotation::RESTARTED_AT.to_owned(), json!(restarted_at));
    }
    let mut template_metadata = json!({"labels": labels::of_bot(worker)});
    if !template_annotations.is_empty()
        && let Some(metadata) = template_metadata.as_object_mut()
    {
        metadata.insert("annotations".to_owned(), template_annotations.into());
    }
    let body = json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": labels::metadata(worker, &name, labels::with_deletion_policy(worker)),
        "spec": {
            "replicas": i32::from(worker.runs),
            "revisionHistoryLimit": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": labels::selector(worker)},
            "template": {
                "metadata": template_metadata,
                "spec": pod_spec(worker, settings, config_map),
            },
        },
    });
    Intent::new(ChildKind::Deployment, name, body)
}

fn pod_spec(worker: &Worker, settings: &Settings, config_map: &str) -> Value {
    let asked = &worker.spec.worker;
    let mut volumes = vec![
        json!({"name": "bot", "configMap": {"name": config_map}}),
        // Optional: a worker without keys is told nothing, and says so; it does not hang in creation.
        json!({"name": "control-keys", "configMap": {"name": CONTROL_KEYS_CONFIG_MAP, "optional": true}}),
        json!({"name": "data", "emptyDir": {"sizeLimit": SCRATCH}}),
        json!({"name": "run", "emptyDir": {"medium": "Memory", "sizeLimit": "1Mi"}}),
    ];
    let mut mounts = vec![
        json!({"name": "bot", "mountPath": pod::MANIFEST_DIR, "readOnly": true}),
        json!({"name": "control-keys", "mountPath": pod::CONTROL_KEYS_DIR, "readOnly": true}),
        json!({"name": "data", "mountPath": pod::DATA_DIR}),
        json!({"name": "run", "mountPath": pod::SOCKET_DIR}),
    ];
    if let Some(data) = volumes.get_mut(2) {
        *data = data_volume(worker);
    }
    for (index, secret) in secrets(worker).into_iter().enumerate() {
        let volume = format!("secret-{index}");
        // Optional: the worker itself says that a key is missing.
        volumes.push(json!({
            "name": volume,
            "secret": {"secretName": secret, "optional": true, "defaultMode": 0o440},
        }));
        mounts.push(json!({
            "name": volume,
            "mountPath": format!("{}/{secret}", pod::SECRETS_DIR),
            "readOnly": true,
        }));
    }
    let mut spec = json!({
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "terminationGracePeriodSeconds": STOP_SECONDS,
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container(worker, settings, mounts)],
        "volumes": volumes,
    });
    if let Some(spec) = spec.as_object_mut() {
        if !asked.node_selector.is_empty() {
            spec.insert("nodeSelector".to_owned(), json!(asked.node_selector));
        }
        if !asked.tolerations.is_empty() {
            spec.insert("tolerations".to_owned(), json!(asked.tolerations));
        }
        if let Some(affinity) = &asked.affinity {
            spec.insert("affinity".to_owned(), json!(affinity));
        }
    }
    spec
}

fn container(worker: &Worker, settings: &Settings, mounts: Vec<Value>) -> Value {
    let asked = &worker.spec.worker;
    let mut resources = json!({
        "requests": {"cpu": "20m", "memory": "32Mi"},
        "limits": {"memory": "256Mi"},
    });
    if let Some(wanted) = &asked.resources {
        resources = json!(wanted);
    }
    json!({
        "name": pod::CONTAINER,
        "image": worker.image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["run"],
        "env": environment(worker, settings),
        "ports": [{"name": pod::PORT_NAME, "containerPort": pod::PORT, "protocol": "TCP"}],
        "resources": resources,
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": true,
            "capabilities": {"drop": ["ALL"]},
        },
        // Recovery may take its time; a worker that never comes up is started again after two minutes.
        "startupProbe": {
            "httpGet": {"path": "/livez", "port": pod::PORT_NAME},
            "periodSeconds": 1,
            "timeoutSeconds": 2,
            "failureThreshold": 120,
        },
        "livenessProbe": {
            "httpGet": {"path": "/livez", "port": pod::PORT_NAME},
            "periodSeconds": 5,
            "timeoutSeconds": 2,
            "failureThreshold": 3,
            "terminationGracePeriodSeconds": STOP_WHEN_STUCK_SECONDS,
        },
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": pod::PORT_NAME},
            "periodSeconds": 2,
            "timeoutSeconds": 2,
            "failureThreshold": 2,
        },
        "volumeMounts": mounts,
    })
}

fn environment(worker: &Worker, settings: &Settings) -> Vec<Value> {
    let value = |name: &str, value: String| json!({"name": name, "value": value});
    let mut environment = vec![
        value("AICOIN_DATA_DIR", pod::DATA_DIR.to_owned()),
        value("AICOIN_SOCKET", pod::SOCKET.to_owned()),
        value(
            "AICOIN_LOG_LEVEL",
            worker.spec.worker.log_level.as_str().to_owned(),
        ),
        // Beside the keys and read live: there when the operator was given more authorities, and else not.
        value(
            "AICOIN_CA_FILE",
            format!("{}/{}", pod::CONTROL_KEYS_DIR, pod::CA_FILE),
        ),
    ];
    if let Some(sqlite) = claim::sqlite(worker) {
        let bytes = sqlite.size.bytes().unwrap_or_default();
        environment.push(value("AICOIN_STORAGE_BYTES", bytes.to_string()));
        if sqlite.storage_class_name.is_none() {
            environment.push(value("AICOIN_STORAGE_EPHEMERAL", "true".to_owned()));
        }
    }
    if worker.spec.mode == Mode::Live && settings.allow_live {
        environment.push(value("AICOIN_ALLOW_LIVE", "true".to_owned()));
    }
    for (name, path) in [("POD_NAME", "metadata.name"), ("POD_UID", "metadata.uid")] {
        environment.push(json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}));
    }
    environment
}

fn data_volume(worker: &Worker) -> Value {
    match claim::sqlite(worker) {
        Some(sqlite) if sqlite.storage_class_name.is_some() => {
            json!({"name": "data", "persistentVolumeClaim": {"claimName": claim::name(worker)}})
        }
        Some(sqlite) => json!({"name": "data", "emptyDir": {"sizeLimit": sqlite.size.0}}),
        None => json!({"name": "data", "emptyDir": {"sizeLimit": SCRATCH}}),
    }
}

/// The names of the Secrets that the spec refers to, each once, in a stable order.
fn secrets(worker: &Worker) -> Vec<String> {
    let spec = &worker.spec;
    let mut references: Vec<&SecretKeyRef> = Vec::new();
    references.extend(
        spec.exchange
            .hyperliquid
            .as_ref()
            .and_then(|it| it.agent_key_secret_ref.as_ref()),
    );
    references.extend(
        spec.decision
            .ai
            .as_ref()
            .and_then(|it| it.api_key_secret_ref.as_ref()),
    );
    if let Some(postgres) = spec.storage.as_ref().and_then(|it| it.postgres.as_ref()) {
        references.push(&postgres.url_secret_ref);
        references.extend(&postgres.migrate_url_secret_ref);
    }
    references.extend(spec.cache.as_ref().map(|it| &it.redis.url_secret_ref));
    let mut names: Vec<String> = references.into_iter().map(|it| it.name.clone()).collect();
    names.sort();
    names.dedup();
    names
}
