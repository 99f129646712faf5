//! The schemas that no derive can write, and the finish that makes derived ones fit for the API server.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::rules;
use crate::bot::number::TEXT_CHARS_MAX;
use crate::bot::validate::limits;
use crate::bot::{Dollars, Percent, Quantity, Span};

/// [`aicoin_domain::Desired`], which knows nothing of schemas.
pub(crate) fn desired(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ["Running", "Paused", "CloseAll", "Stopped"]})
}

/// [`aicoin_domain::Hold`].
pub(crate) fn hold(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "enum": ["None", "Paused", "CloseAll"]})
}

/// Fields of Kubernetes that are handed on as they are.
pub(crate) fn open(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

/// A text that people also write as a bare whole number. Kubernetes knows no "text or number with a fraction".
macro_rules! text_or_whole_number {
    ($($name:ident: $pattern:expr,)*) => {
        $(impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "x-kubernetes-int-or-string": true,
                    // kube would add `true` to fields that may be left out, and the parser reads no null.
                    "nullable": false,
                    "pattern": $pattern,
                    "maxLength": TEXT_CHARS_MAX,
                })
            }
        })*
    };
}

text_or_whole_number! {
    Dollars: r"^[+-]?([0-9]+\.?|[0-9]*\.[0-9]{1,18}0*)$",
    Percent: r"^[+-]?([0-9]+\.?|[0-9]*\.[0-9]{1,10}0*)$",
    Quantity: r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$",
}

impl JsonSchema for Span {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        // What it must look like is part of the rule that holds its range.
        json_schema!({"type": "string", "maxLength": TEXT_CHARS_MAX})
    }
}

/// The spec's schema as the API server wants it.
pub(crate) fn finish_spec(schema: &mut Schema) {
    plain(schema);
    let Some(spec) = schema.as_object_mut() else {
        return;
    };
    // The limit of a number stands in its rule, with a sentence.
    each_field(spec, &mut |field| {
        field.remove("minimum");
    });
    for (path, name, value) in additions() {
        if let Some(field) = find(spec, path) {
            field.insert(name.to_owned(), value);
        }
    }
    for rule in rules::all() {
        if let Some(field) = find(spec, rule.at)
            && let Some(list) = field
                .entry("x-kubernetes-validations")
                .or_insert_with(|| Value::Array(Vec::new()))
                .as_array_mut()
        {
            list.push(rule.to_json());
        }
    }
}

/// What types do not say: the greatest lengths, that markets are a set, and the only two defaults. Those are in the
/// contract, so they can stand in the columns of `kubectl get`.
pub(crate) fn additions() -> Vec<(&'static str, &'static str, Value)> {
    let mut additions = vec![
        ("desiredState", "default", json!("Running")),
        ("mode", "default", json!("Paper")),
        ("markets", "x-kubernetes-list-type", json!("set")),
        ("markets", "maxItems", json!(limits::MARKETS.most)),
        (
            "worker.tolerations",
            "maxItems",
            json!(limits::POD_ENTRIES_MAX),
        ),
    ];
    for path in [
        "worker.nodeSelector",
        "worker.resources.requests",
        "worker.resources.limits",
    ] {
        additions.push((path, "maxProperties", json!(limits::POD_ENTRIES_MAX)));
    }
    for (path, most) in [
        ("markets[]", limits::MARKET_CHARS_MAX),
        // A private key in the wrong place gets the rule's sentence.
        ("exchange.hyperliquid.accountAddress", 128),
        ("exchange.hyperliquid.baseUrl", limits::BASE_URL_CHARS_MAX),
        ("decision.ai.baseUrl", limits::BASE_URL_CHARS_MAX),
        ("decision.ai.model", limits::MODEL_CHARS_MAX),
        (
            "storage.sqlite.storageClassName",
            limits::DNS_SUBDOMAIN_CHARS_MAX,
        ),
        ("worker.image", limits::IMAGE_CHARS_MAX),
        ("worker.nodeSelector{}", limits::LABEL_VALUE_CHARS_MAX),
        ("worker.tolerations[].key", limits::LABEL_KEY_CHARS_MAX),
        ("worker.tolerations[].value", limits::LABEL_VALUE_CHARS_MAX),
    ] {
        additions.push((path, "maxLength", json!(most)));
    }
    for path in [
        "exchange.hyperliquid.agentKeySecretRef.name",
        "exchange.hyperliquid.agentKeySecretRef.key",
        "decision.ai.apiKeySecretRef.name",
        "decision.ai.apiKeySecretRef.key",
        "decision.ai.promptConfigMapRef.name",
        "decision.ai.promptConfigMapRef.key",
        "storage.postgres.urlSecretRef.name",
        "storage.postgres.urlSecretRef.key",
        "storage.postgres.migrateUrlSecretRef.name",
        "storage.postgres.migrateUrlSecretRef.key",
        "cache.redis.urlSecretRef.name",
        "cache.redis.urlSecretRef.key",
    ] {
        additions.push((path, "maxLength", json!(limits::DNS_SUBDOMAIN_CHARS_MAX)));
    }
    additions
}

/// The schema of a field by its path: `markets[]` is an element, `nodeSelector{}` a value.
pub(crate) fn find<'a>(
    schema: &'a mut Map<String, Value>,
    path: &str,
) -> Option<&'a mut Map<String, Value>> {
    let mut at = schema;
    for part in path.split('.').filter(|part| !part.is_empty()) {
        let (name, inner) = if let Some(name) = part.strip_suffix("[]") {
            (name, Some("items"))
        } else if let Some(name) = part.strip_suffix("{}") {
            (name, Some("additionalProperties"))
        } else {
            (part, None)
        };
        at = at.get_mut("properties")?.get_mut(name)?.as_object_mut()?;
        if let Some(inner) = inner {
            at = at.get_mut(inner)?.as_object_mut()?;
        }
    }
    Some(at)
}

fn each_field(schema: &mut Map<String, Value>, act: &mut impl FnMut(&mut Map<String, Value>)) {
    act(schema);
    for name in ["properties", "items", "additionalProperties"] {
        let Some(inner) = schema.get_mut(name).and_then(Value::as_object_mut) else {
            continue;
        };
        if name == "properties" {
            for field in inner.values_mut().filter_map(Value::as_object_mut) {
                each_field(field, act);
            }
        } else {
            each_field(inner, act);
        }
    }
}

/// The status' schema as the API server wants it.
pub(crate) fn finish_status(schema: &mut Schema) {
    plain(schema);
}

fn plain(schema: &mut Schema) {
    if let Some(object) = schema.as_object_mut() {
        plain_object(object);
    }
}

/// Takes out what Rust's types bring along and the API server would act on or stumble over:
/// defaults (they would be written into objects), `null` beside a type (the API server drops it by itself), formats that
/// only Rust has, and links in descriptions.
fn plain_object(object: &mut Map<String, Value>) {
    object.remove("default");
    let foreign = |format: &Value| format.as_str().is_some_and(|name| name.starts_with("uint"));
    if object.get("format").is_some_and(foreign) {
        object.remove("format");
    }
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            object.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            object.remove("anyOf");
            for (name, value) in only {
                object.entry(name).or_insert(value);
            }
        }
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = text.replace("[`", "`").replace("`]", "`");
    }
    for (name, value) in object.iter_mut() {
        match value {
            Value::Object(inner) if name == "properties" => {
                for property in inner.values_mut().filter_map(Value::as_object_mut) {
                    plain_object(property);
                }
            }
            Value::Object(inner) => plain_object(inner),
            Value::Array(list) => list
                .iter_mut()
                .filter_map(Value::as_object_mut)
                .for_each(plain_object),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
}
