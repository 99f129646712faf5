//! An object as a watch brings it: read without what nobody here looks at.
//!
//! `managedFields` is half of an object and would be built as a tree only to be dropped; ten thousand Deployments at a start
//! are half a gigabyte of such trees.

use std::borrow::Cow;
use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use kube::Resource;
use kube::api::{ApiResource, DynamicObject, ObjectMeta};
use kube::core::DynamicResourceScope;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// An object without its `managedFields`.
#[derive(Clone, Debug, Deserialize)]
pub struct Watched {
    #[serde(default, deserialize_with = "metadata")]
    metadata: ObjectMeta,
    #[serde(default)]
    spec: Value,
    #[serde(default)]
    status: Value,
    #[serde(default)]
    data: Value,
}

impl From<Watched> for DynamicObject {
    fn from(watched: Watched) -> Self {
        let Watched {
            metadata,
            spec,
            status,
            data,
        } = watched;
        let fields: Map<String, Value> = [("spec", spec), ("status", status), ("data", data)]
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        Self {
            types: None,
            metadata,
            data: Value::Object(fields),
        }
    }
}

impl Resource for Watched {
    type DynamicType = ApiResource;
    type Scope = DynamicResourceScope;

    fn group(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::group(of)
    }

    fn version(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::version(of)
    }

    fn kind(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::kind(of)
    }

    fn api_version(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::api_version(of)
    }

    fn plural(of: &ApiResource) -> Cow<'_, str> {
        DynamicObject::plural(of)
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

/// The part of the metadata that is looked at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Light {
    name: Option<String>,
    namespace: Option<String>,
    uid: Option<String>,
    resource_version: Option<String>,
    generation: Option<i64>,
    labels: Option<BTreeMap<String, String>>,
    annotations: Option<BTreeMap<String, String>>,
    finalizers: Option<Vec<String>>,
    creation_timestamp: Option<Time>,
    deletion_timestamp: Option<Time>,
}

fn metadata<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectMeta, D::Error> {
    let Light {
        name,
        namespace,
        uid,
        resource_version,
        generation,
        labels,
        annotations,
        finalizers,
        creation_timestamp,
        deletion_timestamp,
    } = Light::deserialize(deserializer)?;
    Ok(ObjectMeta {
        name,
        namespace,
        uid,
        resource_version,
        generation,
        labels,
        annotations,
        finalizers,
        creation_timestamp,
        deletion_timestamp,
        ..ObjectMeta::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn everything_that_is_looked_at_is_read_and_managed_fields_are_not() {
        let object = json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {
                "name": "a", "namespace": "b", "uid": "c", "resourceVersion": "4", "generation": 5,
                "labels": {"l": "1"}, "annotations": {"n": "2"}, "finalizers": ["f"],
                "creationTimestamp": "2026-11-25T09:00:00Z", "deletionTimestamp": "2026-11-25T10:00:00Z",
            },
            "spec": {"replicas": 1},
            "status": {"replicas": 1},
            "data": {"k": "v"},
        });
        let whole: DynamicObject = serde_json::from_value(object.clone()).unwrap();
        let mut noisy = object;
        noisy["metadata"]["managedFields"] =
            json!([{"manager": "m", "operation": "Update", "fieldsV1": {"f:spec": {}}}]);
        let watched: Watched = serde_json::from_value(noisy).unwrap();
        let read = DynamicObject::from(watched);
        assert_eq!((read.metadata, read.data), (whole.metadata, whole.data));
    }
}
