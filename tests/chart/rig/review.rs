//! Questions to the API server about the operator's rights.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The API server's answers to these rows of can-i.tsv about the operator that is installed in a namespace; about bots in
/// another namespace than the row's, if there is one.
///
/// It is what `kubectl auth can-i` asks, with all questions in one call.
pub(crate) fn answers(
    mut kubectl: Command,
    installed_in: &str,
    rows: &[[String; 6]],
    namespace: Option<&str>,
) -> Vec<bool> {
    let reviews: Vec<Value> = rows
        .iter()
        .map(|row| review(installed_in, row, namespace))
        .collect();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": reviews});
    let mut child = kubectl
        .args(["create", "-f", "-", "-o", "json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let text = list.to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", super::words(&output));
    serde_json::Deserializer::from_slice(&output.stdout)
        .into_iter::<Value>()
        .flat_map(|object| {
            let object = object.unwrap();
            match object["items"].as_array() {
                Some(items) => items.clone(),
                None => vec![object],
            }
        })
        .map(|review| review["status"]["allowed"].as_bool().unwrap())
        .collect()
}

fn review(installed_in: &str, row: &[String; 6], namespace: Option<&str>) -> Value {
    let [verb, resource, subresource, name, asked, _] = row;
    let (resource, group) = resource.split_once('.').unwrap_or((resource, ""));
    let given = |text: &str| {
        if text == "-" {
            String::new()
        } else {
            text.to_owned()
        }
    };
    json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": format!("system:serviceaccount:{installed_in}:aicoin-operator"),
            // The API server puts every such account in these.
            "groups": [
                "system:serviceaccounts",
                format!("system:serviceaccounts:{installed_in}"),
                "system:authenticated",
            ],
            "resourceAttributes": {
                "verb": verb,
                "group": group,
                "resource": resource,
                "subresource": given(subresource),
                "name": given(name),
                "namespace": namespace.map_or_else(|| given(asked), str::to_owned),
            },
        },
    })
}
