//! The name of a worker, for people and Prometheus. Headless: every cluster IP makes the next one slower to give.

use aicoin_api::names::pod;
use serde_json::json;

use super::labels;
use super::{Intent, Worker};
use crate::world::ChildKind;

pub(super) fn service(worker: &Worker) -> Intent {
    let name = worker.child_name();
    let body = json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": labels::metadata(worker, &name, labels::of_bot(worker)),
        "spec": {
            "clusterIP": "None",
            // Who looks for trouble looks at a worker that is not ready.
            "publishNotReadyAddresses": true,
            "selector": labels::selector(worker),
            "ports": [{
                "name": pod::PORT_NAME,
                "port": pod::PORT,
                "protocol": "TCP",
                "targetPort": pod::PORT_NAME,
            }],
        },
    });
    Intent::new(ChildKind::Service, name, body)
}
