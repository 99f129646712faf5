//! What the operator may do: the rendered roles, held against reviewed files.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::rig::objects::{Object, of_kind, title};
use crate::rig::profile::{ALL, DEFAULT, NAMESPACED, Profile};
use crate::rig::{read, root, table};

/// Who is asked about.
const OPERATOR: (&str, &str) = ("aicoin-system", "aicoin-operator");
/// The namespace of bots in the table.
const BOTS: &str = "team";

/// A row of the table: verb, resource with its group, subresource, name, namespace; `-` is none.
struct Question<'a> {
    verb: &'a str,
    resource: &'a str,
    subresource: &'a str,
    name: &'a str,
    namespace: &'a str,
}

impl Question<'_> {
    fn group_and_resource(&self) -> (&str, String) {
        let (resource, group) = self.resource.split_once('.').unwrap_or((self.resource, ""));
        let whole = match self.subresource {
            "-" => resource.to_owned(),
            subresource => format!("{resource}/{subresource}"),
        };
        (group, whole)
    }
}

fn table() -> Vec<[String; 6]> {
    table::rows("tests/chart/can-i.tsv")
}

fn question<'a>(row: &'a [String; 6], namespace: &'a str) -> Question<'a> {
    Question {
        verb: &row[0],
        resource: &row[1],
        subresource: &row[2],
        name: &row[3],
        namespace,
    }
}

/// What RBAC says to the operator, with these objects and no others.
fn can(objects: &[Object], question: &Question<'_>) -> bool {
    objects
        .iter()
        .filter(|binding| binds_the_operator(binding, question.namespace))
        .flat_map(|binding| rules(objects, binding))
        .any(|rule| allows(rule, question))
}

fn binds_the_operator(binding: &Object, namespace: &str) -> bool {
    let reaches = match binding["kind"].as_str().unwrap() {
        "ClusterRoleBinding" => true,
        "RoleBinding" => binding["metadata"]["namespace"] == namespace,
        _ => false,
    };
    let subject = json!({"kind": "ServiceAccount", "namespace": OPERATOR.0, "name": OPERATOR.1});
    reaches && binding["subjects"] == json!([subject])
}

fn rules<'a>(objects: &'a [Object], binding: &Object) -> Vec<&'a Value> {
    let role = objects
        .iter()
        .find(|role| {
            role["kind"] == binding["roleRef"]["kind"]
                && role["metadata"]["name"] == binding["roleRef"]["name"]
                && (role["kind"] == "ClusterRole"
                    || role["metadata"]["namespace"] == binding["metadata"]["namespace"])
        })
        .unwrap_or_else(|| panic!("{} binds a role that is not there", title(binding)));
    role["rules"].as_array().unwrap().iter().collect()
}

fn allows(rule: &Value, question: &Question<'_>) -> bool {
    let has = |key: &str, wanted: &str| {
        rule[key]
            .as_array()
            .is_some_and(|all| all.iter().any(|one| one == wanted || one == "*"))
    };
    let (group, resource) = question.group_and_resource();
    let is_named = rule["resourceNames"].is_null()
        || question.name != "-" && has("resourceNames", question.name);
    has("verbs", question.verb)
        && has("apiGroups", group)
        && has("resources", &resource)
        && is_named
}

/// Roles and bindings without what changes at each release.
fn rights(profile: Profile) -> Vec<Object> {
    let mut objects = profile.objects();
    objects.retain(|object| object["apiVersion"] == "rbac.authorization.k8s.io/v1");
    for object in &mut objects {
        let labels = object["metadata"]["labels"].as_object_mut().unwrap();
        labels.retain(|name, _| name.starts_with("rbac.authorization.k8s.io/"));
    }
    objects.sort_by_key(title);
    objects
}

fn as_yaml(objects: &[Object]) -> String {
    objects
        .iter()
        .map(|object| format!("---\n{}", serde_yaml::to_string(object).unwrap()))
        .collect()
}

#[test]
fn the_rendered_rights_are_the_reviewed_ones() {
    for profile in [DEFAULT, NAMESPACED] {
        let path = format!("tests/chart/rbac-{}.yaml", profile.name);
        let rendered = as_yaml(&rights(profile));
        if std::env::var_os("AICOIN_WRITE_GOLDEN").is_some() {
            std::fs::write(root().join(&path), &rendered).unwrap();
        }
        assert!(
            rendered == read(&path),
            "{path} is not what the chart renders. When the change is meant, write it with \
             AICOIN_WRITE_GOLDEN=1 and review it. The chart renders:\n{rendered}"
        );
    }
}

#[test]
fn ha_and_every_switch_lend_no_other_rights() {
    let default = rights(DEFAULT);
    for profile in ALL {
        if profile.name != NAMESPACED.name {
            assert_eq!(rights(profile), default, "{}", profile.name);
        }
    }
}

#[test]
fn operator_role_has_no_secret_verbs() {
    for profile in ALL {
        let objects = profile.objects();
        let roles = ["ClusterRole", "Role"];
        for role in roles.iter().flat_map(|kind| of_kind(&objects, kind)) {
            let whose = format!("{} in {}", title(role), profile.name);
            for rule in role["rules"].as_array().unwrap() {
                let words: BTreeSet<&str> = ["apiGroups", "resources", "verbs"]
                    .iter()
                    .flat_map(|key| rule[key].as_array().unwrap())
                    .map(|word| word.as_str().unwrap())
                    .collect();
                for forbidden in [
                    "*",
                    "secrets",
                    "pods/exec",
                    "pods/attach",
                    "pods/portforward",
                    "serviceaccounts/token",
                    "customresourcedefinitions",
                    "rbac.authorization.k8s.io",
                    "bind",
                    "escalate",
                    "impersonate",
                    "deletecollection",
                ] {
                    assert!(
                        !words.contains(forbidden),
                        "{whose} has {forbidden}: {rule}"
                    );
                }
                assert!(rule["nonResourceURLs"].is_null(), "{whose}: {rule}");
            }
        }
    }
}

#[test]
fn can_i_matrix_holds_in_the_rendered_roles() {
    let objects = DEFAULT.objects();
    let mut denied = 0;
    for row in table() {
        let answer = can(&objects, &question(&row, &row[4]));
        assert_eq!(answer, row[5] == "yes", "{row:?}");
        denied += u32::from(!answer);
    }
    assert!(denied >= 30, "{denied} refusals are too few");
    println!("figure: {denied} refused rights of the operator");
}

#[test]
fn watch_namespaces_narrow_the_rights_and_not_only_the_watch() {
    let objects = NAMESPACED.objects();
    // The Lease is in the operator's own namespace in any case.
    let about_bots = |row: &&[String; 6]| row[4] == BOTS && !row[1].starts_with("leases.");
    for row in table().iter().filter(about_bots) {
        let expected = row[5] == "yes";
        for (namespace, answer) in [
            ("team-a", expected),
            ("team-b", expected),
            ("team-c", false),
            ("kube-system", false),
            ("aicoin-system", false),
        ] {
            assert_eq!(
                can(&objects, &question(row, namespace)),
                answer,
                "{row:?} in {namespace}"
            );
        }
    }
}
