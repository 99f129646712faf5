//! The schemas that no derive can write, and the finish that makes derived ones fit for the API server.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value};

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

/// More than any amount, percentage or quantity needs.
const TEXT_CHARS_MAX: u32 = 48;

text_or_whole_number! {
    Dollars: r"^[+-]?[0-9]+(\.[0-9]{1,18})?$",
    Percent: r"^[+-]?[0-9]+(\.[0-9]{1,10})?$",
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
        json_schema!({
            "type": "string",
            "pattern": r"^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
            "minLength": 1,
            "maxLength": TEXT_CHARS_MAX,
        })
    }
}

/// The spec's schema as the API server wants it.
pub(crate) fn finish_spec(schema: &mut Schema) {
    plain(schema);
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
