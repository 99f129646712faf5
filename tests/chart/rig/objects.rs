//! Rendered objects.

use serde::Deserialize as _;
use serde_json::Value;

/// A Kubernetes object.
pub(crate) type Object = Value;

/// The documents of a YAML file.
pub(crate) fn parse(text: &str) -> Vec<Object> {
    serde_yaml::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap())
        .filter(|object| !object.is_null())
        .collect()
}

/// Those of a kind.
pub(crate) fn of_kind<'a>(
    objects: &'a [Object],
    kind: &'a str,
) -> impl Iterator<Item = &'a Object> {
    objects.iter().filter(move |object| object["kind"] == kind)
}

/// `Kind namespace/name`.
pub(crate) fn title(object: &Object) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    format!(
        "{} {}/{}",
        text(&object["kind"]),
        text(&object["metadata"]["namespace"]),
        text(&object["metadata"]["name"])
    )
}

/// The pod specs in an object: its own, or its template's.
pub(crate) fn pod_spec(object: &Object) -> Option<&Value> {
    match object["kind"].as_str()? {
        "Pod" => Some(&object["spec"]),
        "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => {
            Some(&object["spec"]["template"]["spec"])
        }
        _ => None,
    }
}

/// Whatever has this key, anywhere in an object, with its path.
pub(crate) fn everywhere(value: &Value, key: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    walk(value, "", &mut |path, name, inner| {
        if name == key {
            found.push((path.to_owned(), inner.clone()));
        }
    });
    found
}

fn walk(value: &Value, path: &str, see: &mut impl FnMut(&str, &str, &Value)) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let path = format!("{path}.{name}");
                see(&path, name, inner);
                walk(inner, &path, see);
            }
        }
        Value::Array(list) => {
            for (index, inner) in list.iter().enumerate() {
                walk(inner, &format!("{path}[{index}]"), see);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
