//! Where secrets are, and where they never are.

use serde_json::{Value, json};

use crate::rig::objects::{everywhere, of_kind, pod_spec, title};
use crate::rig::profile::{ALL, DEFAULT, NAMESPACED};
use crate::rig::read;

#[test]
fn rendered_chart_has_no_secret_env() {
    for profile in ALL {
        for object in profile.objects() {
            let whose = format!("{} in {}", title(&object), profile.name);
            assert_eq!(
                everywhere(&object["spec"]["template"], "secretKeyRef"),
                [],
                "{whose}"
            );
            let Some(pod) = pod_spec(&object) else {
                continue;
            };
            assert_eq!(everywhere(pod, "secretKeyRef"), [], "{whose}");
            assert_eq!(everywhere(pod, "envFrom"), [], "{whose}");
            // Who it is, and nothing else.
            for (path, env) in everywhere(pod, "env") {
                for variable in env.as_array().unwrap() {
                    let name = variable["name"].as_str().unwrap();
                    assert!(
                        ["POD_NAME", "POD_NAMESPACE"].contains(&name),
                        "{whose}: {path} has {name}"
                    );
                    assert_eq!(variable["value"], Value::Null, "{whose}: {path}");
                }
            }
        }
    }
}

#[test]
fn a_secret_is_a_file_that_only_its_group_reads() {
    for profile in ALL {
        let objects = profile.objects();
        let mut mounted = 0;
        for object in &objects {
            for (path, secret) in
                pod_spec(object).map_or_else(Vec::new, |pod| everywhere(pod, "secret"))
            {
                mounted += 1;
                assert_eq!(
                    secret["defaultMode"],
                    json!(0o440),
                    "{}{path}",
                    title(object)
                );
            }
        }
        assert_eq!(
            mounted, 1,
            "{}: the control key and nothing else",
            profile.name
        );
    }
}

#[test]
fn no_value_holds_a_key() {
    // Names of Secrets are asked for, never their content.
    let schema: Value = serde_json::from_str(&read("charts/aicoin/values.schema.json")).unwrap();
    let mut names = Vec::new();
    for (_, properties) in everywhere(&schema, "properties") {
        names.extend(properties.as_object().unwrap().keys().cloned());
    }
    let suspicious: Vec<_> = names
        .iter()
        .filter(|name| {
            let name = name.to_lowercase();
            ["key", "secret", "token", "password", "credential"]
                .iter()
                .any(|word| name.contains(word))
        })
        .collect();
    assert_eq!(
        suspicious,
        ["controlKey", "imagePullSecrets", "existingSecret"].as_slice()
    );
}

#[test]
fn the_control_key_is_made_anew_without_a_cluster_and_left_alone_when_it_is_somebody_elses() {
    let key = || -> Value {
        let objects = DEFAULT.objects();
        let secrets: Vec<_> = of_kind(&objects, "Secret").collect();
        assert_eq!(secrets.len(), 1);
        secrets[0]["data"].clone()
    };
    let (one, other) = (key(), key());
    assert_eq!(
        one.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["private-key.pem"]
    );
    assert_ne!(one, other, "a key is made, it does not come from the chart");
    assert_eq!(of_kind(&NAMESPACED.objects(), "Secret").count(), 0);
}
