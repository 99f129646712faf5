//! Two judges of one manifest: ours (reading and validation), and what the API server makes of the definition.
//!
//! The second one is kube's CEL engine and the few words of a schema that the definition uses, written down here again.
//! It is quick and not independent; the target `control_plane` of `aicoin-tests` asks a real API server the same things.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use aicoin_api::bot::{TradingBot, Where, validate};
use kube::core::CustomResourceExt;
use kube::core::cel::{CompiledSchema, Validator, compile_schema};
use serde_json::{Map, Value};

/// The schema of the definition.
pub(crate) static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let definition = serde_json::to_value(aicoin_api::crd::TradingBot::crd()).unwrap();
    definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone()
});

thread_local! {
    /// Its rules.
    static RULES: (Validator, CompiledSchema) = (Validator::new(), compile_schema(&SCHEMA));
}

/// What we find wrong.
pub(crate) fn ours(manifest: &str) -> Vec<String> {
    match TradingBot::from_yaml(manifest) {
        Err(error) => vec![error.to_string()],
        Ok(bot) => validate(&bot, Where::Cluster)
            .err()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect(),
    }
}

/// What the API server finds wrong with an object that is new, or that was `old` before.
pub(crate) fn theirs(object: &Value, old: Option<&Value>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut spec = object.clone();
    let frame = spec.as_object_mut().unwrap();
    for name in ["apiVersion", "kind", "metadata"] {
        frame.remove(name);
    }
    check(&SCHEMA, &spec, "", &mut wrong);
    // Like the API server, which looks at no rule of an object of the wrong shape.
    if !wrong.iter().any(|words| words.starts_with("shape: ")) {
        let rules =
            RULES.with(|(validator, compiled)| validator.validate_compiled(compiled, object, old));
        wrong.extend(
            rules
                .err()
                .into_iter()
                .flat_map(kube::core::cel::ValidationErrors::into_vec)
                .map(|error| format!("{}: {}", error.field_path, error.message)),
        );
    }
    wrong
}

fn check(schema: &Value, value: &Value, path: &str, wrong: &mut Vec<String>) {
    let mut shape = |words: &str| wrong.push(format!("shape: {path}: {words}"));
    let is_int_or_text = schema["x-kubernetes-int-or-string"] == true;
    let fits = match schema["type"].as_str() {
        Some("object") => value.is_object(),
        Some("array") => value.is_array(),
        Some("string") => value.is_string(),
        Some("integer") => value.is_i64(),
        Some("boolean") => value.is_boolean(),
        None if is_int_or_text => value.is_i64() || value.is_string(),
        kind => panic!("{path}: a schema of type {kind:?}"),
    };
    if !fits {
        return shape("wrong type");
    }
    if let Some(words) = schema["enum"].as_array()
        && !words.contains(value)
    {
        shape("unsupported value");
    }
    let most = |name: &str| schema[name].as_u64().unwrap_or(u64::MAX);
    match value {
        Value::String(text) => {
            if text.len() as u64 > most("maxLength") {
                shape("too long");
            }
            if let Some(pattern) = schema["pattern"].as_str()
                && !regex::Regex::new(pattern).unwrap().is_match(text)
            {
                wrong.push(format!("{path}: should match {pattern}"));
            }
        }
        Value::Array(list) => {
            if list.len() as u64 > most("maxItems") {
                shape("too many");
            }
            let different: BTreeSet<String> = list.iter().map(Value::to_string).collect();
            if schema["x-kubernetes-list-type"] == "set" && different.len() < list.len() {
                shape("duplicate value");
            }
            for (place, element) in list.iter().enumerate() {
                check(
                    &schema["items"],
                    element,
                    &format!("{path}[{place}]"),
                    wrong,
                );
            }
        }
        Value::Object(fields) => check_fields(schema, fields, path, wrong),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_fields(schema: &Value, fields: &Map<String, Value>, path: &str, wrong: &mut Vec<String>) {
    let mut shape = |words: String| wrong.push(format!("shape: {path}: {words}"));
    for needed in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(needed.as_str().unwrap()) {
            shape(format!("{needed} is required"));
        }
    }
    if fields.len() as u64 > schema["maxProperties"].as_u64().unwrap_or(u64::MAX) {
        shape("too many".to_owned());
    }
    if schema["x-kubernetes-preserve-unknown-fields"] == true {
        return;
    }
    for (name, value) in fields {
        let known = &schema["properties"][name];
        let inner = if known.is_null() {
            &schema["additionalProperties"]
        } else {
            known
        };
        if inner.is_object() {
            check(inner, value, &format!("{path}.{name}"), wrong);
        } else {
            wrong.push(format!("shape: {path}: unknown field {name}"));
        }
    }
}
