//! What the definition is, and is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use aicoin_api::bot::{FIELDS, RuleId};
use aicoin_api::crd;
use aicoin_api::names::condition;
use serde_json::{Value, json};

use crate::judge::SCHEMA;

/// Larger ones cannot be applied by a client that writes them into an annotation, and are slow to read for all others.
const BYTES_MAX: usize = 100_000;

/// Rules that the schema keeps without CEL, or that stand beside the spec.
const WITHOUT_CEL: [RuleId; 3] = [
    RuleId::NameIsDnsLabel,
    RuleId::BotNameLength,
    RuleId::MarketsUnique,
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every schema in a schema with its path, in the notation of [`FIELDS`].
fn all<'a>(schema: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
    found.push((path.to_owned(), schema));
    let below = |name: &str| {
        if path.is_empty() {
            name.to_owned()
        } else {
            format!("{path}.{name}")
        }
    };
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        all(field, &below(name), found);
    }
    if schema["items"].is_object() {
        all(&schema["items"], &format!("{path}[]"), found);
    }
}

fn schemas() -> Vec<(String, &'static Value)> {
    let mut found = Vec::new();
    all(&SCHEMA, "", &mut found);
    found
}

#[test]
fn the_definition_in_crds_is_the_one_of_the_types() {
    let written = fs::read_to_string(root().join("crds/tradingbots.aicoin.dev.yaml")).unwrap();
    assert!(
        written == crd::yaml().unwrap(),
        "crds/tradingbots.aicoin.dev.yaml is stale: run `cargo xtask generate`"
    );
}

#[test]
fn the_definition_is_small() {
    let bytes = crd::yaml().unwrap().len();
    println!("figure: the CRD has {bytes} bytes");
    assert!(bytes < BYTES_MAX, "{bytes}");
}

#[test]
fn the_definition_has_the_fields_of_the_manifest_and_no_other() {
    let defined: BTreeSet<String> = schemas()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.starts_with("spec") && !path.ends_with("[]"))
        .collect();
    let listed: BTreeSet<String> = FIELDS
        .iter()
        .filter(|path| path.starts_with("spec"))
        .map(|path| (*path).to_owned())
        .collect();
    assert_eq!(defined, listed);
}

#[test]
fn only_what_the_contract_fixes_has_a_default() {
    let defaults: BTreeMap<String, &Value> = schemas()
        .into_iter()
        .filter_map(|(path, schema)| schema.get("default").map(|default| (path, default)))
        .collect();
    let (running, paper) = (json!("Running"), json!("Paper"));
    assert_eq!(
        defaults,
        BTreeMap::from([
            ("spec.desiredState".to_owned(), &running),
            ("spec.mode".to_owned(), &paper),
        ])
    );
}

#[test]
fn every_text_and_list_of_the_spec_has_a_greatest_length() {
    for (path, schema) in schemas() {
        if !path.starts_with("spec") {
            continue;
        }
        let bounded = match schema["type"].as_str() {
            Some("string") => schema.get("maxLength").or(schema.get("enum")).is_some(),
            Some("array") => schema.get("maxItems").is_some(),
            Some("object") => {
                schema["additionalProperties"].is_null() || schema.get("maxProperties").is_some()
            }
            Some(_) => true,
            None => schema.get("maxLength").is_some(),
        };
        assert!(bounded, "{path}");
    }
}

#[test]
fn every_rule_of_the_validation_is_in_the_definition_with_a_sentence() {
    let rules = crd::rules();
    let missing: Vec<&RuleId> = RuleId::ALL
        .iter()
        .filter(|rule| !WITHOUT_CEL.contains(rule))
        .filter(|rule| !rules.iter().any(|cel| cel.id == **rule))
        .collect();
    assert_eq!(missing, [] as [&RuleId; 0]);
    let written: usize = schemas()
        .into_iter()
        .filter(|(path, _)| path.starts_with("spec"))
        .map(|(_, schema)| {
            let here = schema["x-kubernetes-validations"].as_array();
            let values = schema["additionalProperties"]["x-kubernetes-validations"].as_array();
            here.map_or(0, Vec::len) + values.map_or(0, Vec::len)
        })
        .sum();
    assert_eq!(written, rules.len(), "a rule of the table has no place");
    for rule in &rules {
        assert!(rule.sentence.len() > 10, "{rule:?}");
        assert!(!rule.sentence.contains('\n'), "{rule:?}");
    }
}

#[test]
fn every_field_and_word_of_the_status_is_documented() {
    let text = fs::read_to_string(root().join("docs/tradingbot.md")).unwrap();
    let mut names: Vec<String> = schemas()
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.starts_with("status.") && !path.contains("[]"))
        .collect();
    let states = &SCHEMA["properties"]["status"]["properties"]["state"]["enum"];
    let states = states.as_array().unwrap().iter();
    names.extend(states.map(|state| state.as_str().unwrap().to_owned()));
    names.extend(condition::ALL.map(str::to_owned));
    let missing: Vec<String> = names
        .into_iter()
        .filter(|name| !text.contains(&format!("| `{name}` |")))
        .collect();
    assert_eq!(missing, [] as [String; 0]);
}

#[test]
fn conditions_are_merged_by_their_type() {
    let conditions = &SCHEMA["properties"]["status"]["properties"]["conditions"];
    assert_eq!(conditions["x-kubernetes-list-type"], "map");
    assert_eq!(conditions["x-kubernetes-list-map-keys"], json!(["type"]));
}

#[test]
fn nothing_in_a_status_is_needed_so_that_a_part_can_be_written() {
    let mut found = Vec::new();
    all(&SCHEMA["properties"]["status"], "status", &mut found);
    let needed: Vec<&str> = found
        .iter()
        .filter(|(_, schema)| schema.get("required").is_some())
        .map(|(path, _)| path.as_str())
        .collect();
    // Kubernetes' own type.
    assert_eq!(needed, ["status.conditions[]"]);
}
