//! A fresh etcd and kube-apiserver, with the bots' resource in it and a user for the contender.

use std::time::{Duration, Instant};

use aicoin_testbed::Component;
use aicoin_testbed::control_plane::{ControlPlane, Options};
use serde_json::json;

use crate::api::Api;
use crate::audit::{self, Audit};
use crate::bots;
use crate::plan::Plan;
use crate::{Result, process};

/// Who the contender is: a service account as far as the API server's fair queuing is concerned.
pub const USER: &str = "system:serviceaccount:aicoin-system:aicoin-operator";
const GROUP: &str = "system:serviceaccounts";
/// How long the resource may take to be served.
const SERVED_LIMIT: Duration = Duration::from_secs(60);

/// It runs until it is dropped.
#[derive(Debug)]
pub struct Plane {
    plane: ControlPlane,
    /// The administrator's.
    pub api: Api,
    /// The contender's.
    pub kubeconfig: String,
    /// The writes.
    pub audit: Audit,
}

impl Plane {
    /// Starts it.
    pub async fn start(plan: &Plan) -> Result<Self> {
        let options = Options {
            apiserver_args: audit::arguments(&plan.folder)?,
            ..Options::default()
        };
        let plane = tokio::task::spawn_blocking(move || ControlPlane::start(&options))
            .await
            .map_err(|error| format!("A task failed: {error}."))?
            .map_err(|error| error.to_string())?;
        let read = |path: &std::path::Path| {
            std::fs::read(path)
                .map_err(|error| format!("{} cannot be read: {error}.", path.display()))
        };
        let pki = plane.pki();
        let mut identity = read(&pki.admin_cert)?;
        identity.push(b'\n');
        identity.extend(read(&pki.admin_key)?);
        let api = Api::new(plane.url(), &read(&pki.ca_cert)?, &identity)?;
        let kubeconfig = plane
            .kubeconfig_for(USER, Some(GROUP))
            .map_err(|error| error.to_string())?
            .display()
            .to_string();
        let audit = Audit::open(&plan.folder, USER)?;
        let started = Self {
            plane,
            api,
            kubeconfig,
            audit,
        };
        started.furnish(plan).await?;
        Ok(started)
    }

    async fn furnish(&self, plan: &Plan) -> Result<()> {
        for namespace in [bots::NAMESPACE, "aicoin-system"] {
            let object =
                json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            self.api.create("/api/v1/namespaces", &object).await?;
        }
        let binding = json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": "contender"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": USER}],
        });
        self.api
            .create(
                "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                &binding,
            )
            .await?;
        let crd = std::fs::read_to_string(&plan.crd)
            .map_err(|error| format!("{} cannot be read: {error}.", plan.crd.display()))?;
        self.api
            .post(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
                "application/yaml",
                crd,
            )
            .await?;
        let deadline = Instant::now() + SERVED_LIMIT;
        while let Err(error) = self.api.get(bots::COLLECTION).await {
            if Instant::now() > deadline {
                return Err(format!("TradingBots are not served: {error}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Processor time of the API server and of etcd so far, s.
    pub fn cpu_s(&self) -> Result<(f64, f64)> {
        let of = |component: Component| {
            let pid = self
                .plane
                .pid(component)
                .ok_or("The control plane has ended.")?;
            process::cpu_s(pid)
        };
        Ok((of(Component::Apiserver)?, of(Component::Etcd)?))
    }

    /// The log against the API server's own counter: both numbers of writes by everybody since it started.
    pub async fn cross_check(&mut self) -> Result<(u64, u64)> {
        let metrics = self.api.text("/metrics").await?;
        Ok((self.audit.everybody()?, audit::counter(&metrics)))
    }
}
