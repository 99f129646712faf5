//! What in the chart is made from something else: its version, its values with schema and table, its copy of the CRD.
//!
//! Never: writes a file. `generate` writes what comes from here, or compares it.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use schemars::transform::{RecursiveTransform, Transform as _};
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value as Json};
use serde_yaml::{Mapping, Value as Yaml};

use super::Files;
use super::values::Values;
use crate::workspace::Workspace;

/// Where the chart is.
const CHART: &str = "charts/aicoin";
/// Where the CRD is, which is made before this.
const CRD: &str = "crds/tradingbots.aicoin.dev.yaml";
/// `helm uninstall`, a template that is switched off, and Argo CD leave it alone: with the CRD go all bots.
const KEEP: &str = "  annotations:\n    helm.sh/resource-policy: keep\n    \
                    argocd.argoproj.io/sync-options: Prune=false,Delete=false\n";
/// The table of values in the README stands between these.
const TABLE: (&str, &str) = (
    "<!-- The table is made by `cargo xtask generate` from xtask/src/generate/values.rs. -->\n",
    "<!-- The end of the table. -->\n",
);
/// How wide a comment in values.yaml is at most.
const COMMENT_WIDTH_MAX: usize = 118;

/// The chart's copy of the CRD: a chart cannot read what is outside its folder.
pub(super) fn crd(workspace: &Workspace) -> Result<Files, String> {
    Ok(vec![(
        "charts/aicoin/files/crd.yaml",
        kept(&read(workspace, CRD)?)?,
    )])
}

/// The values with their schema and table, and the version. `Err` is a sentence.
pub(super) fn values(workspace: &Workspace) -> Result<Files, String> {
    let schema = schema()?;
    let values = serde_yaml::to_value(Values::default())
        .map_err(|error| format!("The chart's values: {error}."))?;
    let values = values
        .as_mapping()
        .ok_or("The chart's values are no mapping.")?;
    let root = schema
        .as_object()
        .ok_or("The schema of the chart's values is no object.")?;

    let mut text = String::from(
        "# Values of the chart aicoin. Made by `cargo xtask generate` from xtask/src/generate/values.rs.\n",
    );
    write_values(&mut text, values, root, 0)?;
    let mut rows = String::from("| value | default | meaning |\n|---|---|---|\n");
    write_rows(&mut rows, values, root, "")?;
    let json = serde_json::to_string_pretty(&schema)
        .map_err(|error| format!("The schema of the chart's values: {error}."))?;

    Ok(vec![
        (
            "charts/aicoin/Chart.yaml",
            with_version(&read(workspace, &format!("{CHART}/Chart.yaml"))?)?,
        ),
        ("charts/aicoin/values.yaml", text),
        ("charts/aicoin/values.schema.json", json + "\n"),
        (
            "charts/aicoin/README.md",
            with_table(&read(workspace, &format!("{CHART}/README.md"))?, &rows)?,
        ),
    ])
}

fn read(workspace: &Workspace, path: &str) -> Result<String, String> {
    std::fs::read_to_string(workspace.root.join(path))
        .map_err(|error| format!("{path} cannot be read: {error}."))
}

/// The schema, in the draft that every Helm 3 and 4 understands, without references, so that a message names a value.
fn schema() -> Result<Json, String> {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    let mut schema = SchemaGenerator::new(settings).into_root_schema_for::<Values>();
    RecursiveTransform(tidy).transform(&mut schema);
    schema.insert("title".to_owned(), "Values of the chart aicoin".into());
    serde_json::to_value(schema)
        .map_err(|error| format!("The schema of the chart's values: {error}."))
}

/// Rust's own formats and line breaks mean nothing to Helm.
fn tidy(schema: &mut Schema) {
    schema.remove("format");
    schema.remove("title");
    let words = schema
        .get("description")
        .and_then(Json::as_str)
        .map(on_one_line);
    match words {
        Some(words) if words.is_empty() => {
            schema.remove("description");
        }
        Some(words) => {
            schema.insert("description".to_owned(), words.into());
        }
        None => {}
    }
}

fn on_one_line(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The properties of an object in the schema.
fn property<'a>(schema: &'a Map<String, Json>, name: &str) -> Option<&'a Map<String, Json>> {
    schema.get("properties")?.get(name)?.as_object()
}

fn description(schema: Option<&Map<String, Json>>) -> &str {
    schema
        .and_then(|schema| schema.get("description"))
        .and_then(Json::as_str)
        .unwrap_or_default()
}

/// The values as YAML, each under what it means.
fn write_values(
    text: &mut String,
    values: &Mapping,
    schema: &Map<String, Json>,
    depth: usize,
) -> Result<(), String> {
    let indent = "  ".repeat(depth);
    for (key, value) in values {
        let key = key.as_str().unwrap_or_default();
        let property = property(schema, key);
        if depth == 0 {
            text.push('\n');
        }
        for line in wrapped(description(property), COMMENT_WIDTH_MAX - indent.len()) {
            writeln!(text, "{indent}# {line}").map_err(|error| error.to_string())?;
        }
        match value.as_mapping().filter(|inner| !inner.is_empty()) {
            Some(inner) => {
                writeln!(text, "{indent}{key}:").map_err(|error| error.to_string())?;
                let none = Map::new();
                write_values(text, inner, property.unwrap_or(&none), depth + 1)?;
            }
            None => {
                writeln!(text, "{indent}{key}: {}", literal(value)?)
                    .map_err(|error| error.to_string())?;
            }
        }
    }
    Ok(())
}

/// The values as rows of a table, by their whole name.
fn write_rows(
    rows: &mut String,
    values: &Mapping,
    schema: &Map<String, Json>,
    prefix: &str,
) -> Result<(), String> {
    for (key, value) in values {
        let name = format!("{prefix}{}", key.as_str().unwrap_or_default());
        let property = property(schema, key.as_str().unwrap_or_default());
        let inner = value.as_mapping().filter(|inner| !inner.is_empty());
        let named = property.filter(|property| property.contains_key("properties"));
        match (inner, named) {
            (Some(inner), Some(property)) => {
                write_rows(rows, inner, property, &format!("{name}."))?;
            }
            _ => writeln!(
                rows,
                "| `{name}` | `{}` | {} |",
                literal(value)?,
                description(property)
            )
            .map_err(|error| error.to_string())?,
        }
    }
    Ok(())
}

/// A value on one line. JSON is YAML.
fn literal(value: &Yaml) -> Result<String, String> {
    let json: Json = serde_json::to_value(value).map_err(|error| error.to_string())?;
    if let Json::String(text) = &json {
        return Ok(if is_plain(text) {
            text.clone()
        } else {
            json.to_string()
        });
    }
    // One line of JSON, with room to breathe.
    Ok(json.to_string().replace(',', ", ").replace("\":", "\": "))
}

/// Whether YAML reads it as text without quotes.
fn is_plain(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|letter| letter.is_ascii_alphanumeric())
}

fn wrapped(words: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in words.split_whitespace() {
        if !line.is_empty() && line.len() + 1 + word.len() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Chart.yaml with the workspace's version.
fn with_version(chart: &str) -> Result<String, String> {
    let mut found = 0;
    let lines: Vec<String> = chart
        .lines()
        .map(|line| {
            for name in ["version", "appVersion"] {
                if line.split_once(": ").is_some_and(|(key, _)| key == name) {
                    found += 1;
                    return format!("{name}: {}", env!("CARGO_PKG_VERSION"));
                }
            }
            line.to_owned()
        })
        .collect();
    if found != 2 {
        return Err(format!(
            "{CHART}/Chart.yaml must have a version and an appVersion."
        ));
    }
    Ok(lines.join("\n") + "\n")
}

/// The README with this table.
fn with_table(readme: &str, rows: &str) -> Result<String, String> {
    let missing = || format!("{CHART}/README.md has lost the marks around its table of values.");
    let (before, rest) = readme.split_once(TABLE.0).ok_or_else(missing)?;
    let (_, after) = rest.split_once(TABLE.1).ok_or_else(missing)?;
    Ok(format!("{before}{}{rows}{}{after}", TABLE.0, TABLE.1))
}

/// The CRD with the annotation that keeps it. The text is not read as YAML: what is not touched stays as it is.
fn kept(crd: &str) -> Result<String, String> {
    let metadata = "\nmetadata:\n";
    match crd.split_once(metadata) {
        Some((before, after)) if !after.starts_with("  annotations:") => {
            Ok(format!("{before}{metadata}{KEEP}{after}"))
        }
        _ => Err(format!(
            "{CRD} must have a `metadata:` without annotations, into which the chart's are put."
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crd_is_copied_letter_by_letter_but_for_the_annotations() {
        let crd = "# made\nkind: CustomResourceDefinition\nmetadata:\n  name: x\nspec:\n  rule: '{{ self }}'\n";
        let expected = "# made\nkind: CustomResourceDefinition\nmetadata:\n  annotations:\n    \
                        helm.sh/resource-policy: keep\n    \
                        argocd.argoproj.io/sync-options: Prune=false,Delete=false\n  name: x\nspec:\n  \
                        rule: '{{ self }}'\n";
        assert_eq!(kept(crd).as_deref(), Ok(expected));
        assert!(kept("kind: X\n").is_err());
        assert!(kept("kind: X\nmetadata:\n  annotations: {}\n").is_err());
    }

    #[test]
    fn the_chart_gets_the_workspaces_version() {
        let chart = "version: 0.0.1\nappVersion: 0.0.1\nkubeVersion: \">=1.30.0-0\"\n";
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(
            with_version(chart),
            Ok(format!(
                "version: {version}\nappVersion: {version}\nkubeVersion: \">=1.30.0-0\"\n"
            ))
        );
        assert!(with_version("version: 1\n").is_err());
    }

    #[test]
    fn only_the_table_between_its_marks_is_replaced() {
        let readme = format!("before\n{}old\n{}after\n", TABLE.0, TABLE.1);
        let expected = format!("before\n{}new\n{}after\n", TABLE.0, TABLE.1);
        assert_eq!(with_table(&readme, "new\n"), Ok(expected));
        assert!(with_table("no marks", "new\n").is_err());
    }

    #[test]
    fn a_value_is_written_as_yaml_reads_it_back() {
        for value in [
            Yaml::from(true),
            Yaml::from(3),
            Yaml::from(""),
            Yaml::from("plain"),
            Yaml::from("a,b"),
            Yaml::from("15s"),
            Yaml::from("1e3"),
            Yaml::from(vec![443, 6443]),
            Yaml::Sequence(Vec::new()),
            Yaml::Mapping(Mapping::new()),
        ] {
            let text = literal(&value).unwrap_or_default();
            assert_eq!(
                serde_yaml::from_str::<Yaml>(&text).ok(),
                Some(value),
                "{text}"
            );
        }
    }
}
