//! Pods as a kubelet would report them: no kubelet is there, so a test makes them and says how they are.

use k8s_openapi::api::core::v1::{Pod, ServiceAccount};
use kube::Client;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams,
    PostParams,
};
use serde_json::{Value, json};

use aicoin_operator::world::ChildKind;
use aicoin_operator::writer::Kinds;

/// The pods of a namespace.
pub(crate) struct Pods {
    api: Api<Pod>,
    deployments: Api<DynamicObject>,
}

impl Pods {
    pub(crate) async fn new(client: &Client, namespace: &str) -> Self {
        // A pod needs one, and nobody makes it here.
        let accounts: Api<ServiceAccount> = Api::namespaced(client.clone(), namespace);
        let account = ServiceAccount {
            metadata: ObjectMeta {
                name: Some("default".to_owned()),
                ..ObjectMeta::default()
            },
            ..ServiceAccount::default()
        };
        accounts
            .create(&PostParams::default(), &account)
            .await
            .unwrap();
        let resource: ApiResource = Kinds::child(ChildKind::Deployment);
        Self {
            api: Api::namespaced(client.clone(), namespace),
            deployments: Api::namespaced_with(client.clone(), namespace, &resource),
        }
    }

    /// Makes the pod that a bot's Deployment asks for.
    pub(crate) async fn make(&self, bot: &str, name: &str, status: Value) {
        let deployment = self
            .deployments
            .get(&format!("{bot}-worker"))
            .await
            .unwrap();
        let mut pod = deployment.data["spec"]["template"].clone();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        pod["metadata"]["name"] = json!(name);
        let pod: Pod = serde_json::from_value(pod).unwrap();
        self.api.create(&PostParams::default(), &pod).await.unwrap();
        self.report(name, status).await;
    }

    /// Says how a pod is.
    pub(crate) async fn report(&self, name: &str, status: Value) {
        self.api
            .patch_status(
                name,
                &PatchParams::default(),
                &Patch::Merge(json!({"status": status})),
            )
            .await
            .unwrap();
    }

    pub(crate) async fn delete(&self, name: &str) {
        let parameters = DeleteParams::default().grace_period(0);
        self.api.delete(name, &parameters).await.unwrap();
    }

    pub(crate) async fn names(&self) -> Vec<String> {
        let list = self.api.list(&ListParams::default()).await.unwrap();
        list.items
            .into_iter()
            .filter_map(|pod| pod.metadata.name)
            .collect()
    }

    /// How a pod is that runs.
    pub(crate) fn running(ip: &str, ready: bool, restarts: u8) -> Value {
        let word = if ready { "True" } else { "False" };
        json!({
            "phase": "Running",
            "podIP": ip,
            "podIPs": [{"ip": ip}],
            "conditions": [{"type": "Ready", "status": word}],
            "containerStatuses": [{
                "name": "worker", "image": "", "imageID": "", "ready": ready, "restartCount": restarts,
                "state": {"running": {}},
            }],
        })
    }

    /// How a pod is whose container does not run.
    pub(crate) fn waiting(reason: &str, restarts: u8) -> Value {
        json!({
            "phase": "Pending",
            "containerStatuses": [{
                "name": "worker", "image": "", "imageID": "", "ready": false, "restartCount": restarts,
                "state": {"waiting": {"reason": reason}},
            }],
        })
    }
}
