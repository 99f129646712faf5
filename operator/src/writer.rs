//! Every write to the API server: through the gate, counted, with a time limit, over the copy it was computed from.

use std::sync::Arc;
use std::time::Duration;

use aicoin_api::names::MANAGER;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ObjectMeta, Patch, PatchParams, PostParams,
    Preconditions, PropagationPolicy,
};
use kube::core::{Request, Status};
use kube::{Client, Resource};
use serde_json::{Value, json};

use crate::lead::{Gate, NotLeader};
use crate::metrics::Metrics;
use crate::world::{Child, ChildKind};

/// No call takes longer; what was asked may still be done, and the next pass looks.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// The answer to a write: who it is, and no more.
const METADATA_ONLY: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// An answer of which the metadata is read.
#[derive(serde::Deserialize)]
struct Answer {
    metadata: ObjectMeta,
}

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// This replica does not lead.
    #[error(transparent)]
    NotLeader(#[from] NotLeader),
    /// No answer in time.
    #[error("the API server did not answer within {} s", CALL_TIMEOUT.as_secs())]
    Timeout,
    /// The object changed meanwhile.
    #[error("the object changed meanwhile")]
    Conflict,
    /// It is there already.
    #[error("it exists already")]
    Exists,
    /// It is not there.
    #[error("it does not exist")]
    NotFound,
    /// The API server refuses it; its sentence.
    #[error("the API server refuses it: {0}")]
    Refused(String),
    /// Something else has the name; what it is.
    #[error("{0} is not of the operator")]
    Taken(String),
    /// The namespace is being deleted: nothing can be made in it any more.
    #[error("the namespace is being deleted")]
    NamespaceEnds,
    /// Anything else.
    #[error("the call failed: {0}")]
    Failed(String),
}

impl WriteError {
    /// The kind, for metrics.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::NotLeader(_) => "not_leader",
            Self::Timeout => "timeout",
            Self::Conflict => "conflict",
            Self::Exists => "exists",
            Self::NotFound => "not_found",
            Self::Refused(_) => "refused",
            Self::Taken(_) => "taken",
            Self::NamespaceEnds => "namespace_ends",
            Self::Failed(_) => "failed",
        }
    }

    /// It is told in the status, and tried again more and more slowly.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Taken(_))
    }

    /// Somebody else changed the object, or this replica does not lead: not a failure, look again soon.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Conflict | Self::Exists | Self::NotFound | Self::NotLeader(_)
        )
    }
}

impl From<kube::Error> for WriteError {
    fn from(error: kube::Error) -> Self {
        if let kube::Error::Api(status) = &error {
            return from_status(status);
        }
        Self::Failed(error.to_string())
    }
}

fn from_status(status: &Status) -> WriteError {
    match status.code {
        409 if status.reason == "AlreadyExists" => WriteError::Exists,
        409 => WriteError::Conflict,
        404 => WriteError::NotFound,
        403 if status.message.contains("because it is being terminated") => {
            WriteError::NamespaceEnds
        }
        // Asked again, it will be taken.
        408 | 425 | 429 => WriteError::Failed(status.message.clone()),
        400..=499 => WriteError::Refused(status.message.clone()),
        _ => WriteError::Failed(status.message.clone()),
    }
}

/// Writes to the API server.
#[derive(Clone)]
pub struct Writer {
    client: Client,
    gate: Arc<Gate>,
    metrics: Arc<Metrics>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

/// The kinds of objects that the operator knows, as the API server names them.
#[derive(Clone, Copy, Debug)]
pub struct Kinds;

impl Kinds {
    /// The TradingBot.
    #[must_use]
    pub fn bot() -> ApiResource {
        resource("aicoin.dev", "v1alpha1", "TradingBot", "tradingbots")
    }

    /// A child.
    #[must_use]
    pub fn child(kind: ChildKind) -> ApiResource {
        match kind {
            ChildKind::ConfigMap => resource("", "v1", "ConfigMap", "configmaps"),
            ChildKind::Service => resource("", "v1", "Service", "services"),
            ChildKind::NetworkPolicy => resource(
                "networking.k8s.io",
                "v1",
                "NetworkPolicy",
                "networkpolicies",
            ),
            ChildKind::Claim => {
                resource("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims")
            }
            ChildKind::Deployment => resource("apps", "v1", "Deployment", "deployments"),
        }
    }

    /// A pod.
    #[must_use]
    pub fn pod() -> ApiResource {
        resource("", "v1", "Pod", "pods")
    }

    /// An Event.
    #[must_use]
    pub fn event() -> ApiResource {
        resource("events.k8s.io", "v1", "Event", "events")
    }
}

fn resource(group: &str, version: &str, kind: &str, plural: &str) -> ApiResource {
    ApiResource {
        group: group.to_owned(),
        version: version.to_owned(),
        api_version: if group.is_empty() {
            version.to_owned()
        } else {
            format!("{group}/{version}")
        },
        kind: kind.to_owned(),
        plural: plural.to_owned(),
    }
}

impl Writer {
    /// Writes with this client, while the gate is open.
    #[must_use]
    pub fn new(client: Client, gate: Arc<Gate>, metrics: Arc<Metrics>) -> Self {
        Self {
            client,
            gate,
            metrics,
        }
    }

    /// Whether a write may start now.
    ///
    /// # Errors
    /// When this replica does not lead.
    pub fn check(&self) -> Result<(), NotLeader> {
        self.gate.check()
    }

    fn api(&self, namespace: &str, resource: &ApiResource) -> Api<DynamicObject> {
        Api::namespaced_with(self.client.clone(), namespace, resource)
    }

    async fn call<T>(
        &self,
        verb: &str,
        resource: &ApiResource,
        call: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, WriteError> {
        // Right before it: nothing is awaited between this and the sending.
        self.gate.check()?;
        self.metrics.write(verb, &resource.plural);
        match tokio::time::timeout(CALL_TIMEOUT, call).await {
            Ok(result) => result.map_err(WriteError::from),
            Err(_) => Err(WriteError::Timeout),
        }
    }

    /// Sends a write whose answer is the metadata alone: writing whole objects back costs the API server, and reading them
    /// costs us, and we know what is in them.
    async fn send(
        &self,
        verb: &str,
        resource: &ApiResource,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<ObjectMeta, WriteError> {
        let mut request = request.map_err(|error| WriteError::Failed(error.to_string()))?;
        request.headers_mut().insert(
            http::header::ACCEPT,
            http::HeaderValue::from_static(METADATA_ONLY),
        );
        let answer: Answer = self
            .call(verb, resource, self.client.request(request))
            .await?;
        Ok(answer.metadata)
    }

    /// Makes an object that is not there.
    ///
    /// # Errors
    /// [`WriteError::Exists`] when it is there.
    pub async fn create(
        &self,
        namespace: &str,
        resource: &ApiResource,
        body: &Value,
    ) -> Result<ObjectMeta, WriteError> {
        let body =
            serde_json::to_vec(body).map_err(|error| WriteError::Failed(error.to_string()))?;
        let parameters = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            dry_run: false,
        };
        let request = Request::new(DynamicObject::url_path(resource, Some(namespace)));
        self.send("create", resource, request.create(&parameters, body))
            .await
    }

    /// Makes a child what it should be, by server-side apply over the copy that is known.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when it changed meanwhile.
    pub async fn apply(&self, child: &Child, body: &Value) -> Result<DynamicObject, WriteError> {
        let resource = Kinds::child(child.kind);
        let resource_version = self.own(child, &resource).await?;
        let mut body = body.clone();
        if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".to_owned(), json!(resource_version));
            metadata.insert("uid".to_owned(), json!(&*child.uid));
        }
        let parameters = PatchParams::apply(MANAGER).force();
        let api = self.api(&child.namespace, &resource);
        let patch = Patch::Apply(&body);
        self.call(
            "apply",
            &resource,
            api.patch(&child.name, &parameters, &patch),
        )
        .await
    }

    /// A child that was made by a plain create belongs to the manager of that create. Taken over before the first apply,
    /// because otherwise a field that is not asked for any more would stay. The version to write over.
    async fn own(&self, child: &Child, resource: &ApiResource) -> Result<String, WriteError> {
        let api = self.api(&child.namespace, resource);
        let object = match tokio::time::timeout(CALL_TIMEOUT, api.get(&child.name)).await {
            Ok(result) => result?,
            Err(_) => return Err(WriteError::Timeout),
        };
        let resource_version = object.metadata.resource_version.clone().unwrap_or_default();
        if object.metadata.uid.as_deref() != Some(&*child.uid)
            || resource_version != child.resource_version
        {
            return Err(WriteError::Conflict);
        }
        let mut fields = object.metadata.managed_fields.unwrap_or_default();
        let is_ours =
            |entry: &k8s_openapi::apimachinery::pkg::apis::meta::v1::ManagedFieldsEntry| {
                entry.manager.as_deref() == Some(MANAGER) && entry.subresource.is_none()
            };
        let has_applied = fields
            .iter()
            .any(|entry| is_ours(entry) && entry.operation.as_deref() == Some("Apply"));
        let mut changed = false;
        fields.retain_mut(|entry| {
            if !is_ours(entry) || entry.operation.as_deref() != Some("Update") {
                return true;
            }
            changed = true;
            entry.operation = Some("Apply".to_owned());
            !has_applied
        });
        if !changed {
            return Ok(resource_version);
        }
        let patch =
            json!({"metadata": {"resourceVersion": resource_version, "managedFields": fields}});
        let parameters = PatchParams::default();
        let patch = Patch::Merge(&patch);
        let owned = self
            .call(
                "patch",
                resource,
                api.patch(&child.name, &parameters, &patch),
            )
            .await?;
        Ok(owned.metadata.resource_version.unwrap_or_default())
    }

    /// Merges a patch into an object. The patch names the version that it was computed from.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when it changed meanwhile.
    pub async fn patch(
        &self,
        namespace: &str,
        resource: &ApiResource,
        name: &str,
        patch: &Value,
    ) -> Result<DynamicObject, WriteError> {
        let parameters = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let api = self.api(namespace, resource);
        let patch = Patch::Merge(patch);
        self.call("patch", resource, api.patch(name, &parameters, &patch))
            .await
    }

    /// Merges a patch into a bot's metadata. The patch names the version that it was computed from.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when it changed meanwhile.
    pub async fn patch_bot(
        &self,
        namespace: &str,
        name: &str,
        patch: &Value,
    ) -> Result<ObjectMeta, WriteError> {
        let resource = Kinds::bot();
        let parameters = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let request = Request::new(DynamicObject::url_path(&resource, Some(namespace)));
        let request = request.patch(name, &parameters, &Patch::Merge(patch));
        self.send("patch", &resource, request).await
    }

    /// Puts a bot's status in place of the one of the copy that the body names. A put costs the API server less than a
    /// patch: it has nothing to merge.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when it changed meanwhile.
    pub async fn put_status(
        &self,
        namespace: &str,
        name: &str,
        body: &Value,
    ) -> Result<ObjectMeta, WriteError> {
        let resource = Kinds::bot();
        let body =
            serde_json::to_vec(body).map_err(|error| WriteError::Failed(error.to_string()))?;
        let parameters = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            dry_run: false,
        };
        let request = Request::new(DynamicObject::url_path(&resource, Some(namespace)));
        let request = request.replace_subresource("status", name, &parameters, body);
        self.send("update_status", &resource, request).await
    }

    /// Deletes exactly this copy of a child.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when it changed meanwhile; [`WriteError::NotFound`] when it is gone.
    pub async fn delete(&self, child: &Child) -> Result<(), WriteError> {
        let resource = Kinds::child(child.kind);
        let parameters = DeleteParams {
            preconditions: Some(Preconditions {
                resource_version: Some(child.resource_version.clone()),
                uid: Some(child.uid.to_string()),
            }),
            propagation_policy: Some(PropagationPolicy::Background),
            ..DeleteParams::default()
        };
        let api = self.api(&child.namespace, &resource);
        self.call("delete", &resource, api.delete(&child.name, &parameters))
            .await
            .map(drop)
    }

    /// Deletes exactly this version of the ConfigMap of keys.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when it changed meanwhile; [`WriteError::NotFound`] when it is gone.
    pub async fn delete_key_map(
        &self,
        namespace: &str,
        name: &str,
        resource_version: &str,
    ) -> Result<(), WriteError> {
        let resource = Kinds::child(ChildKind::ConfigMap);
        let parameters = DeleteParams {
            preconditions: Some(Preconditions {
                resource_version: Some(resource_version.to_owned()),
                uid: None,
            }),
            ..DeleteParams::default()
        };
        let api = self.api(namespace, &resource);
        self.call("delete", &resource, api.delete(name, &parameters))
            .await
            .map(drop)
    }

    /// Whether a namespace is being deleted, or gone.
    ///
    /// # Errors
    /// When the API server does not say.
    pub async fn namespace_ends(&self, namespace: &str) -> Result<bool, WriteError> {
        use k8s_openapi::api::core::v1::Namespace;
        let api: Api<Namespace> = Api::all(self.client.clone());
        let found = match tokio::time::timeout(CALL_TIMEOUT, api.get_opt(namespace)).await {
            Ok(found) => found?,
            Err(_) => return Err(WriteError::Timeout),
        };
        Ok(found.is_none_or(|namespace| namespace.metadata.deletion_timestamp.is_some()))
    }

    /// One object, as it is now; `None` when it is not there.
    ///
    /// # Errors
    /// When the API server does not say.
    pub async fn get(
        &self,
        namespace: &str,
        resource: &ApiResource,
        name: &str,
    ) -> Result<Option<DynamicObject>, WriteError> {
        let api = self.api(namespace, resource);
        match tokio::time::timeout(CALL_TIMEOUT, api.get_opt(name)).await {
            Ok(found) => Ok(found?),
            Err(_) => Err(WriteError::Timeout),
        }
    }
}
