//! The TradingBot resource in the chart.

use serde_json::json;

use crate::rig::objects::{of_kind, parse};
use crate::rig::profile::{ALL, NAMESPACED};
use crate::rig::read;

#[test]
fn the_charts_crd_is_the_generated_one_and_stays_after_an_uninstall() {
    let mut own = parse(&read("crds/tradingbots.aicoin.dev.yaml"));
    assert_eq!(own.len(), 1);
    own[0]["metadata"]["annotations"] = json!({
        "helm.sh/resource-policy": "keep",
        "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    });
    for profile in ALL {
        let objects = profile.objects();
        let rendered: Vec<_> = of_kind(&objects, "CustomResourceDefinition").collect();
        if profile.name == NAMESPACED.name {
            assert_eq!(rendered.len(), 0, "crds.install is false there");
        } else {
            assert_eq!(rendered, [&own[0]], "{}", profile.name);
        }
    }
}
